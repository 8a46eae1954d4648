"""Deviations that clients must be able to live with."""

from typing import Any

import pytest

from neon_async.emulator import Clock, Emulator, Quirks
from tests.support.emulator_caller import LONG_AGO, Caller, account_ids

from .conftest import NOW

FIRST = 10_001
ALL = ("syncAccountTimeFrom", LONG_AGO)
BY_TIME = ("page.sortColumn", "lastModifiedDateTime")
SECOND = "2024-05-06T07:08:09.{}Z"


async def ids(api: Caller, *pairs: tuple[str, str]) -> list[int]:
    return account_ids(await api("account/syncAccounts", *pairs, ("page.pageSize", "200")))


async def test_sort_column_ignored(emulator: Emulator, api: Caller) -> None:
    """The order is that of ids, and the reply claims the order asked for."""
    emulator.change_account(FIRST, noSolicitation=True)
    emulator.quirks = Quirks(sort_column_ignored=True)

    payload = await api("account/syncAccounts", ALL, BY_TIME, ("page.pageSize", "1"))

    assert [FIRST] == account_ids(payload)
    assert "lastModifiedDateTime" == payload["page"]["sortColumn"]


@pytest.mark.parametrize(
    ("bounds", "low", "high", "expected"),
    [
        ("inclusive", "100", "300", [0, 1, 2]),
        ("exclusive", "100", "300", [1]),
        ("exclusive", "0999", "3001", [0, 1, 2]),
        ("seconds", "150", "900", []),
        ("seconds", "000", "999", []),
    ],
)
async def test_bounds(  # noqa: PLR0917
    emulator: Emulator, api: Caller, bounds: Any, low: str, high: str, expected: list[int]
) -> None:
    """The ends of a range may be left out, or cut down to whole seconds."""
    emulator.quirks = Quirks(bounds=bounds)
    created = [
        emulator.create_individual(lastModifiedDateTime=SECOND.format(part))
        for part in ("100", "200", "300")
    ]
    pairs = ("syncAccountTimeFrom", SECOND.format(low)), ("syncAccountTimeTo", SECOND.format(high))

    assert [created[index] for index in expected] == await ids(api, *pairs)


async def test_bounds_cut_to_seconds_reach_back(emulator: Emulator, api: Caller) -> None:
    """A beginning that is cut down finds what is older than it says."""
    emulator.quirks = Quirks(bounds="seconds")
    created = emulator.create_individual(lastModifiedDateTime=SECOND.format("100"))

    assert [created] == await ids(api, ("syncAccountTimeFrom", SECOND.format("900")))


async def test_accounts_that_were_never_modified(emulator: Emulator, api: Caller) -> None:
    """The first accounts have no time: no range finds them, but their ids do."""
    emulator.quirks = Quirks(unmodified=2)
    assert Quirks(unmodified=2) == emulator.quirks
    pairs = [("accountIds.accountId", str(FIRST + index)) for index in range(3)]

    payload = await api("account/syncAccounts", *pairs, BY_TIME)

    accounts = payload["individualAccounts"]["individualAccount"]
    assert [False, False, True] == ["lastModifiedDateTime" in account for account in accounts]
    assert FIRST + 2 == (await ids(api, ALL))[0]
    assert FIRST == emulator.account_ids()[0]


async def test_late_commits_become_visible_later(emulator: Emulator, api: Caller) -> None:
    """A change appears after the delay, with the time of its beginning."""
    emulator.quirks = Quirks(commit_delay=5)
    recent = ("syncAccountTimeFrom", "2024-01-01T00:00:00.000Z")
    created = emulator.create_individual()
    emulator.change_account(FIRST, planted=1)
    emulator.delete_account(FIRST + 1)
    emulator.create_activity()

    assert [] == await ids(api, recent)
    assert emulator.account(created) is None
    assert "planted" not in (emulator.account(FIRST) or {})
    assert FIRST + 1 in emulator.account_ids()
    assert 20 == len(emulator.activity_ids())
    emulator.clock.advance(5)
    assert [FIRST, created] == await ids(api, recent)
    assert "2024-05-06T15:08:09.010+08:00" == (emulator.account(created) or {}).get(
        "lastModifiedDateTime"
    )
    assert FIRST + 1 not in emulator.account_ids()
    assert 21 == len(emulator.activity_ids())


async def test_late_commits_build_on_each_other(emulator: Emulator) -> None:
    """A change of a record that nobody sees yet keeps what the earlier one did."""
    emulator.quirks = Quirks(commit_delay=5)
    emulator.change_account(FIRST, planted=1)
    emulator.quirks = Quirks(commit_delay=1)
    emulator.change_account(FIRST, noSolicitation=True)

    emulator.clock.advance(1)
    assert "planted" not in (emulator.account(FIRST) or {})
    emulator.clock.advance(4)

    found = emulator.account(FIRST) or {}
    assert (1, True) == (found["planted"], found["noSolicitation"])


async def test_late_commits_hold_back_other_writes(emulator: Emulator, api: Caller) -> None:
    """An update through the API waits for a change of the same record, as for a lock."""
    emulator.quirks = Quirks(commit_delay=5)
    emulator.delete_account(FIRST + 2)
    emulator.change_account(FIRST, planted=1)
    pairs = [
        ("individualAccount.accountId", str(FIRST)),
        ("individualAccount.primaryContact.contactId", str(FIRST + 1651)),
        ("individualAccount.primaryContact.firstName", "Ada"),
        ("individualAccount.primaryContact.lastName", "Example"),
    ]

    await api("account/updateIndividualAccount", *pairs)
    emulator.clock.advance(60)

    found = emulator.account(FIRST) or {}
    assert ("Ada", None) == (found["primaryContact"]["firstName"], found.get("planted"))


async def test_late_commits_that_delete_hold(emulator: Emulator) -> None:
    """A record that is being deleted can't be changed any more."""
    emulator.quirks = Quirks(commit_delay=5)
    emulator.delete_account(FIRST)

    with pytest.raises(LookupError, match=str(FIRST)):
        emulator.change_account(FIRST, noSolicitation=True)


async def test_legacy_json() -> None:
    """Everything comes in the shape of 2012, failures too."""
    quirks = Quirks(legacy_json=True)
    with Emulator(1, 1, clock=Clock(NOW), quirks=quirks) as emulator:
        emulator.change_account(
            FIRST,
            primaryContact={"phone1": "0422938473", "phone1Type": "HOME", "dob": "1988-10-16"},
        )
        async with Caller(emulator) as api:
            await api.login()
            accounts = await api("account/syncAccounts", ALL)
            activities = await api("account/syncActivities", ("syncActivityTimeFrom", LONG_AGO))
            failure = await api.reply("account/syncActivities")

    account = accounts["individualAccounts"]["individualAccount"]
    assert FIRST == account["accountId"]
    assert "2024-05-06T07:08:09.010+0000" == account["lastModifiedDateTime"]
    assert (422938473, "Home", "1988-10-16-05:00") == tuple(
        account["primaryContact"][name] for name in ("phone1", "phone1Type", "dob")
    )
    assert "organizationAccounts" not in accounts
    assert "deletedAccountList" not in accounts
    assert activities["activities"]["activity"]["activityPriority"] in {"Normal", "High", "Low"}
    assert 10242 == failure["errors"]["error"]["errorCode"]


async def test_status_of_a_refusal(emulator: Emulator, api: Caller) -> None:
    """A FAIL may come with another status than 200, and a SUCCESS never does."""
    emulator.quirks = Quirks(fail_status=403)
    missing = ("account/retrieveIndividualAccount", ("accountId", "1"))

    assert 403 == (await api.post(*missing)).status_code
    assert 200 == (await api.post("account/listPrefixes")).status_code
    emulator.fail_next(code=5)
    assert 403 == (await api.post("account/listPrefixes")).status_code
    emulator.fail_next(code=5, status=400)
    assert 400 == (await api.post("account/listPrefixes")).status_code


async def test_post_refused(emulator: Emulator, api: Caller) -> None:
    """Where only GET is known, as the pages show it, a POST has status 405."""
    emulator.quirks = Quirks(post_refused=True)

    assert 405 == (await api.post("account/listPrefixes")).status_code
    query = {"userSessionId": api.session_id}
    assert 200 == (await api.http.get("/account/listPrefixes", params=query)).status_code


async def test_deleted_ids_are_cut(emulator: Emulator, api: Caller) -> None:
    """Of many deleted ids, a page lists the earliest."""
    for number in (FIRST + 5, FIRST + 2, FIRST + 9):
        emulator.delete_account(number)
    emulator.quirks = Quirks(deleted_ids_limit=2)

    payload = await api("account/syncAccounts", ALL)

    assert [FIRST + 2, FIRST + 5] == sorted(payload["deletedAccountList"]["accountId"])


async def test_merged_ids_are_followed(emulator: Emulator, api: Caller) -> None:
    """An old id may lead to the account that it was merged into."""
    emulator.merge_accounts(FIRST, FIRST + 1)
    missing = ("account/retrieveIndividualAccount", ("accountId", str(FIRST)))
    assert [10031] == await api.codes(*missing)

    emulator.quirks = Quirks(merged_ids_followed=True)

    assert FIRST + 1 == (await api(*missing))["individualAccount"]["accountId"]


def test_legacy_json_shows_in_control_methods(emulator: Emulator) -> None:
    """A record read from outside looks as the API shows it."""
    emulator.quirks = Quirks(legacy_json=True)

    assert str((emulator.account(FIRST) or {})["lastModifiedDateTime"]).endswith("+0000")
    assert str((emulator.activity(501) or {})["lastModifiedDateTime"]).endswith("+0000")
