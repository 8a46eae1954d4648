"""Custom fields that have options: what an edit shows, refuses and asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs
import pytest

from neon_async import (
    AsyncClient,
    CustomFieldData,
    IdName,
    IndividualAccount,
    InvalidRequestError,
    VerificationError,
)
from tests.support import account_server
from tests.support.edits import READ, RESET, WRITE, methods, to

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async import AccountDiff
    from neon_async.emulator import Emulator

DATA = "customFieldDataList.customFieldData"
LIST = "listCustomFields"


def chosen(field_id: str, *options: str) -> Callable[[Any], Any]:
    """A change of the options of one field."""

    def change(account: IndividualAccount) -> IndividualAccount:
        entries = account.custom_field_data_list or []
        others = [entry for entry in entries if entry.field_id != field_id]
        made = [CustomFieldData(field_id=field_id, field_option_id=option) for option in options]
        return attrs.evolve(account, custom_field_data_list=[*others, *made])

    return change


def valued(field_id: str, value: str, option: str | None = None) -> Callable[[Any], Any]:
    """A change of one field to a value, with or without an option."""

    def change(account: IndividualAccount) -> IndividualAccount:
        made = CustomFieldData(field_id=field_id, field_value=value, field_option_id=option)
        others = chosen(field_id)(account).custom_field_data_list
        return attrs.evolve(account, custom_field_data_list=[*others, made])

    return change


def lines(diff: AccountDiff) -> list[tuple[str, ...]]:
    """The lines of the custom fields in a diff."""
    return [
        (entry.kind.value, entry.parameter.rpartition(".")[2], entry.element, *entry.row[2:])
        for entry in diff
        if DATA in entry.parameter
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (chosen("45", "48"), [("custom field changed", "fieldOptionId", "45", "47 M", "48 L")]),
        (chosen("50", "51"), [("custom field set", "fieldOptionId", "50", "-", "51 Weekly")]),
        (chosen("45"), [("custom field deleted", "fieldId", "45", "47 M", "-")]),
        (chosen("53"), [("custom field deleted", "fieldId", "53", "15 Music, 17 Sports", "-")]),
        (
            chosen("53", "15"),
            [("custom field deleted", "fieldOptionId", "53", "17 Sports", "-")],
        ),
        (
            chosen("53", "15", "16", "17"),
            [("custom field set", "fieldOptionId", "53", "-", "16 Nature")],
        ),
        (
            chosen("53", "16"),
            [
                ("custom field changed", "fieldOptionId", "53", "15 Music", "16 Nature"),
                ("custom field deleted", "fieldOptionId", "53", "17 Sports", "-"),
            ],
        ),
        (
            valued("22", "blue"),
            [("custom field changed", "fieldValue", "22", "EXAMPLETEXT", "blue")],
        ),
        (
            valued("22", "", "5"),
            [
                ("custom field set", "fieldOptionId", "22", "-", "5"),
                ("custom field deleted", "fieldValue", "22", "EXAMPLETEXT", "-"),
            ],
        ),
    ],
)
async def test_options_are_shown_by_name(
    change: Any, expected: list[tuple[str, ...]], neon: AsyncClient, person: int
) -> None:
    """Old and new option stand in the diff with name and id; nothing that is sent is hidden."""
    plan = await neon.edit_individual_account(
        person, change, dry_run=True, allow_clear=[f"{DATA}.fieldId"]
    )

    assert expected == lines(plan.diff)


async def test_names_are_asked_for_once(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """Only where a diff shows options, before the last reading, and once for each option."""
    await neon.edit_individual_account(person, to("https://example.org/1"), accept_loss=RESET)
    assert [READ, READ, WRITE, READ] == methods(emulator)
    emulator.requests.clear()

    for option in ("48", "47"):
        done = await neon.edit_individual_account(person, chosen("45", option), accept_loss=RESET)

    assert [READ, LIST, READ, WRITE, READ, READ, READ, WRITE, READ] == methods(emulator)
    (entry,) = done.diff.changes
    assert (IdName("48", "L"), IdName("47", "M")) == (entry.old, entry.new)


async def test_names_are_not_vital(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """A user of the API who may not list custom fields edits all the same."""
    emulator.fail_next(2, method=LIST, code=5)

    done = await neon.edit_individual_account(person, chosen("45", "48"), accept_loss=RESET)

    assert [("custom field changed", "fieldOptionId", "45", "47", "48")] == lines(done.diff)
    assert [READ, LIST, LIST, READ, WRITE, READ] == methods(emulator)


@pytest.mark.parametrize(
    "allowed", [f"{DATA}.fieldOptionId", f"{DATA}.fieldOptionId=17", f"{DATA}.fieldId=53"]
)
async def test_an_option_less_is_a_deletion(
    allowed: str, neon: AsyncClient, emulator: Emulator, person: int
) -> None:
    """It has to be named: as any option, as this one, or by its field."""
    for others in ([], [f"{DATA}.fieldOptionId=15"], [f"{DATA}.fieldId=45"], [DATA]):
        with pytest.raises(InvalidRequestError, match="would delete") as caught:
            await neon.edit_individual_account(person, chosen("53", "15"), allow_clear=others)
        assert (f"{DATA}.fieldId=53",) == caught.value.deletions
    assert [READ] * 4 == methods(emulator)

    done = await neon.edit_individual_account(
        person, chosen("53", "15"), allow_clear=[allowed], accept_loss=RESET
    )

    assert [IdName("17", "Sports")] == [entry.old for entry in done.diff.deletions]


@pytest.mark.parametrize("name", ["person", "company"])
async def test_a_value_for_an_option_is_refused(name: str) -> None:
    """A field that has options takes no text: v1 would ask for the option."""
    data = {"customFieldData": [{"fieldId": "45", "fieldOptionId": "47"}]}
    record = getattr(account_server, name)(customFieldDataList=data)

    with pytest.raises(InvalidRequestError, match="by its fieldOptionId") as caught:
        await record.edit(valued("45", "48"), allow_clear=[f"{DATA}.fieldId"])

    code = caught.value.code
    assert (10018 if name == "person" else 10068) == (code and code.value)


async def test_a_value_that_was_there_is_no_fault_of_the_change() -> None:
    """Where v1 itself mixes values and options, the option may go and the value stay."""
    mixed = [{"fieldId": "45", "fieldOptionId": "47"}, {"fieldId": "45", "fieldValue": "L"}]
    record = account_server.person(customFieldDataList={"customFieldData": mixed})

    def change(account: IndividualAccount) -> None:
        account.custom_field_data_list = (account.custom_field_data_list or [])[1:]

    done = await record.edit(change, allow_clear=[f"{DATA}.fieldOptionId"])

    assert [("custom field deleted", "fieldOptionId", "45", "47", "-")] == lines(done.diff)


@pytest.mark.parametrize("names", [("", "Blue"), ("Blue", "")])
@pytest.mark.parametrize("verify", [True, False])
async def test_names_of_options_may_come_and_go(names: tuple[str, str], *, verify: bool) -> None:
    """That a later reading shows an option's name, or no longer, is no difference."""
    first, second = (
        {"customFieldData": [{"fieldId": "45", "fieldOptionId": "47", "fieldValue": name}]}
        for name in names
    )
    record = account_server.person(customFieldDataList=first)
    record.added = {"customFieldDataList": second}

    done = await record.edit(to("https://example.org/"), verify=verify)
    record.added = {}
    undone = await record.undo(done)

    assert (verify, True) == (done.verified, undone.written)


async def test_another_name_is_a_difference() -> None:
    """A name that stands beside the same option and is another one was not sent."""
    data = {"fieldId": "45", "fieldOptionId": "47", "fieldValue": "Blue"}
    record = account_server.person(customFieldDataList={"customFieldData": [data]})
    record.added = {"customFieldDataList": {"customFieldData": [data | {"fieldValue": "Red"}]}}

    with pytest.raises(VerificationError, match=r"customFieldData\.fieldValue$"):
        await record.edit(to("https://example.org/"))
