"""Reading and writing single activities."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from neon_async.errors import ErrorCode, InvalidRequestError, ProtocolError
from neon_async.models import Activity, CustomFieldData, IdName
from neon_async.operations import AddActivity, Effect, Operation, RetrieveActivity, UpdateActivity
from tests.support import accounts

NEW = accounts.ACTIVITY
OLD = attrs.evolve(NEW, activity_id=7)
ODD_ZONE = timezone(timedelta(seconds=-30))  # leaves as UTC, which is out of range


def refused(operation: Operation[Any]) -> InvalidRequestError:
    with pytest.raises(InvalidRequestError) as caught:
        operation.params()
    assert operation.name == caught.value.operation
    return caught.value


def test_what_they_are() -> None:
    """Reading may be repeated, writing not; all have their path in the section of accounts."""
    assert [
        ("account/retrieveActivity", Effect.READ, Activity),
        ("account/addActivity", Effect.WRITE, int),
        ("account/updateActivity", Effect.WRITE, int),
    ] == [
        (one.path, one.effect, one.reply)
        for one in (RetrieveActivity(7), AddActivity(NEW), UpdateActivity(OLD))
    ]


def test_what_is_sent() -> None:
    """Every field leaves once, an update with its id."""
    assert accounts.ACTIVITY_PAIRS == AddActivity(NEW).params()
    assert [("Activity.activityId", "7"), *accounts.ACTIVITY_PAIRS] == UpdateActivity(OLD).params()
    assert [("activityId", "7")] == RetrieveActivity(7).params()


def test_what_v1_keeps_itself_is_not_sent() -> None:
    """An activity can be sent back as it was read."""
    read = attrs.evolve(
        OLD,
        created_by="Ada",
        last_modified_by="Ada",
        created_date_time=NEW.start_date_time,
        last_modified_date_time=NEW.start_date_time,
    )

    assert UpdateActivity(OLD).params() == UpdateActivity(read).params()


@pytest.mark.parametrize(
    ("attribute", "parameter"),
    [
        ("subject", "subject"),
        ("start_date_time", "startDateTime"),
        ("client_id", "clientId"),
        ("activity_status", "activityStatus.id"),
        ("activity_priority", "activityPriority"),
    ],
)
def test_what_is_required(attribute: str, parameter: str) -> None:
    """What the page requires must be there, for both."""
    for operation, activity in ((AddActivity, NEW), (UpdateActivity, OLD)):
        missing: dict[str, Any] = {attribute: None}
        error = refused(operation(attrs.evolve(activity, **missing)))
        assert (f"Activity.{parameter}", None) == (error.parameter, error.code)


def test_what_may_be_missing() -> None:
    """The rest may be left out; a status is known by its id or its name."""
    activity = Activity(
        subject="x",
        start_date_time=NEW.start_date_time,
        client_id=5,
        activity_status=IdName(name="Completed"),
        activity_priority="LOW",
    )

    assert [
        ("Activity.subject", "x"),
        ("Activity.startDateTime", "2014-01-10T15:50:28.153+08:00"),
        ("Activity.clientId", "5"),
        ("Activity.activityStatus.name", "Completed"),
        ("Activity.activityPriority", "Low"),
    ] == AddActivity(activity).params()


@pytest.mark.parametrize(
    ("changes", "parameter"),
    [
        ({"subject": "a\0b"}, "subject"),
        ({"subject": 5}, "subject"),
        ({"start_date_time": datetime(2014, 1, 10)}, "startDateTime"),  # noqa: DTZ001
        ({"start_date_time": datetime.max.replace(tzinfo=ODD_ZONE)}, "startDateTime"),
        ({"end_date_time": "2014-01-10"}, "endDateTime"),
        ({"client_id": 0}, "clientId"),
        ({"system_user_id": "5"}, "systemUserId"),
        ({"activity_priority": "Urgent"}, "activityPriority"),
        ({"activity_priority": ""}, "activityPriority"),
        ({"activity_status": "Completed"}, "activityStatus"),
        ({"time_zone_offset": 1.5}, "timeZoneOffset"),
        ({"extra": {"sujbect": "x"}}, "sujbect"),
        (
            {"custom_field_data_list": [CustomFieldData(field_value="x")]},
            "customFieldDataList.customFieldData.fieldId",
        ),
        (
            {"custom_field_data_list": 2 * [CustomFieldData(field_id="7", field_value="x")]},
            "customFieldDataList.customFieldData.fieldId",
        ),
        (
            {"custom_field_data_list": 2 * [CustomFieldData(field_id="7", field_option_id="8")]},
            "customFieldDataList.customFieldData.fieldOptionId",
        ),
    ],
)
def test_what_can_not_be_sent(changes: dict[str, Any], parameter: str) -> None:
    """Each is refused with its name, before anything is sent, and without a code of accounts."""
    error = refused(AddActivity(attrs.evolve(NEW, **changes)))

    assert (f"Activity.{parameter}", None) == (error.parameter, error.code)


def test_ids() -> None:
    """A new activity has none; an update needs one."""
    assert "Activity.activityId" == refused(AddActivity(OLD)).parameter
    assert ErrorCode.ACTIVITY_ID_REQUIRED == refused(UpdateActivity(NEW)).code
    wrong = attrs.evolve(NEW, activity_id=-1)
    assert ErrorCode.ACTIVITY_ID_INVALID == refused(UpdateActivity(wrong)).code
    assert ErrorCode.ACTIVITY_ID_INVALID == refused(RetrieveActivity(0)).code


def test_other_classes() -> None:
    """Anything but an activity is refused."""
    given: Any = {"subject": "x"}
    for operation in (AddActivity(given), UpdateActivity(given)):
        assert "Activity" == refused(operation).parameter


def test_replies() -> None:
    """A write answers with the id, a read with the activity that was asked for."""
    assert 7 == AddActivity(NEW).parse({"activityId": 7})
    assert 7 == UpdateActivity(OLD).parse({"activityId": "7"})
    assert Activity(activity_id=7) == RetrieveActivity(7).parse({"activity": {"activityId": 7}})


@pytest.mark.parametrize(
    ("activity", "came"), [({"activityId": 8}, "the id 8"), ({"subject": "x"}, "no id")]
)
def test_another_activity(activity: dict[str, Any], came: str) -> None:
    """A reply with another activity is refused."""
    with pytest.raises(ProtocolError) as caught:
        RetrieveActivity(7).parse({"activity": activity})

    assert "activity.activityId" == caught.value.path
    assert f"asked for activity 7, got an activity with {came}" in str(caught.value)
