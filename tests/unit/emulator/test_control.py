"""Changing the organization from outside."""

from datetime import UTC, datetime
from typing import Any

import pytest

from neon_async.emulator import Emulator
from neon_async.emulator._server.log import LOG_LENGTH, Log, LoggedRequest
from tests.support.emulator_caller import Caller

FIRST, NEXT = 10_001, 10_041


def test_create_an_individual(emulator: Emulator) -> None:
    """What is not given is filled in, so that the record is complete."""
    number = emulator.create_individual(
        primaryContact={"firstName": "Ada", "email1": "ada@example.org"}, planted=[1, {"a": None}]
    )

    assert NEXT == number
    assert {
        "lastModifiedDateTime": "2024-05-06T15:08:09.010+08:00",
        "lastModifiedBy": "Emulator",
        "accountId": NEXT,
        "primaryContact": {
            "contactId": NEXT + 1651,
            "firstName": "Ada",
            "lastName": "Number 10041",
            "middleName": "",
            "deceased": False,
            "addresses": {"address": []},
            "email1": "ada@example.org",
        },
        "noSolicitation": False,
        "customFieldDataList": {"customFieldData": []},
        "source": {},
        "individualTypes": {"individualType": []},
        "createdDateTime": "2024-05-06T15:08:09.010+08:00",
        "createdBy": "Emulator",
        "planted": [1, {"a": None}],
    } == emulator.account(number)


def test_create_an_organization(emulator: Emulator) -> None:
    """Organizations have a name and types of their own."""
    number = emulator.create_organization()

    found = emulator.account(number) or {}
    assert ("Organization 10041", {"organizationType": []}) == (
        found["organizationName"],
        found["organizationTypes"],
    )


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (datetime(2020, 1, 1, tzinfo=UTC), "2020-01-01T08:00:00.000+08:00"),
        ("2020-01-01T00:00:00.000-05:00", "2020-01-01T00:00:00.000-05:00"),
        (None, None),
    ],
)
def test_times_can_be_given(emulator: Emulator, given: Any, expected: str | None) -> None:
    """A last-modified time is a datetime, a text, or none at all."""
    number = emulator.create_individual(lastModifiedDateTime=given)
    emulator.change_account(FIRST, lastModifiedDateTime=given)

    for one in (number, FIRST):
        assert expected == (emulator.account(one) or {}).get("lastModifiedDateTime")


def test_times_must_be_times(emulator: Emulator) -> None:
    """A time that can't be sorted by is refused, and nothing is stored."""
    with pytest.raises(ValueError, match="lastModifiedDateTime"):
        emulator.create_individual(lastModifiedDateTime="yesterday")
    assert FIRST + 40 not in emulator.account_ids()


def test_ids_may_be_chosen(emulator: Emulator) -> None:
    """A new record may have any id that was never used; sequences go around it."""
    assert 7 == emulator.create_individual(accountId=7)
    assert 999_999_999_999 == emulator.create_organization(accountId=999_999_999_999)
    assert NEXT == emulator.create_individual(accountId=NEXT)
    assert NEXT + 1 == emulator.create_individual()
    assert 9 == emulator.create_activity(activityId=9)

    assert [7, FIRST, 999_999_999_999] == [
        one for one in emulator.account_ids() if one <= FIRST or one > NEXT + 1
    ]
    assert 7 + 1651 == (emulator.account(7) or {})["primaryContact"]["contactId"]


@pytest.mark.parametrize("number", [0, -1, 10**12, True, "7", FIRST, FIRST + 1])
def test_unusable_ids_are_refused(emulator: Emulator, number: Any) -> None:
    """An id in use, one that was in use, and what can't be an id are refused."""
    emulator.delete_account(FIRST + 1)

    with pytest.raises(ValueError, match="id"):
        emulator.create_individual(accountId=number)


def test_ids_are_not_changed(emulator: Emulator) -> None:
    """A record keeps its id; the same id does no harm."""
    with pytest.raises(ValueError, match="activityId"):
        emulator.change_activity(501, activityId=502)
    emulator.change_account(FIRST, **(emulator.account(FIRST) or {}))


def test_values_must_be_json(emulator: Emulator) -> None:
    """What JSON can't say is refused, and the emulator goes on."""
    with pytest.raises(TypeError):
        emulator.change_account(FIRST, planted=object())
    emulator.change_account(FIRST, planted=1)


def test_changes_are_merged(emulator: Emulator) -> None:
    """Objects change field by field, lists as a whole, and None removes."""
    number = emulator.create_individual(
        primaryContact={"firstName": "Ada", "title": "Analyst"},
        source={"id": "1", "name": "Website"},
        planted={"a": {"b": 1}},
    )
    emulator.clock.advance(60)

    emulator.change_account(
        number,
        primaryContact={"title": None, "department": "Events"},
        source=None,
        planted={"a": {"c": 2}, "d": {"e": None}},
        individualTypes={"individualType": [{"id": "1", "name": "Donor"}]},
    )

    found = emulator.account(number) or {}
    contact = found["primaryContact"]
    assert ("Ada", "Events") == (contact["firstName"], contact["department"])
    assert "title" not in contact
    assert "source" not in found
    assert {"a": {"b": 1, "c": 2}, "d": {}} == found["planted"]
    assert [{"id": "1", "name": "Donor"}] == found["individualTypes"]["individualType"]
    assert "2024-05-06T15:09:09.010+08:00" == found["lastModifiedDateTime"]


def test_objects_replace_other_values(emulator: Emulator) -> None:
    """An object put in place of a text begins empty."""
    emulator.change_account(FIRST, planted="text")
    emulator.change_account(FIRST, planted={"a": 1})

    assert {"a": 1} == (emulator.account(FIRST) or {})["planted"]


def test_addresses_get_ids_unless_they_must_have_none(emulator: Emulator) -> None:
    """New addresses are numbered, and a planted one can be without id."""
    addresses = [{"city": "A"}, {"city": "B", "addressId": None}, {"city": "C", "addressId": 7}]
    number = emulator.create_individual(primaryContact={"addresses": {"address": addresses}})

    def found() -> list[dict[str, Any]]:
        record = emulator.account(number) or {}
        stored: list[dict[str, Any]] = record["primaryContact"]["addresses"]["address"]
        return stored

    first, second, third = found()
    assert isinstance(first["addressId"], int)
    assert "addressId" not in second
    assert 7 == third["addressId"]
    emulator.change_account(number, noSolicitation=True)
    assert [first, second, third] == found()


def test_numbers_beyond_sqlite_can_be_planted(emulator: Emulator) -> None:
    """JSON knows larger numbers than the database, which need not look them up."""
    addresses = {"address": [{"addressId": 2**63}, {"addressId": "text"}]}
    number = emulator.create_individual(
        primaryContact={"addresses": addresses}, login={"username": 5}
    )

    assert addresses == (emulator.account(number) or {})["primaryContact"]["addresses"]


def test_records_are_copies(emulator: Emulator) -> None:
    """Changing what was returned changes nothing in the organization."""
    before = emulator.account(FIRST) or {}
    before["primaryContact"]["firstName"] = "Changed"

    assert before != emulator.account(FIRST)


def test_delete_accounts(emulator: Emulator) -> None:
    """A deleted account is gone, and its id is not used again."""
    number = emulator.create_individual()
    emulator.delete_account(number)
    emulator.delete_account(FIRST)

    assert [None, None] == [emulator.account(number), emulator.account(FIRST)]
    assert number + 1 == emulator.create_individual()
    assert FIRST not in emulator.account_ids()


def test_merging_changes_the_survivor(emulator: Emulator) -> None:
    """The account that others were merged into has a new last-modified time."""
    emulator.merge_accounts(FIRST, into=FIRST + 1)

    assert emulator.account(FIRST) is None
    assert "2024-05-06T15:08:09.010+08:00" == (emulator.account(FIRST + 1) or {}).get(
        "lastModifiedDateTime"
    )


def test_activities(emulator: Emulator) -> None:
    """Activities are created, changed and deleted likewise."""
    number = emulator.create_activity(subject="Call back")
    emulator.change_activity(number, note="Done")
    emulator.delete_activity(501)

    assert {
        "createdDateTime": "2024-05-06T15:08:09.010+08:00",
        "createdBy": "Emulator",
        "lastModifiedDateTime": "2024-05-06T15:08:09.010+08:00",
        "activityId": 521,
        "subject": "Call back",
        "note": "Done",
        "startDateTime": "2024-05-06T15:08:09.010+08:00",
        "endDateTime": "2024-05-06T15:08:09.010+08:00",
        "systemUserId": 101130,
        "activityStatus": {"id": "2", "name": "Not Started"},
        "activityPriority": "NORMAL",
    } == emulator.activity(number)
    assert [*range(502, 522)] == emulator.activity_ids()
    assert emulator.activity(501) is None


@pytest.mark.parametrize("number", [1, FIRST])
def test_unknown_records_are_refused(emulator: Emulator, number: int) -> None:
    """Unknown and deleted records can be neither changed nor deleted."""
    emulator.delete_account(FIRST)

    for call in (
        emulator.change_account,
        emulator.delete_account,
        emulator.change_activity,
        emulator.delete_activity,
    ):
        with pytest.raises(LookupError, match=str(number)):
            call(number)


async def test_created_accounts_answer_requests(emulator: Emulator, api: Caller) -> None:
    """What was made by hand can be retrieved and updated."""
    number = emulator.create_individual(primaryContact={"firstName": "Ada"})

    payload = await api("account/retrieveIndividualAccount", ("accountId", str(number)))

    assert emulator.account(number) == payload["individualAccount"]


def test_log_is_bounded() -> None:
    """An emulator that serves for days remembers the last requests, and counts them all."""
    log = Log()
    entries = [LoggedRequest("syncAccounts", (), "POST") for _ in range(LOG_LENGTH + 2)]
    for entry in entries:
        log.add(entry)

    assert LOG_LENGTH == len(log.entries)
    assert (3, LOG_LENGTH + 2) == (log.entries[0].number, log.total)
    with Emulator(1, 1) as emulator:
        assert LOG_LENGTH == emulator.unknown_methods.maxlen
