"""Custom fields: triples of field, option and value."""

from typing import Any

import pytest

from neon_async.emulator import Emulator
from tests.support.emulator_caller import Caller

TEXT, AREA, DROPDOWN, CHECKBOX, OF_INDIVIDUALS = "22", "23", "45", "53", "60"
INDIVIDUAL = (
    "account/createIndividualAccount",
    "individualAccount",
    [
        ("individualAccount.primaryContact.firstName", "Ada"),
        ("individualAccount.primaryContact.lastName", "Example"),
    ],
)
ORGANIZATION = (
    "account/createOrganizationAccount",
    "organizationAccount",
    [("organizationAccount.organizationName", "Acme")],
)
KINDS = pytest.mark.parametrize("kind", [INDIVIDUAL, ORGANIZATION], ids=["person", "organization"])
Kind = tuple[str, str, list[tuple[str, str]]]


def pairs(kind: Kind, *triples: tuple[str, str, str]) -> list[tuple[str, str]]:
    """Return the parameters of a create with these custom fields."""
    prefix = f"{kind[1]}.customFieldDataList.customFieldData."
    names = "fieldId", "fieldOptionId", "fieldValue"
    return [
        *kind[2],
        *(
            (f"{prefix}{name}", value)
            for triple in triples
            for name, value in zip(names, triple, strict=True)
        ),
    ]


async def stored(emulator: Emulator, api: Caller, kind: Kind, *triples: Any) -> Any:
    payload = await api(kind[0], *pairs(kind, *triples))
    record = emulator.account(payload["accountId"]) or {}
    return record["customFieldDataList"]["customFieldData"]


@KINDS
async def test_fields_are_stored(emulator: Emulator, api: Caller, kind: Kind) -> None:
    """Text fields keep their value, option fields their option, in the order sent."""
    triples = (TEXT, "", "EXAMPLE"), (DROPDOWN, "47", ""), (AREA, "", "a\nb"), (CHECKBOX, "15", "")

    assert [
        {"fieldId": TEXT, "fieldValue": "EXAMPLE"},
        {"fieldId": DROPDOWN, "fieldOptionId": "47"},
        {"fieldId": AREA, "fieldValue": "a\nb"},
        {"fieldId": CHECKBOX, "fieldOptionId": "15"},
    ] == await stored(emulator, api, kind, *triples)


@KINDS
async def test_checkboxes_hold_several_options(emulator: Emulator, api: Caller, kind: Kind) -> None:
    """A field of several options is sent once for each."""
    assert [
        {"fieldId": CHECKBOX, "fieldOptionId": "15"},
        {"fieldId": CHECKBOX, "fieldOptionId": "17"},
    ] == await stored(emulator, api, kind, (CHECKBOX, "15", ""), (CHECKBOX, "17", ""))


@KINDS
async def test_a_single_blank_triple_is_no_field(
    emulator: Emulator, api: Caller, kind: Kind
) -> None:
    """Blank parameters delete, as everywhere."""
    assert [] == await stored(emulator, api, kind, ("", "", ""))


@pytest.mark.parametrize(
    ("triples", "person", "organization"),
    [
        ([("", "", "x")], 10015, 10064),
        ([(TEXT, "", "x"), ("", "", "")], 10015, 10064),
        ([("99", "", "x")], 10016, 10065),
        ([(OF_INDIVIDUALS, "", "x")], 10016, 10065),
        ([(TEXT, "", "")], 10017, 10067),
        ([(DROPDOWN, "", "M")], 10018, 10068),
        ([(DROPDOWN, "16", "")], 10019, 10071),
        ([(CHECKBOX, "15", ""), (CHECKBOX, "15", "")], 10020, 10020),
        ([(TEXT, "", "x"), (TEXT, "", "y")], 10021, 10021),
        ([(DROPDOWN, "47", ""), (DROPDOWN, "46", "")], 10021, 10021),
    ],
)
async def test_documented_rules_have_their_codes(
    api: Caller, triples: list[tuple[str, str, str]], person: int, organization: int
) -> None:
    """Each broken rule has a code for either kind of account."""
    for kind, code in ((INDIVIDUAL, person), (ORGANIZATION, organization)):
        assert [code] == await api.codes(kind[0], *pairs(kind, *triples))


@KINDS
async def test_all_three_parameters_are_needed(api: Caller, kind: Kind) -> None:
    """The page says to send the one that does not apply blank."""
    prefix = f"{kind[1]}.customFieldDataList.customFieldData."
    two = (f"{prefix}fieldId", TEXT), (f"{prefix}fieldValue", "x")

    assert "fieldOptionId" in await api.complaint(kind[0], *kind[2], *two)
