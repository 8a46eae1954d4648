"""A failed comparison of records says where they differ, though their `repr` does not."""

import dataclasses
from pathlib import Path
from types import MappingProxyType
from typing import Any

import attrs
import pytest

from neon_async import (
    AccountsPage,
    Activity,
    Address,
    CodeName,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    OrganizationAccount,
    Upserted,
    structure,
)
from neon_async.emulator import LoggedRequest
from pytest_neon_async._explanations import explain
from tests.support.user_projects import run_pytest

ADA = IndividualAccount(account_id=5, primary_contact=Contact(first_name="Ada", email1="a@b.c"))
BOB = IndividualAccount(account_id=5, primary_contact=Contact(first_name="Bob", email1="a@b.c"))
FUND = OrganizationAccount(account_id=5, organization_name="Fund")
NAMES = "primary_contact.first_name: 'Ada' != 'Bob'"


@dataclasses.dataclass
class Result:
    """What a user's code returns."""

    account: Any
    note: str = dataclasses.field(default="", compare=False)


@attrs.define
class Found:
    """The same, made by attrs."""

    accounts: list[Any]


@attrs.define(eq=False)
class Holder:
    """Equal to itself alone."""

    account: Any


def account(**fields: Any) -> IndividualAccount:
    return IndividualAccount(**fields)


CASES: dict[str, tuple[Any, Any, list[str]]] = {
    "attribute": (ADA, BOB, [NAMES]),
    "nothing there": (
        account(url="x"),
        account(source=IdName("1", "Web")),
        ["url: 'x' != None", "source: None != IdName {'id': '1', 'name': 'Web'}"],
    ),
    "pair": (
        account(source=IdName("1", "Web")),
        account(source=IdName("1", "Mail")),
        ["source.name: 'Web' != 'Mail'"],
    ),
    "elements": (
        Contact(addresses=[Address(city="Rome"), Address(address_id=7)]),
        Contact(addresses=[Address(city="Oslo")]),
        [
            "addresses[0].city: 'Rome' != 'Oslo'",
            "addresses[1]: only on the left: Address {'addressId': 7}",
        ],
    ),
    "list": ([ADA], [BOB], [f"[0].{NAMES}"]),
    "tuple": ((ADA,), (BOB,), [f"[0].{NAMES}"]),
    "list and tuple": (
        [account(account_id=5)],
        (account(account_id=5),),
        [
            "value: [IndividualAccount(account_id=5)] != (IndividualAccount(account_id=5),)",
        ],
    ),
    "too few": ([], [FUND], ["[0]: only on the right: OrganizationAccount {'accountId': 5, "]),
    "mapping": (
        {"a": ADA, "b": 1},
        {"a": BOB, "c": 2},
        [f"['a'].{NAMES}", "['b']: only on the left: 1", "['c']: only on the right: 2"],
    ),
    "kinds": (
        account(account_id=5),
        OrganizationAccount(account_id=5),
        ["value: IndividualAccount {'accountId': 5} != OrganizationAccount {'accountId': 5}"],
    ),
    "no record": (CodeName("F"), None, ["value: CodeName {'code': 'F'} != None"]),
    "change": (Upserted(ADA), Upserted(BOB), [f"record.{NAMES}"]),
    "page": (
        AccountsPage(individual_accounts=[ADA]),
        AccountsPage(individual_accounts=[BOB]),
        [f"individual_accounts[0].{NAMES}"],
    ),
    "extra": (
        structure({"new": [1]}, Activity),
        structure({"new": [2]}, Activity),
        ["extra['new'][0]: 1 != 2"],
    ),
    "dataclass": (Result(ADA, "a"), Result(BOB, "b"), [f"account.{NAMES}"]),
    "attrs": (Found([ADA]), Found([BOB]), [f"accounts[0].{NAMES}"]),
    "identity": (
        Holder(ADA),
        Holder(ADA),
        ["value: Holder(account=IndividualAccount(account_id=5)) != Holder("],
    ),
    "request": (
        LoggedRequest("syncAccounts", (("page.pageSize", "1"),), "POST"),
        LoggedRequest("syncAccounts", (("page.pageSize", "2"),), "POST"),
        ["params[0][1]: '1' != '2'"],
    ),
    "other mapping": (
        MappingProxyType({"a": ADA}),
        MappingProxyType({"a": BOB}),
        [f"['a'].{NAMES}"],
    ),
}


@pytest.mark.parametrize(("left", "right", "expected"), CASES.values(), ids=CASES)
def test_equality(left: Any, right: Any, expected: list[str]) -> None:
    """Each difference has a line, with the attributes, indexes and keys that lead there."""
    assert left != right

    _, *lines = explain("==", left, right) or [""]

    assert len(expected) == len(lines)
    assert [] == [line for line, start in zip(lines, expected, strict=True) if start not in line]


def test_membership() -> None:
    """A record that is missing in a list is compared with those of its class and id."""
    other = account(account_id=6, url="x")

    alike = explain("in", ADA, [FUND, BOB])
    none = explain("in", other, (FUND, ADA))

    assert [f"[1].{NAMES}"] == (alike or [])[1:]
    assert [
        "none looks like IndividualAccount {'accountId': 6, 'url': 'x'}",
        "[0]: OrganizationAccount {'accountId': 5, 'organizationName': 'Fund'}",
        "[1]: IndividualAccount {'accountId': 5, ",
    ] == [line.partition("'primaryContact")[0] for line in (none or [])[1:]]


@pytest.mark.parametrize(
    ("op", "left", "right"),
    [
        ("==", 5, 6),
        ("==", {"a": [1]}, {"a": (2,)}),
        ("==", ADA.primary_contact and "Ada", "Bob"),
        ("!=", ADA, ADA),
        ("in", ADA, {5: ADA}),
        ("<", ADA, BOB),
    ],
)
def test_anything_else_is_left_to_pytest(op: str, left: object, right: object) -> None:
    """What has no records in it, or is no such comparison, is explained as without the plugin."""
    assert None is explain(op, left, right)


def test_circles() -> None:
    """A value that holds itself is looked through once."""
    circle: list[object] = []
    circle.append(circle)

    assert None is explain("==", circle, 5)


def test_long_values_are_cut_unless_all_is_asked_for() -> None:
    """A line is one line of a terminal or so, since pytest shows a part of an explanation."""
    field = CustomFieldData(field_value="x" * 1000)

    short = explain("==", field, CustomFieldData()) or []
    whole = explain("==", field, CustomFieldData(), whole=True) or []

    assert ["CustomFieldData() == CustomFieldData()", 120] == [short[0], len(short[1])]
    assert f"field_value: '{'x' * 1000}' != None" == whole[1]


PROJECT = """
from neon_async import testing


def test_records():
    ada = testing.make_individual(account_id=5, email1="ada@example.org")
    bob = testing.make_individual(account_id=5, email1="bob@example.org")
    assert {"people": [ada]} == {"people": [bob]}
"""
ALONE = """
def test_numbers():
    assert [1, 2] == [1, 3]
"""


@pytest.mark.shows("e-mail", "output", reason="the test of a user failed, with fake records")
def test_in_a_project(tmp_path: Path) -> None:
    """The report of a failed test names the field and both values."""
    outcome = run_pytest(tmp_path, PROJECT)

    path = "['people'][0].primary_contact.email1"
    assert {"failed": 1} == outcome.counts
    assert f"E         {path}: 'ada@example.org' != 'bob@example.org'" in outcome.text


def test_in_a_project_without_records(tmp_path: Path) -> None:
    """Where the package is not in use, pytest explains as ever."""
    outcome = run_pytest(tmp_path, ALONE)

    assert {"failed": 1} == outcome.counts
    assert "At index 1 diff: 2 != 3" in outcome.text
