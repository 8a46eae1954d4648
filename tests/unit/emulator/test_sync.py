"""What syncAccounts and syncActivities select, sort and page."""

from typing import Any

import pytest

from neon_async.emulator import Clock, Emulator, Quirks
from tests.support.emulator_caller import LONG_AGO, Caller, account_ids

from .conftest import NOW

FIRST = 10_001
ACCOUNTS = list(range(FIRST, FIRST + 40))
ACTIVITIES = list(range(501, 521))

FROM, TO, IDS = "syncAccountTimeFrom", "syncAccountTimeTo", "accountIds.accountId"
ALL = (FROM, LONG_AGO)
START = "2014-01-10T15:50:28.153+08:00"
"""When the first synthetic record was changed; the others follow hour by hour."""


async def sync(api: Caller, *pairs: tuple[str, str]) -> Any:
    return await api("account/syncAccounts", *pairs)


async def walk(api: Caller, *pairs: tuple[str, str]) -> list[int]:
    """Return the ids of all pages in their order, telling the two kinds apart by page only."""
    page, found = 1, list[int]()
    while True:
        payload = await sync(api, *pairs, ("page.currentPage", str(page)), ("page.pageSize", "1"))
        found += account_ids(payload)
        if page >= payload["page"]["totalPage"]:
            return found
        page += 1


async def test_accounts_have_the_shape_of_the_page(api: Caller) -> None:
    """The reply has the documented parts in their order, and lists stay lists."""
    payload = await sync(api, ALL, ("page.pageSize", "200"))

    assert [
        "operationResult",
        "responseDateTime",
        "individualAccounts",
        "organizationAccounts",
        "deletedAccountList",
        "page",
    ] == list(payload)
    assert 35 == len(payload["individualAccounts"]["individualAccount"])
    assert 5 == len(payload["organizationAccounts"]["organizationAccount"])
    assert {"accountId": []} == payload["deletedAccountList"]
    assert {"currentPage": 1, "pageSize": 200, "totalPage": 1, "totalResults": 40} == payload[
        "page"
    ]


async def test_individuals_hide_what_only_retrieving_shows(emulator: Emulator, api: Caller) -> None:
    """A synchronized account lacks exactly the details of the retrieve methods."""
    changed = emulator.create_individual(url="https://example.org/", organizationName="Acme")
    payload = await sync(api, ALL, ("page.pageSize", "200"))
    records = [
        *payload["individualAccounts"]["individualAccount"],
        *payload["organizationAccounts"]["organizationAccount"],
    ]
    hidden = {"createdDateTime", "createdBy", "url", "login"}
    hidden_of_people = {"existingOrganizationId", "facebookPage", "twitterPage"}

    assert changed in account_ids(payload)
    for record in records:
        full = emulator.account(record["accountId"]) or {}
        if "individualTypes" in full:
            full.pop("organizationName", None)
        assert {name: full[name] for name in full.keys() - hidden - hidden_of_people} == record


async def test_ranges_include_both_ends(api: Caller) -> None:
    """A record changed exactly at an end of the range belongs to it."""
    end = "2014-01-10T17:50:28.153+08:00"

    assert [FIRST, FIRST + 1, FIRST + 2] == await walk(api, (FROM, START), (TO, end))
    assert [FIRST + 1] == await walk(
        api, (FROM, "2014-01-10T07:50:28.154Z"), (TO, "2014-01-10T17:50:28.152+08:00")
    )


async def test_ids_select(api: Caller) -> None:
    """Ids alone need no range; unknown ones and repetitions add nothing."""
    pairs = [(IDS, str(number)) for number in (FIRST + 5, FIRST, FIRST, 99, FIRST + 2)]

    assert [FIRST, FIRST + 2, FIRST + 5] == await walk(api, *pairs)


async def test_ids_within_a_range(emulator: Emulator, api: Caller) -> None:
    """Ids and a range select what fits both, and never what was never modified."""
    unmodified = emulator.create_individual(lastModifiedDateTime=None)
    pairs = [(IDS, str(number)) for number in (FIRST, FIRST + 1, FIRST + 2, unmodified)]
    first, second = "2014-01-10T16:00:00.000+08:00", "2014-01-10T17:00:00.000+08:00"

    assert [FIRST + 1, FIRST + 2] == await walk(api, *pairs, (FROM, first))
    assert [FIRST] == await walk(api, *pairs, (TO, first))
    assert [FIRST + 1] == await walk(api, *pairs, (FROM, first), (TO, second))


@pytest.mark.parametrize(
    ("path", "named"), [("syncAccounts", "account"), ("syncActivities", "activity")]
)
async def test_range_or_ids_are_required(api: Caller, path: str, named: str) -> None:
    """With neither a beginning nor ids there is nothing to answer."""
    end = f"sync{named.capitalize()}TimeTo"
    for pairs in [(), ((end, START),), ((f"{named}Ids.{named}Id", ""),)]:
        reply = await api.reply(f"account/{path}", *pairs)
        assert {
            "error": [
                {"errorCode": "10242", "errorMessage": f"Date range or {named} id is required."}
            ]
        } == reply["errors"]


async def test_ranges_must_not_be_reversed(api: Caller) -> None:
    """A beginning after the end has its code; equal ends are a range."""
    later = "2014-01-10T15:50:28.154+08:00"

    assert [10240] == await api.codes("account/syncAccounts", (FROM, later), (TO, START))
    assert [FIRST] == await walk(api, (FROM, START), (TO, START))


@pytest.mark.parametrize(
    "pair",
    [
        (FROM, "2014-01-10"),
        (FROM, "2014-01-10T15:50:28.153 08:00"),
        (IDS, "x"),
        (IDS, "9" * 20),
        ("page.currentPage", "0"),
        ("page.currentPage", "-1"),
        ("page.pageSize", "0"),
        ("page.pageSize", "many"),
        ("page.sortColumn", "primaryContact"),
        ("page.sortDirection", "UP"),
        ("ignoreDeletedIdList", "yes"),
        ("responseType", "yaml"),
    ],
)
async def test_malformed_parameters_are_refused(api: Caller, pair: tuple[str, str]) -> None:
    """What v1 could not read gets code 1, and a text that names the parameter."""
    pairs = [pair] if pair[0] == FROM else [ALL, pair]

    text = await api.complaint("account/syncAccounts", *pairs)

    assert pair[0] in text or "JSON" in text


async def test_unencoded_plus_is_explained(api: Caller) -> None:
    """The most common mistake with timestamps has a hint."""
    text = await api.complaint("account/syncAccounts", (FROM, "2014-01-10T15:50:28.153 08:00"))

    assert "%2B" in text


async def test_pages_have_ten_rows_by_default_and_200_at_most(api: Caller) -> None:
    """The reply tells the page size in effect."""
    small = await sync(api, ALL)
    large = await sync(api, ALL, ("page.pageSize", "1000"))

    assert (10, 10, 4) == (
        len(account_ids(small)),
        small["page"]["pageSize"],
        small["page"]["totalPage"],
    )
    assert (40, 200) == (len(account_ids(large)), large["page"]["pageSize"])


@pytest.mark.parametrize("quirks", [Quirks(), Quirks(page_size_limit=3)])
async def test_largest_page_can_be_chosen(quirks: Quirks) -> None:
    """A smaller limit holds for the default size, too."""
    with Emulator(10, 0, page_size_limit=5, quirks=quirks) as emulator:
        async with Caller(emulator) as api:
            await api.login()
            payload = await sync(api, ALL)

    assert (quirks.page_size_limit or 5) == payload["page"]["pageSize"] == len(account_ids(payload))


async def test_pages_after_the_last_are_empty(api: Caller) -> None:
    """A page number beyond the last gives nothing, and says how many there are."""
    payload = await sync(api, ALL, ("page.currentPage", "5"))

    assert [] == account_ids(payload)
    assert {"currentPage": 5, "pageSize": 10, "totalPage": 4, "totalResults": 40} == payload["page"]


async def test_nothing_found_has_no_pages(api: Caller) -> None:
    """An empty result has zero pages."""
    payload = await sync(api, (FROM, "2030-01-01T00:00:00.000Z"))

    assert {"currentPage": 1, "pageSize": 10, "totalPage": 0, "totalResults": 0} == payload["page"]


async def test_sorting_is_echoed_when_it_was_asked_for(api: Caller) -> None:
    """The page block repeats column and direction."""
    payload = await sync(api, ALL, ("page.sortColumn", "accountId"), ("page.sortDirection", "DESC"))

    assert ("accountId", "DESC") == (
        payload["page"]["sortColumn"],
        payload["page"]["sortDirection"],
    )


async def test_sorting_by_id(api: Caller) -> None:
    """Accounts come in the order of their ids, in either direction, over all pages."""
    assert ACCOUNTS == await walk(api, ALL)
    assert ACCOUNTS[::-1] == await walk(api, ALL, ("page.sortDirection", "DESC"))
    picked = [(IDS, str(number)) for number in ACCOUNTS[:3]]
    assert ACCOUNTS[2::-1] == await walk(api, *picked, ("page.sortDirection", "DESC"))


async def test_sorting_by_time(emulator: Emulator, api: Caller) -> None:
    """A changed account moves to the end, and one that was never modified to the beginning."""
    emulator.change_account(FIRST, noSolicitation=True)
    never = emulator.create_individual(lastModifiedDateTime=None)
    by_time = ("page.sortColumn", "lastModifiedDateTime")
    picked = [(IDS, str(number)) for number in (FIRST, FIRST + 1, never)]

    assert [*ACCOUNTS[1:], FIRST] == await walk(api, ALL, by_time)
    assert [never, FIRST + 1, FIRST] == await walk(api, *picked, by_time)
    assert [FIRST, FIRST + 1, never] == await walk(
        api, *picked, by_time, ("page.sortDirection", "DESC")
    )


@pytest.mark.parametrize("column", ["lastModifiedBy", "noSolicitation", "organizationName"])
@pytest.mark.parametrize("direction", ["ASC", "DESC"])
async def test_sorting_by_other_columns(
    emulator: Emulator, api: Caller, column: str, direction: str
) -> None:
    """Any plain field can be sorted by; those without it come first, ties by id."""
    pairs = ("page.sortColumn", column), ("page.sortDirection", direction)

    ids = await walk(api, ALL, *pairs)

    records = [emulator.account(number) or {} for number in ACCOUNTS]
    keys = {
        one["accountId"]: (column in one, one.get(column, 0), one["accountId"]) for one in records
    }
    # For an individual, the name of its employer is a detail that these replies don't show.
    if column == "organizationName":
        keys = {
            number: key if number % 8 == 0 else (False, 0, number) for number, key in keys.items()
        }
    assert sorted(ACCOUNTS, key=keys.__getitem__, reverse=direction == "DESC") == ids


async def test_deleted_ids_are_listed_by_range_and_ids(emulator: Emulator, api: Caller) -> None:
    """Deleted and merged accounts are gone, and listed if they fit the request."""
    emulator.delete_account(FIRST)
    emulator.clock.advance(10)
    emulator.merge_accounts(FIRST + 1, into=FIRST + 2)
    last = (FROM, "2024-05-06T15:08:15.000+08:00")

    payload = await sync(api, ALL)
    recent = await sync(api, last)
    picked = await sync(api, (IDS, str(FIRST)), (IDS, str(FIRST + 3)))

    assert [FIRST, FIRST + 1] == payload["deletedAccountList"]["accountId"]
    assert 38 == payload["page"]["totalResults"]
    assert [FIRST + 1] == recent["deletedAccountList"]["accountId"]
    assert [FIRST + 2] == account_ids(recent)
    assert [FIRST] == picked["deletedAccountList"]["accountId"]
    assert [FIRST + 3] == account_ids(picked)


@pytest.mark.parametrize(("value", "expected"), [("true", []), ("false", [FIRST]), ("", [FIRST])])
async def test_deleted_ids_can_be_left_out(
    emulator: Emulator, api: Caller, value: str, expected: list[int]
) -> None:
    """The list of deleted ids is empty when it is not wanted."""
    emulator.delete_account(FIRST)

    payload = await sync(api, ALL, ("ignoreDeletedIdList", value))

    assert expected == payload["deletedAccountList"]["accountId"]


async def test_changed_accounts_show_their_change(emulator: Emulator, api: Caller) -> None:
    """A page mixes synthetic records and changed ones."""
    emulator.change_account(FIRST + 1, primaryContact={"firstName": "Changed"})

    payload = await sync(api, ALL, ("page.pageSize", "3"))

    first, second, third = payload["individualAccounts"]["individualAccount"]
    assert [FIRST, FIRST + 1, FIRST + 2] == [one["accountId"] for one in (first, second, third)]
    assert "Changed" == second["primaryContact"]["firstName"]
    assert "2024-05-06T15:08:09.010+08:00" == second["lastModifiedDateTime"]


async def test_activities_have_the_shape_of_the_page(api: Caller) -> None:
    """The page block stands before the deleted ids, as on the page."""
    payload = await api("account/syncActivities", ("syncActivityTimeFrom", LONG_AGO))

    assert [
        "operationResult",
        "responseDateTime",
        "activities",
        "page",
        "deletedActivityIdList",
    ] == list(payload)
    assert ACTIVITIES[:10] == [one["activityId"] for one in payload["activities"]["activity"]]
    assert {"currentPage": 1, "pageSize": 10, "totalPage": 2, "totalResults": 20} == payload["page"]
    assert {"activityId": []} == payload["deletedActivityIdList"]


async def test_activities_by_id(emulator: Emulator, api: Caller) -> None:
    """Ids select activities, changed and deleted ones too."""
    emulator.change_activity(502, subject="Changed")
    emulator.delete_activity(503)
    pairs = [("activityIds.activityId", number) for number in ("502", "503", "504")]

    payload = await api("account/syncActivities", *pairs)

    activities = payload["activities"]["activity"]
    assert [502, 504] == [one["activityId"] for one in activities]
    assert "Changed" == activities[0]["subject"]
    assert [503] == payload["deletedActivityIdList"]["activityId"]


async def test_activities_sorted_by_their_start(emulator: Emulator, api: Caller) -> None:
    """Times of activities are compared as instants, whatever their offset."""
    emulator.change_activity(501, startDateTime="2014-01-11T00:00:00.000+09:00")
    emulator.change_activity(502, startDateTime="2014-01-10T16:00:00.000+00:00")
    emulator.change_activity(503, startDateTime="not a time")
    pairs = [("activityIds.activityId", number) for number in ("502", "501", "503")]

    payload = await api("account/syncActivities", *pairs, ("page.sortColumn", "startDateTime"))

    assert [503, 501, 502] == [one["activityId"] for one in payload["activities"]["activity"]]


async def test_a_million_accounts_are_there_at_once() -> None:
    """The last page of a million accounts is reached by arithmetic, in any order."""
    with Emulator(1_000_000, 0, clock=Clock(NOW)) as emulator:
        emulator.delete_account(500_000)
        emulator.change_account(10_001, noSolicitation=True)
        async with Caller(emulator) as api:
            await api.login()
            pairs = ALL, ("page.pageSize", "200"), ("page.currentPage", "5000")
            by_id = await sync(api, *pairs)
            by_time = await sync(api, *pairs, ("page.sortColumn", "lastModifiedDateTime"))

    assert 999_999 == by_id["page"]["totalResults"]
    assert set(range(1_009_802, 1_010_001)) == set(account_ids(by_id))
    assert {*range(1_009_803, 1_010_001), 10_001} == set(account_ids(by_time))
