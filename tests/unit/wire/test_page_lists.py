"""Records without a usable id: set apart, so that the rest of their page can be read."""

from __future__ import annotations

from typing import Any

import pytest

from neon_async import ProtocolError, structure, unstructure
from neon_async.models import AccountsPage, ActivitiesPage, Activity, Unreadable

UNUSABLE: list[Any] = [0, -1, None, "", "  ", "x1", "0", 1.0, True, [], {}, [7], {"id": 7}]
NONE_AT_ALL: list[Any] = [None, "", "x", 5, True, {}, {"subject": "Call"}]


def ids(page: AccountsPage | ActivitiesPage) -> list[object]:
    return list(page.keys)


@pytest.mark.parametrize("number", UNUSABLE, ids=repr)
def test_record_without_a_usable_id_is_set_apart(number: Any) -> None:
    """A record whose id is none stands in `unreadable`, with its place and as it came."""
    odd = {"activityId": number, "subject": "Call"}
    activities = {"activity": [{"activityId": 1}, odd, {"activityId": "3"}]}

    page = structure({"activities": activities}, ActivitiesPage)

    assert [1, 3] == ids(page)
    assert (Unreadable(1, odd),) == page.unreadable
    assert "activities.activity[1]" == page.unreadable[0].path


@pytest.mark.parametrize("element", NONE_AT_ALL, ids=repr)
def test_what_is_no_record_is_set_apart(element: Any) -> None:
    """So does an element of the list that is no object, or an object without an id."""
    page = structure({"activities": {"activity": [element, {"activityId": 2}]}}, ActivitiesPage)

    assert [Activity(activity_id=2)] == page.activities
    assert (Unreadable(0, element),) == page.unreadable


def test_positions_count_individuals_before_organizations() -> None:
    """The position is that among all records of the page; the path names the list."""
    page = structure(
        {
            "organizationAccounts": {"organizationAccount": [{"accountId": 4}, {"accountId": 0}]},
            "individualAccounts": {"individualAccount": [{}, {"accountId": 2}]},
            "deletedAccountList": {"accountId": [8, 0, "9", "x", None]},
        },
        AccountsPage,
    )

    assert [2, 4] == ids(page)
    assert [8, 9] == page.deleted_ids
    assert [
        (0, {}, "individualAccounts.individualAccount[0]"),
        (3, {"accountId": 0}, "organizationAccounts.organizationAccount[1]"),
        (1, 0, "deletedAccountList.accountId[1]"),
        (3, "x", "deletedAccountList.accountId[3]"),
        (4, None, "deletedAccountList.accountId[4]"),
    ] == [(one.position, one.value, one.path) for one in page.unreadable]


def test_lists_in_lists_are_flattened() -> None:
    """A list in a list is as good as its elements, at any depth and without a wrapper."""
    nested: Any = [{"activityId": 2}, 0]
    for _ in range(5_000):
        nested = [nested]

    page = structure({"activities": [{"activityId": 1}, nested, [[], {"activityId": 3}]]},
                     ActivitiesPage)  # fmt: skip

    assert [1, 2, 3] == ids(page)
    assert [(2, "activities[2]")] == [(one.position, one.path) for one in page.unreadable]


def test_unreadable_records_go_out_again() -> None:
    """The JSON of a page holds them where they were."""
    payload = {
        "individualAccounts": {"individualAccount": [5, {"accountId": 2}, {"accountId": 0}]},
        "organizationAccounts": {"organizationAccount": [{"url": "x"}]},
        "deletedAccountList": {"accountId": [0, 8, None], "count": 3},
        "more": 1,
    }

    assert payload == unstructure(structure(payload, AccountsPage))


def test_unreadable_record_shows_its_position_only() -> None:
    """What it holds may be a donor's data."""
    one = Unreadable(3, {"firstName": "Eagan"}, path="activities.activity[3]")

    assert "Unreadable(position=3)" == repr(one)
    assert {one} == {Unreadable(3, {"firstName": "Eagan"})}


def test_unreadable_record_is_not_deep() -> None:
    """What is kept of it can be copied, compared and printed."""
    deep: Any = {}
    for _ in range(100):
        deep = {"new": deep}

    with pytest.raises(ProtocolError, match="fewer levels") as caught:
        structure({"activities": [{"activityId": 1}, deep]}, ActivitiesPage)

    assert "activities[1]" == caught.value.path


def test_other_faults_of_a_record_say_where() -> None:
    """What can't be read in a record with an id is found beside one without."""
    deep: Any = {}
    for _ in range(100):
        deep = [deep]

    with pytest.raises(ProtocolError, match="fewer levels") as caught:
        structure({"activities": [{}, {"activityId": 1, "new": deep}]}, ActivitiesPage)

    assert "activities[1]" == caught.value.path


def test_page_names_the_oddities_of_its_records() -> None:
    """A page has the oddities of all that is in it, and its own."""
    payload = {
        "responseDateTime": "now",
        "individualAccounts": {"individualAccount": [{"accountId": 1, "primaryContact": "x"}]},
    }

    page = structure(payload, AccountsPage)

    assert page.response_date_time is None
    path = "individualAccounts.individualAccount[0].primaryContact"
    assert ("responseDateTime", path) == page.oddities


@pytest.mark.parametrize("payload", [None, [], "x", 1], ids=repr)
def test_page_is_an_object(payload: Any) -> None:
    """A page that is no object is refused."""
    with pytest.raises(ProtocolError, match="expected an object"):
        structure(payload, AccountsPage)
