"""`neon-async show`, `merge-history` and `lists`."""

import os
import sys
from typing import Any

import pexpect
import pytest

from neon_async import Address, Contact, CustomFieldData, IdName, IndividualAccount
from neon_async.cli import _connection
from neon_async.cli._commands.show import paths
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator

from .conftest import records


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator in this process, which the commands talk to instead of the network."""
    made = Emulator(accounts=10)
    monkeypatch.setattr(_connection, "make_client", made.client)
    return made


def answered(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return records(capsys.readouterr().out.encode())


@pytest.mark.shows("e-mail", "output", reason="an account is what was asked for")
def test_show(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """An account of either kind is a line of JSON with all that v1 has of it."""
    number = emulator.create_organization(organizationName="Example Fund")

    assert Exit.OK == run(["show", "10002"])
    (person,) = answered(capsys)
    truth = emulator.account(10_002) or {}
    assert (10_002, truth["primaryContact"]) == (person["accountId"], person["primaryContact"])

    assert Exit.OK == run(["show", str(number)])
    (organization,) = answered(capsys)
    assert organization["organizationName"] == "Example Fund"


@pytest.mark.shows("e-mail", "output", reason="an account is what was asked for")
def test_show_as_a_table(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Where people read, each value of an account stands beside its path."""
    emulator.change_account(10_002, url="https://example.org/ada")
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)

    assert Exit.OK == run(["show", "10002"])

    shown = " ".join(capsys.readouterr().out.split())
    assert shown.startswith("path value accountId 10002 ")
    assert " url https://example.org/ada" in shown


@pytest.mark.usefixtures("emulator")
def test_show_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    """For an account that is not there, v1's own words are shown."""
    assert Exit.NOT_FOUND == run(["show", "99999"])

    assert "10031" in capsys.readouterr().err


def test_paths() -> None:
    """The paths of a table are those of `edit`, and what has no value is left out."""
    address = Address(address_id=7, city="New", is_primary_address=True)
    custom = [
        CustomFieldData(field_id="22", field_value="red"),
        CustomFieldData(field_id="23", field_option_id="5"),
    ]
    account = IndividualAccount(
        account_id=1,
        primary_contact=Contact(first_name="Ada", addresses=[address], extra={"new": 1}),
        source=IdName("1", "Web"),
        custom_field_data_list=custom,
    )

    expected = {
        "accountId": 1,
        "primaryContact.firstName": "Ada",
        "primaryContact.addresses[7].addressId": 7,
        "primaryContact.addresses[7].isPrimaryAddress": True,
        "primaryContact.addresses[7].city": "New",
        "primaryContact.new": 1,
        "customFieldDataList[22]": "red",
        "customFieldDataList[23]": "5",
        "source": IdName("1", "Web"),
    }
    assert expected == dict(paths(account))
    assert {} == dict(paths(IndividualAccount(custom_field_data_list=[])))


@pytest.mark.parametrize("command", ["show", "lists"])
def test_on_a_terminal(command: str, served: dict[str, str]) -> None:
    """On a terminal the answer is a table, without colours where NO_COLOR is set."""
    env = {**os.environ, **served, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"}
    asked, said = {
        "show": ("10002", r"primaryContact.firstName +\w+"),
        "lists": ("sources", r"1 +Website"),
    }[command]
    arguments = ["-m", "neon_async.cli", command, asked]
    child = pexpect.spawn(sys.executable, arguments, env=env, encoding="utf-8", timeout=30)
    child.expect(said)
    before = child.before or ""
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == Exit.OK
    assert "\x1b[3" not in before


def test_merge_history(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """The merge history is one line, whichever of the ids was asked for."""
    emulator.merge_accounts(10_003, into=10_004)

    for searched in (10_003, 10_004):
        assert Exit.OK == run(["merge-history", str(searched)])
        history = {"currentAccountId": 10_004, "previousAccountIds": [10_003]}
        assert [{"searchedAccountId": searched, **history}] == answered(capsys)


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("prefixes", {"name": "Mr."}),
        ("genders", {"code": "F", "name": "Female"}),
        ("states", {"code": "AL", "name": "Alabama"}),
        ("countries", {"id": "1", "name": "United States of America"}),
        ("address-types", {"id": "1", "name": "Home"}),
        ("sources", {"id": "1", "name": "Website"}),
        ("individual-types", {"id": "1", "name": "Donor"}),
        ("organization-types", {"id": "1", "name": "Foundation"}),
    ],
)
@pytest.mark.usefixtures("emulator")
def test_lists(name: str, first: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Each entry of a list is a line."""
    assert Exit.OK == run(["lists", name])

    assert first == answered(capsys)[0]


@pytest.mark.usefixtures("emulator")
def test_custom_fields(capsys: pytest.CaptureFixture[str]) -> None:
    """Custom fields go by their component, and may have options."""
    assert Exit.OK == run(["lists", "custom-fields"])
    found = answered(capsys)
    assert all(one["fieldId"] and one["fieldName"] for one in found)
    assert any(one["fieldOptions"] for one in found)

    assert Exit.FAILED == run(["lists", "custom-fields", "--component", "Nothing"])
    assert "listCustomFields" in capsys.readouterr().err


def test_empty_list(emulator: Emulator, capsys: pytest.CaptureFixture[str]) -> None:
    """A list without entries is no error."""
    emulator.lists.sources.clear()

    assert Exit.OK == run(["lists", "sources"])
    assert answered(capsys) == []
