"""Adding, updating and retrieving activities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from neon_async.emulator import Emulator
    from tests.support.emulator_caller import Caller

ADD, UPDATE, RETRIEVE = (f"account/{name}Activity" for name in ("add", "update", "retrieve"))
FIRST = 501
NEEDED = [
    ("Activity.subject", "Call"),
    ("Activity.startDateTime", "2014-01-10T15:50:28.153+08:00"),
    ("Activity.clientId", "10002"),
    ("Activity.activityStatus.name", "completed"),
    ("Activity.activityPriority", "High"),
]
CUSTOM = "Activity.customFieldDataList.customFieldData."
MORE = [
    ("Activity.note", "Thanked for the gift."),
    ("Activity.endDateTime", "2014-01-10T16:00:00+08:00"),
    ("Activity.systemUserId", "5"),
    ("Activity.activityStatus.id", "1"),
    ("Activity.timeZoneOffset", "-5"),
    ("Activity.encryptedIosCalendarKey", "fake"),
    (f"{CUSTOM}fieldId", "70"),
    (f"{CUSTOM}fieldOptionId", "71"),
    (f"{CUSTOM}fieldValue", ""),
    (f"{CUSTOM}fieldId", "73"),
    (f"{CUSTOM}fieldOptionId", ""),
    (f"{CUSTOM}fieldValue", "Write in spring."),
]


async def retrieved(api: Caller, number: int) -> dict[str, Any]:
    activity: dict[str, Any] = (await api(RETRIEVE, ("activityId", str(number))))["activity"]
    return activity


async def test_add(emulator: Emulator, api: Caller) -> None:
    """A new activity has what was sent, an id of its own, and who made it when."""
    number = (await api(ADD, *NEEDED, *MORE))["activityId"]

    assert number not in range(FIRST, FIRST + 20)
    activity = await retrieved(api, number)
    assert {
        "createdDateTime": activity["lastModifiedDateTime"],
        "createdBy": "API User",
        "lastModifiedDateTime": activity["lastModifiedDateTime"],
        "lastModifiedBy": "API User",
        "activityId": number,
        "subject": "Call",
        "note": "Thanked for the gift.",
        "startDateTime": "2014-01-10T02:50:28.153-05:00",
        "endDateTime": "2014-01-10T03:00:00.000-05:00",
        "timeZoneOffset": -5,
        "clientId": 10002,
        "systemUserId": 5,
        "activityStatus": {"id": "1", "name": "Completed"},
        "activityPriority": "HIGH",
        "encryptedIosCalendarKey": "fake",
        "customFieldDataList": {
            "customFieldData": [
                {"fieldId": "70", "fieldOptionId": "71"},
                {"fieldId": "73", "fieldValue": "Write in spring."},
            ]
        },
    } == activity
    assert activity == emulator.activity(number)


async def test_added_activities_are_synchronized(api: Caller) -> None:
    """Another one gets another id, and a sync has both."""
    numbers = [(await api(ADD, *NEEDED))["activityId"] for _ in range(2)]

    pairs = [("activityIds.activityId", str(number)) for number in numbers]
    found = await api("account/syncActivities", *pairs)
    assert sorted(numbers) == [one["activityId"] for one in found["activities"]["activity"]]
    assert len({*numbers}) == 2


async def test_update_replaces(emulator: Emulator, api: Caller) -> None:
    """What an update omits is gone; what v1 keeps itself stays."""
    number = (await api(ADD, *NEEDED, *MORE))["activityId"]
    before = await retrieved(api, number)
    emulator.clock.advance(60)

    updated = await api(UPDATE, ("Activity.activityId", str(number)), *NEEDED)

    assert number == updated["activityId"]
    after = await retrieved(api, number)
    assert before["createdDateTime"] == after["createdDateTime"] != after["lastModifiedDateTime"]
    assert ("", 101_130) == (after["note"], after["systemUserId"])
    gone = {"endDateTime", "timeZoneOffset", "encryptedIosCalendarKey"}
    assert gone == before.keys() - after.keys()
    assert {"customFieldData": []} == after["customFieldDataList"]


async def test_update_of_a_synthetic_activity(api: Caller) -> None:
    """What was read can be sent back, priorities in capitals included."""
    before = await retrieved(api, FIRST)
    number = ("Activity.activityId", str(FIRST))
    priority = ("Activity.activityPriority", before["activityPriority"])

    await api(UPDATE, number, *NEEDED[:-1], priority)

    after = await retrieved(api, FIRST)
    assert before["activityPriority"] == after["activityPriority"]
    assert before["createdBy"] == after["createdBy"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subject", ""),
        ("startDateTime", ""),
        ("startDateTime", "2014-01-10"),
        ("endDateTime", "soon"),
        ("clientId", ""),
        ("clientId", "9"),
        ("clientId", "ada"),
        ("systemUserId", "ada"),
        ("timeZoneOffset", "GMT"),
        ("activityStatus.name", ""),
        ("activityStatus.name", "Forgotten"),
        ("activityStatus.id", "2"),
        ("activityPriority", ""),
        ("activityPriority", "Urgent"),
    ],
)
async def test_refused(name: str, value: str, api: Caller) -> None:
    """What is missing or wrong is named."""
    pairs = dict(NEEDED) | {f"Activity.{name}": value}

    said = await api.complaint(ADD, *pairs.items())

    assert f"Activity.{name.partition('.')[0]}" in said


@pytest.mark.parametrize(
    ("triple", "code"),
    [(("22", "", "x"), 10016), (("70", "46", ""), 10019), (("", "", "x"), 10015)],
)
async def test_custom_fields_are_those_of_activities(
    triple: tuple[str, ...], code: int, api: Caller
) -> None:
    """A field of accounts is none of an activity, and its options are its own."""
    names = ("fieldId", "fieldOptionId", "fieldValue")
    pairs = [(CUSTOM + name, value) for name, value in zip(names, triple, strict=True)]

    assert [code] == await api.codes(ADD, *NEEDED, *pairs)


async def test_ids(emulator: Emulator, api: Caller) -> None:
    """An id that is missing, and one of no activity, have the codes of the page."""
    emulator.delete_activity(FIRST)
    for path, name in ((RETRIEVE, "activityId"), (UPDATE, "Activity.activityId")):
        assert [10200] == await api.codes(path, *NEEDED)
        for wrong in ("x", "1", str(FIRST)):
            assert [10201] == await api.codes(path, (name, wrong), *NEEDED)


async def test_statuses_can_be_changed(emulator: Emulator, api: Caller) -> None:
    """An organization has its own statuses."""
    emulator.lists.activity_statuses[:] = [{"id": "9", "name": "Called"}]
    named = [("Activity.activityStatus.name", "Called")]

    number = (await api(ADD, *NEEDED[:3], *named, NEEDED[4]))["activityId"]

    assert {"id": "9", "name": "Called"} == (await retrieved(api, number))["activityStatus"]
