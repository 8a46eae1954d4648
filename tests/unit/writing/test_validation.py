"""What an edit deletes, its caller has named."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs
import pytest

from neon_async import (
    Address,
    AsyncClient,
    Contact,
    IdName,
    IndividualAccount,
    InvalidRequestError,
)
from neon_async._writing.account_type import INDIVIDUAL
from neon_async._writing.place import models_in
from neon_async._writing.validation import validate_extra
from tests.support.edits import ADDRESS, READ, RESET, addresses, drop_last_address, methods, put

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async.emulator import Emulator

CLEARED: list[tuple[Any, str, list[str]]] = [
    (put("primary_contact.fax", None), "primaryContact.fax", []),
    (put("primary_contact.fax", " "), "primaryContact.fax", []),
    (put("primary_contact.gender", None), "primaryContact.gender.code", []),
    (put("primary_contact.deceased", None), "primaryContact.deceased", []),
    (put("source", None), "source.id", []),
    (put("primary_contact.addresses.1.city", ""), f"{ADDRESS}.city", []),
    (drop_last_address, f"{ADDRESS}.addressId", [ADDRESS]),
    (
        put("individual_types", [IdName("1")]),
        "individualTypes.individualType.id",
        ["individualTypes.individualType.id=3"],
    ),
    (
        lambda account: account.custom_field_data_list.pop(0) and None,
        "customFieldDataList.customFieldData.fieldId",
        ["customFieldDataList.customFieldData.fieldId=22"],
    ),
    (
        put("custom_field_data_list.0.field_value", ""),
        "customFieldDataList.customFieldData.fieldId",
        ["customFieldDataList.customFieldData.fieldId=22"],
    ),
]


@pytest.mark.parametrize(("change", "parameter", "others"), CLEARED)
async def test_deletions_must_be_named(
    *,
    change: Any,
    parameter: str,
    others: list[str],
    neon: AsyncClient,
    emulator: Emulator,
    person: int,
) -> None:
    """A deletion that `allow_clear` does not name is refused with nothing sent."""
    unhelpful = {"primaryContact", "url", f"{parameter}=9", ADDRESS}

    with pytest.raises(InvalidRequestError, match=re.escape(f"({parameter})")) as caught:
        await neon.edit_individual_account(person, change, allow_clear=unhelpful, accept_loss=RESET)

    assert f"individualAccount.{parameter}" == caught.value.parameter
    assert [READ] == methods(emulator)
    names = [parameter, f"individualAccount.{parameter}", *others]
    for name in [name for name in names if name != ADDRESS]:
        done = await neon.edit_individual_account(
            person, change, allow_clear=[name], dry_run=True, accept_loss=RESET
        )
        assert [f"individualAccount.{parameter}"] == [one.parameter for one in done.diff.deletions]
    await neon.edit_individual_account(person, change, allow_clear={parameter}, accept_loss=RESET)


async def test_an_address_can_be_named_by_its_id(neon: AsyncClient, person: int) -> None:
    """Then no other may go."""
    before = await neon.retrieve_individual_account(person)
    one, other = [address.address_id for address in addresses(before)]
    name = f"{ADDRESS}.addressId={other}"

    def drop(address_id: int | None) -> Callable[[IndividualAccount], None]:
        def change(account: IndividualAccount) -> None:
            left = [one for one in addresses(account) if one.address_id != address_id]
            left[0].is_primary_address = True
            account.primary_contact = attrs.evolve(
                account.primary_contact or Contact(), addresses=left
            )

        return change

    with pytest.raises(InvalidRequestError, match="delete"):
        await neon.edit_individual_account(person, drop(one), allow_clear={name}, accept_loss=RESET)
    done = await neon.edit_individual_account(
        person, drop(other), allow_clear={name}, accept_loss=RESET
    )

    assert [one] == [address.address_id for address in addresses(done.after)]


@pytest.mark.parametrize(
    ("before", "after", "name"),
    [
        ({"a": 1}, {"a": 1, "b": 2}, "b"),
        ({"a": 1}, {"a": 2}, "a"),
        ({"a": 1, "b": 2}, {"b": 2}, "b"),
    ],
)
def test_changes_of_extra_are_named(
    before: dict[str, int], after: dict[str, int], name: str
) -> None:
    """The error has the whole path of what is new, or of what is left beside what is missing."""
    one, other = (
        IndividualAccount(primary_contact=Contact(addresses=[Address(), Address(extra=extra)]))
        for extra in (before, after)
    )

    with pytest.raises(InvalidRequestError) as caught:
        validate_extra(one, other, INDIVIDUAL)

    assert f"individualAccount.{ADDRESS}[1].{name}" == caught.value.parameter


def test_what_is_no_model_has_none_in_it() -> None:
    """A list may hold by mistake what is no model: that is refused elsewhere, with its path."""
    kinds: Any = ["Donor", IdName(name="Member")]
    account = IndividualAccount(individual_types=kinds)

    assert [account, kinds[1]] == [model for _, model in models_in(account)]
