"""No object shows donors' data or credentials in its representation."""

from __future__ import annotations

from datetime import date
from typing import Any

import attrs
import pytest
from rich.pretty import pretty_repr

from neon_async import (
    AccountDiff,
    AccountEdit,
    AccountsPage,
    ActivitiesPage,
    Activity,
    Address,
    CodeName,
    Contact,
    CustomFieldData,
    Deleted,
    Difference,
    DifferenceKind,
    IdName,
    IndividualAccount,
    Login,
    Merged,
    MergeHistory,
    OrganizationAccount,
    PageInfo,
    PhoneType,
    Upserted,
    unstructure,
)
from neon_async.emulator import Emulator
from tests.support.strategies import MODEL_CLASSES

CANARY = "canary.donor@example.org"
# The values that an attribute may hold, by mistake too.
VALUES = {
    "text": CANARY,
    "name": CANARY.title(),
    "element": [CANARY],
    "key": {CANARY: CANARY},
    "date": date(1988, 10, 16),
    "number": 5550100.5,
    "member": PhoneType.MOBILE,
    "true": True,
}
HIDDEN = ("anary", "1988", "5550100", "MOBILE", "True")
CONTACT = Contact(contact_id=7, first_name=CANARY, addresses=[Address(city=CANARY)])
PERSON = IndividualAccount(account_id=5, primary_contact=CONTACT, extra={CANARY: CANARY})
COMPANY = OrganizationAccount(organization_name=CANARY, primary_contact_account_id=6)
CHANGE = Difference(DifferenceKind.CHANGED, "individualAccount.url", CANARY, CANARY)


def blank(cls: type[Any]) -> Any:
    required = [field for field in attrs.fields(cls) if field.default is attrs.NOTHING]
    return cls(**dict.fromkeys((field.name for field in required), 1))


def shown(thing: object) -> str:
    """Return all that is printed of an object, by Rich too, and in containers."""
    container = {"a": [thing]}
    texts = (repr(thing), str(thing), f"{thing}", f"{thing!s:>3}", repr(container))
    return "\n".join((*texts, pretty_repr(thing), pretty_repr(container)))


@pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)
@pytest.mark.parametrize("cls", MODEL_CLASSES, ids=lambda cls: cls.__name__)
def test_models_show_no_value(cls: type[Any], value: Any) -> None:
    """Whatever an attribute holds, the representation of a model does not show it."""
    names = [field.name for field in attrs.fields(cls) if field.init]
    holder = blank(cls)
    for name in names:
        object.__setattr__(holder, name, value)

    text = shown(holder)

    assert text.startswith(f"{cls.__name__}(")
    assert [] == [part for part in HIDDEN if part in text]


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        (PERSON, "IndividualAccount(account_id=5, extra=<1>)"),
        (COMPANY, "OrganizationAccount(primary_contact_account_id=6)"),
        (CONTACT, "Contact(contact_id=7, addresses=<1>)"),
        (Contact(), "Contact()"),
        (Contact(addresses=[]), "Contact(addresses=<0>)"),
        (IdName("22", CANARY), "IdName(id='22')"),
        (IdName(CANARY, CANARY), "IdName(id=<str>)"),
        (CodeName("F", CANARY), "CodeName()"),
        (CustomFieldData(field_id="45", field_value=CANARY), "CustomFieldData(field_id='45')"),
        (Login(username=CANARY, password=CANARY, org_id="4711"), "Login()"),
        (Activity(activity_id=8, note=CANARY), "Activity(activity_id=8)"),
        (
            AccountsPage(
                individual_accounts=[PERSON],
                deleted_account_ids=[3, 4],
                page=PageInfo(1, 200, 2, 201, sort_column=CANARY),
            ),
            (
                "AccountsPage(individual_accounts=<1>, organization_accounts=<0>, "
                "deleted_account_ids=[3, 4], page=PageInfo(current_page=1, page_size=200, "
                "total_page=2, total_results=201))"
            ),
        ),
        (
            ActivitiesPage(deleted_activity_ids=[*range(11)]),
            "ActivitiesPage(activities=<0>, deleted_activity_ids=<11>)",
        ),
        (
            MergeHistory(1, 2, [1, 3]),
            (
                "MergeHistory(searched_account_id=1, current_account_id=2, "
                "previous_account_ids=[1, 3])"
            ),
        ),
        (
            Upserted(PERSON),
            "Upserted(record=IndividualAccount(account_id=5, extra=<1>), provisional=False)",
        ),
    ],
    ids=lambda case: type(case).__name__,
)
def test_ids_and_counts(thing: object, expected: str) -> None:
    """Class, ids and counts are there, and a value that is no id is replaced by its class."""
    assert expected == repr(thing) == str(thing) == pretty_repr(thing, max_width=1000)
    assert CANARY not in shown(thing)


def test_classes_that_users_derive() -> None:
    """A model that a user derives shows as little, unless it has a representation of its own."""

    @attrs.define(kw_only=True)
    class Donor(IndividualAccount):
        nickname: str | None = None

    @attrs.define
    class Loud(Donor):
        def __repr__(self) -> str:
            return f"Loud({self.nickname})"

    @attrs.define
    class LoudToo(Loud):
        pass

    donor = Donor(account_id=5, nickname=CANARY, primary_contact=CONTACT)
    assert "Donor(account_id=5)" == repr(donor)
    assert CANARY not in shown(donor)
    assert 2 * [f"Loud({CANARY})"] == [repr(cls(nickname=CANARY)) for cls in (Loud, LoudToo)]


def test_half_made_models() -> None:
    """A model whose attributes are not set yet can be shown: a debugger may stop anywhere."""
    assert "Contact()" == repr(object.__new__(Contact))


def test_a_diff_shows_values_when_it_is_printed_itself() -> None:
    """Text of a diff is its table; in the representation of anything else there are no values."""
    diff = AccountDiff((CHANGE,))
    edit = AccountEdit(account_id=5, before=PERSON, after=PERSON, diff=diff)

    assert repr(edit).startswith("AccountEdit(account_id=5, ")
    assert CANARY in str(diff)
    assert CANARY in f"{diff}"
    assert CANARY not in f"{diff!r}{[diff]}{edit}{CHANGE}{pretty_repr(diff)}"


def test_everything_can_be_shown_to_who_asks() -> None:
    """`unstructure` has all that a record holds, for `print` and Rich."""
    assert f"'email1': '{CANARY}'" in f"{unstructure(Contact(email1=CANARY))}"
    assert f"'email1': '{CANARY}'" in pretty_repr(unstructure(Contact(email1=CANARY)))


async def test_objects_of_the_emulator() -> None:
    """What an emulator keeps and logs can be shown: parameters by their names alone."""
    emulator = Emulator(accounts=0, activities=0, org_id="canary-org", api_key="canary-key")
    emulator.fail_next(times=2, method="listGenders", code=1, message=CANARY)
    emulator.fail_next(method="listStates", body=CANARY.encode(), headers={"X-Echo": CANARY})
    async with emulator.client() as neon:
        person = IndividualAccount(primary_contact=Contact(first_name="Canary", last_name=CANARY))
        emulator.garble_account(await neon.create_individual_account(person), url=[CANARY])

    parts = [emulator, emulator._app, emulator._state, *emulator.requests]
    faults = [fault for fault, _ in emulator._app.faults.pending()]
    rows = [emulator._state.store.accounts.row(10001)]

    assert 2 == len(faults)
    assert "individualAccount.primaryContact.lastName" in repr(emulator.requests[1])
    assert "anary" not in "\n".join(map(shown, [*parts, *faults, *rows]))


@pytest.mark.parametrize(
    ("record", "number"), [(PERSON, 5), (Activity(activity_id=8), 8), (Upserted(PERSON), 5)]
)
def test_id(record: Any, number: int) -> None:
    """Records and changes have their id under one name."""
    assert number == record.id


def test_id_of_what_is_gone() -> None:
    """A deletion and a merge are about the record that is gone."""
    assert [3, 4] == [Deleted(3).id, Merged(4, 5).id]


@pytest.mark.parametrize("record", [IndividualAccount(), OrganizationAccount(), Activity()])
def test_records_without_an_id(record: Any) -> None:
    """A record that NeonCRM does not have yet says so instead of returning None."""
    with pytest.raises(LookupError, match="the record has no id"):
        _ = record.id


@pytest.mark.parametrize("cls", [IndividualAccount, OrganizationAccount])
def test_contact(cls: type[Any]) -> None:
    """An account's contact is there, or its absence is an error."""
    assert CONTACT is cls(primary_contact=CONTACT).contact
    with pytest.raises(LookupError, match="no primary contact"):
        _ = cls().contact
