"""Walks over all pages equal what a full scan of the accounts finds."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from neon_async.emulator import Clock, Emulator, Quirks
from neon_async.emulator._methods.accounts import sync_accounts
from neon_async.emulator._wire.clock import parse_timestamp, timestamp
from neon_async.emulator._wire.messages import form
from tests.support.emulator_caller import account_ids

from .conftest import NOW

FIRST, COUNT = 10_001, 6
START, HOUR = 1_389_340_228_153, 3_600_000

hours = st.integers(-2, COUNT + 2)
moments = st.one_of(st.none(), hours.map(lambda hour: timestamp(START + hour * HOUR)))
accounts = st.integers(FIRST, FIRST + COUNT + 3)
operations = st.one_of(
    st.tuples(st.just("create"), moments, st.booleans()),
    st.tuples(st.just("change"), accounts, moments),
    st.tuples(st.just("delete"), accounts, st.none()),
    st.tuples(st.just("merge"), accounts, accounts),
)


def carry_out(emulator: Emulator, operation: tuple[Any, ...]) -> None:
    """Change the organization, unless the records that it takes don't exist."""
    kind, first, second = operation
    existing = emulator.account_ids()
    if kind == "create" and second:
        emulator.create_individual(lastModifiedDateTime=first)
    elif kind == "create":
        emulator.create_organization(lastModifiedDateTime=first)
    elif first not in existing:
        return
    elif kind == "change":
        emulator.change_account(first, lastModifiedDateTime=second)
    elif kind == "delete":
        emulator.delete_account(first)
    elif second in existing and first != second:
        emulator.merge_accounts(first, into=second)


def modified(emulator: Emulator, number: int) -> int | None:
    text = (emulator.account(number) or {}).get("lastModifiedDateTime")
    return None if text is None else (parse_timestamp(text) or 0) // 1000


def walk(emulator: Emulator, pairs: list[tuple[str, str]], size: int) -> list[set[int]]:
    """Return the ids on each page."""
    pages: list[set[int]] = []
    total = 1
    while len(pages) < total:
        page = ("page.currentPage", str(len(pages) + 1)), ("page.pageSize", str(size))
        payload = sync_accounts(emulator._state, form([*pairs, *page]))
        total = payload["page"]["totalPage"]
        pages.append(set(account_ids(payload)))
    return pages[:total]


@given(
    script=st.lists(operations, max_size=12),
    unmodified=st.integers(0, 3),
    low=hours,
    high=hours,
    size=st.integers(1, 5),
    by_time=st.booleans(),
    direction=st.sampled_from(["ASC", "DESC"]),
)
def test_walks_find_what_a_scan_finds(  # noqa: PLR0917
    script: list[tuple[Any, ...]],
    unmodified: int,
    low: int,
    high: int,
    size: int,
    by_time: bool,  # noqa: FBT001
    direction: str,
) -> None:
    """Whatever was created, changed, deleted and merged: every page has its rows, in order."""
    low, high = sorted((START + low * HOUR, START + high * HOUR))
    quirks = Quirks(unmodified=unmodified)
    with Emulator(COUNT, 0, clock=Clock(NOW), quirks=quirks) as emulator:
        for operation in script:
            carry_out(emulator, operation)
        times = {number: modified(emulator, number) for number in emulator.account_ids()}
        found = {number: at for number, at in times.items() if at is not None and low <= at <= high}
        ordered = sorted(
            found,
            key=lambda number: (found[number] if by_time else 0, number),
            reverse=direction == "DESC",
        )
        pairs = [
            ("syncAccountTimeFrom", timestamp(low)),
            ("syncAccountTimeTo", timestamp(high)),
            ("page.sortColumn", "lastModifiedDateTime" if by_time else "accountId"),
            ("page.sortDirection", direction),
        ]
        picked = [("accountIds.accountId", str(number)) for number in range(FIRST, FIRST + 20)]
        expected = [set(ordered[start : start + size]) for start in range(0, len(ordered), size)]

        assert expected == walk(emulator, pairs, size)
        assert expected == walk(emulator, pairs + picked, size)
