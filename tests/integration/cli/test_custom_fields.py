"""Options of custom fields on the command line."""

from typing import Any

import attrs
import pytest

from neon_async import Address, AsyncClient, Contact, IndividualAccount, InvalidRequestError
from neon_async.cli import _connection
from neon_async.cli._assignments import Assignment
from neon_async.cli._custom_fields import with_options
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.cli._paths import clearing
from neon_async.emulator import Emulator

from .conftest import records

FIELDS = "customFieldDataList"


@pytest.fixture
def emulator() -> Emulator:
    """An emulator in this process; account 10001 has chosen two check boxes and a size."""
    made = Emulator(accounts=10)
    chosen = [("45", "47"), ("53", "15"), ("53", "16")]
    data = [{"fieldId": field, "fieldOptionId": option} for field, option in chosen]
    text = {"fieldId": "22", "fieldValue": "The Foxes"}
    made.change_account(10_001, customFieldDataList={"customFieldData": [*data, text]})
    return made


async def applied(neon: AsyncClient, *options: str) -> list[tuple[Any, ...]]:
    """What the custom fields of account 10001 are after some assignments."""
    account = await neon.retrieve_individual_account(10_001)
    wanted = [Assignment.of_option(one) for one in options]
    for one in await with_options(neon, wanted, "Individual"):
        one.apply_to_account(account)
    return [
        attrs.astuple(entry)[:3]
        for entry in account.custom_field_data_list or []
        if any(entry.field_id == one.custom_field for one in wanted)
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["[45]=48"], [("45", "48", None)]),
        (["[45]=l"], [("45", "48", None)]),
        ([".customFieldData[45]=L"], [("45", "48", None)]),
        (["[45].fieldOptionId=48"], [("45", "48", None)]),
        (["[53]=15", "[53]=Sports"], [("53", "15", None), ("53", "17", None)]),
        (["[53]=17", "[45]=46", "[53]=nature"], None),
        (["[22]=48"], [("22", None, "48")]),
        (["[24]=007"], [("24", None, "007")]),
        (["[60]=nuts"], [("60", None, "nuts")]),
        (["[99]=unknown"], [("99", None, "unknown")]),
    ],
)
async def test_what_is_set(
    options: list[str], expected: list[tuple[Any, ...]] | None, emulator: Emulator
) -> None:
    """Fields that have options get the one of that id or name; others the text."""
    expected = expected or [("53", "17", None), ("45", "46", None), ("53", "16", None)]

    async with emulator.client() as neon:
        assert expected == await applied(neon, *(f"{FIELDS}{one}" for one in options))


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("[45]=XL", r"\(T-shirt size\) has no such option; it has 46 S, 47 M, 48 L$"),
        ("[53]=Twins", r"has several options of that name; it has 15 Music, .*, 18 Twins"),
        ("[60]=many", r"no such option; .*119 n19, 5 more"),
    ],
)
async def test_what_is_no_option(option: str, said: str, emulator: Emulator) -> None:
    """The refusal lists those that there are, and not what was given."""
    fields = {str(field["fieldId"]): field for field in emulator.lists.custom_fields}
    twins = [{"id": "18", "name": "Twins"}, {"id": "19", "name": "twins"}]
    fields["53"]["fieldOptions"]["fieldOption"] += twins
    many = [{"id": str(number), "name": f"n{number - 100}"} for number in range(100, 125)]
    fields["60"]["fieldOptions"]["fieldOption"] += many
    wanted = [Assignment.of_option(f"{FIELDS}{option}")]

    async with emulator.client() as neon:
        with pytest.raises(InvalidRequestError) as caught:
            await with_options(neon, wanted, "Individual")

    error = caught.value
    assert said_by(said, error.args[0])
    assert f"{FIELDS}{option.partition('=')[0]}" == error.parameter
    assert "XL" not in str(error)


def said_by(pattern: str, text: str) -> bool:
    with pytest.raises(InvalidRequestError, match=pattern):
        raise InvalidRequestError(text)
    return True


@pytest.mark.parametrize(
    ("option", "expected"), [("[45]=48", ("45", "48", None)), ("[22]=48", ("22", None, "48"))]
)
async def test_fields_that_may_not_be_listed(
    option: str, expected: tuple[Any, ...], emulator: Emulator
) -> None:
    """Then the account itself shows which of its fields have options."""
    emulator.fail_next(2, method="listCustomFields", code=5)

    async with emulator.client() as neon:
        assert [expected] == await applied(neon, f"{FIELDS}{option}")


async def test_nothing_is_asked_for_nothing(emulator: Emulator) -> None:
    """Without a custom field to be set, or with its kind of value given, no list is read."""
    texts = ["url=https://example.org/", f"{FIELDS}[45].fieldOptionId=48"]
    wanted = [Assignment.of_option(one) for one in texts]
    wanted.append(Assignment.parse(f"{FIELDS}[53]", None))

    async with emulator.client() as neon:
        assert tuple(wanted) == await with_options(neon, wanted, "Individual")

    assert [] == [*emulator.requests]


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("primaryContact.fax", "primaryContact.fax"),
        ("source.id", "source.id"),
        ("primaryContact.addresses.address.addressId=7", "primaryContact.addresses[7]"),
        ("primaryContact.addresses.address.city=7", "primaryContact.addresses[7].city"),
        ("customFieldDataList.customFieldData.fieldId=53", "customFieldDataList[53]"),
        ("individualTypes.individualType.id=3", "individualTypes"),
    ],
)
def test_what_to_clear(name: str, path: str) -> None:
    """What an edit names for its `allow_clear` is named as --clear takes it, and allows for it."""
    address = Address(address_id=7, city="Graz")
    account = IndividualAccount(primary_contact=Contact(addresses=[address]))
    assignment = Assignment.parse(clearing(name), None)
    assignment.apply(account)

    assert path == assignment.path
    assert {name, name.partition("=")[0]} & assignment.clears


def test_edit(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The diff shows the options by name and id, and a run of a command says what it lacks."""
    monkeypatch.setattr(_connection, "make_client", emulator.client)
    edit = ["edit", "10001", "--dry-run", "--reset-consents", "--set"]

    assert Exit.OK == run([*edit, f"{FIELDS}[45]=L"])
    line, *_ = records(capsys.readouterr().out.encode())
    assert ({"id": "47", "name": "M"}, {"id": "48", "name": "L"}) == (line["old"], line["new"])

    assert Exit.USAGE == run([*edit, f"{FIELDS}[45].fieldValue=L"])
    assert "by its fieldOptionId" in capsys.readouterr().err

    assert Exit.USAGE == run([*edit, f"{FIELDS}[22]=a", "--set", f"{FIELDS}[22]=b"])
    assert "the same field is given twice" in capsys.readouterr().err


def test_create_organization(
    emulator: Emulator, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A new organization's options go by name as well."""
    monkeypatch.setattr(_connection, "make_client", emulator.client)
    options = [f"{FIELDS}[45]=M", f"{FIELDS}[53]=Music", f"{FIELDS}[53]=17"]

    sets = [word for option in options for word in ("--set", option)]
    assert Exit.OK == run(["create-organization", "Example Fund", *sets])

    (line,) = records(capsys.readouterr().out.encode())
    stored = emulator.account(line["accountId"]) or {}
    assert ["47", "15", "17"] == [
        entry["fieldOptionId"] for entry in stored["customFieldDataList"]["customFieldData"]
    ]
