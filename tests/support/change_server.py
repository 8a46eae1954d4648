"""Answers at the client's `send`: an organization in memory whose records change."""

import weakref
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, TypeVar

import attrs
from anyio.lowlevel import checkpoint

from neon_async._changes.plan import ClientClock
from neon_async._changes.protocol import from_micros, to_micros
from neon_async._client.changes import ChangeMethods
from neon_async._pipeline.session import Credentials
from neon_async.errors import NotFoundError
from neon_async.models import (
    AccountsPage,
    ActivitiesPage,
    Activity,
    IndividualAccount,
    MergeHistory,
    PageInfo,
)
from neon_async.operations import (
    Operation,
    RetrieveDuplicateMergeHistory,
    SyncAccounts,
    SyncActivities,
)
from neon_async.operations._sync import Sync
from tests.support.row_server import SECOND, Bounds, within

T = TypeVar("T")

SINCE = datetime(2024, 1, 1, tzinfo=UTC)
LATER = timedelta(hours=1)


@attrs.frozen
class Row:
    """A state of a record; `version` tells any two of them apart, and the newer one is larger."""

    time: int | None
    version: int


@attrs.define
class Commit:
    """A change that becomes visible when it is due, in microseconds that have elapsed."""

    due: int
    number: int
    row: Row | None
    at: int
    into: int | None = None


@attrs.define
class FakeChangeServer:
    """Records that change, seen through a sync method, and accounts' merge history.

    Attributes:
        now: the server's time, in microseconds; `step_clock` sets it back or forward.
        elapsed: microseconds that have passed, whatever the server's clock says.
        latest: the latest time that the server's clock has shown.
        kind: what the records are.
        rows: what can be seen.
        bounds: what a range does with its ends.
        unsorted: whether replies are sorted by id whatever is asked for.
        backdated: ids of records that were last changed when the clock had been set back: no
            checkpoint of a run before knows of them.
        odd: ids of records whose last-modified time can't be read.
        on_request: called before each request is answered.
        patience: how many turns of the event loop answers take to arrive, by turns; so they
            can come in another order than they were given.
    """

    now: int = to_micros(SINCE + LATER)
    elapsed: int = 0
    latest: int = 0
    kind: Literal["accounts", "activities"] = "accounts"
    rows: dict[int, Row] = attrs.field(factory=dict[int, Row])
    deleted: dict[int, int] = attrs.field(factory=dict[int, int])
    merged: dict[int, int] = attrs.field(factory=dict[int, int])
    commits: list[Commit] = attrs.field(factory=list[Commit])
    bounds: Bounds = "inclusive"
    unsorted: bool = False
    odd: set[int] = attrs.field(factory=set[int])
    on_request: Callable[[], object] = lambda: None
    patience: list[int] = attrs.field(factory=lambda: [0])
    requests: list[Operation[Any]] = attrs.field(factory=list[Operation[Any]])
    backdated: set[int] = attrs.field(factory=set[int])
    _versions: int = 0
    _numbers: int = 0

    def create(self, delay: float = 0.0, *, at: int | None = None, timeless: bool = False) -> int:
        self._numbers += 1
        self._commit(self._numbers, delay, at=at, timeless=timeless)
        return self._numbers

    def edit(self, number: int, delay: float = 0.0) -> None:
        self._commit(number, delay)

    def delete(self, number: int, delay: float = 0.0, into: int | None = None) -> None:
        self._date(number)
        due = self._due(number, delay)
        self.commits.append(Commit(due, number, None, self.now, into))
        self.settle()

    def merge(self, old: int, new: int, delay: float = 0.0) -> None:
        if old != new:
            self.delete(old, delay, into=new)
            self.edit(new, delay)

    def restore(self, number: int) -> None:
        """Bring a deleted record back; it stays in the list of deleted ones."""
        self._commit(number, 0.0)

    def bulk(self, count: int) -> None:
        """Create many records at one instant."""
        for _ in range(count):
            self.create()

    def set_bounds(self, bounds: Bounds) -> None:
        self.bounds = bounds

    def set_unsorted(self, unsorted: bool) -> None:  # noqa: FBT001 - an action's one argument
        self.unsorted = unsorted

    def spoil(self, number: int) -> None:
        """Make the last-modified time of a record unreadable."""
        self.odd.add(number)

    def tick(self, seconds: float) -> None:
        """Let time pass, for the server's clock as well."""
        passed = round(seconds * 1000) * 1000
        self.now += passed
        self.elapsed += passed
        self.settle()

    def step_clock(self, seconds: float) -> None:
        """Set the server's clock forward, or back by a negative number, while no time passes."""
        self.latest = max(self.latest, self.now)
        self.now += round(seconds * SECOND)

    def settle(self, *, everything: bool = False) -> None:
        """Make visible what is due."""
        waiting: list[Commit] = []
        for commit in self.commits:
            if everything or commit.due <= self.elapsed:
                self.apply(commit)
            else:
                waiting.append(commit)
        self.commits = waiting

    def apply(self, commit: Commit) -> None:
        """Make a change visible."""
        if commit.row is not None:
            self.rows[commit.number] = commit.row
            return
        self.rows.pop(commit.number, None)
        self.deleted[commit.number] = commit.at
        if commit.into is not None:
            self.merged[commit.number] = commit.into

    def alive(self) -> list[int]:
        """Ids of the records that exist and are not about to be deleted."""
        ending = {one.number for one in self.commits if one.row is None}
        return sorted(self.rows.keys() - ending)

    def gone(self) -> list[int]:
        """Ids of the records that were deleted, and are not about to come back."""
        coming = {one.number for one in self.commits}
        return sorted(self.deleted.keys() - self.rows.keys() - self.merged.keys() - coming)

    def _commit(
        self, number: int, delay: float, *, at: int | None = None, timeless: bool = False
    ) -> None:
        self._versions += 1
        self._date(number)
        time = None if timeless else self.now if at is None else at
        due = self._due(number, delay)
        self.commits.append(Commit(due, number, Row(time, self._versions), self.now))
        self.settle()

    def _date(self, number: int) -> None:
        self.latest = max(self.latest, self.now)
        (self.backdated.add if self.now < self.latest else self.backdated.discard)(number)

    def _due(self, number: int, delay: float) -> int:
        """A change waits for those of the same record that came before it."""
        due = self.elapsed + round(delay * SECOND)
        return max([due, *(one.due for one in self.commits if one.number == number)])

    def answer(self, operation: Operation[Any]) -> Any:
        """Answer a request."""
        if isinstance(operation, SyncAccounts):
            assert self.kind == "accounts"
            return self._accounts(operation)
        if isinstance(operation, SyncActivities):
            assert self.kind == "activities"
            return self._activities(operation)
        assert isinstance(operation, RetrieveDuplicateMergeHistory)
        current = self._current(operation.account_id)
        if current not in self.rows:
            raise NotFoundError(10132)
        previous = [old for old in self.merged if self._current(old) == current]
        return MergeHistory(operation.account_id, current, previous)

    def _current(self, number: int) -> int:
        while number in self.merged:
            number = self.merged[number]
        return number

    def _accounts(self, asked: SyncAccounts) -> AccountsPage:
        found = self._found(asked)
        return AccountsPage(
            individual_accounts=[
                IndividualAccount(account_id=one, **self._modified(one))
                for one in _on_page(found, asked)
            ],
            deleted_account_ids=self._listed(asked),
            page=_page_info(found, asked),
            response_date_time=from_micros(self.now),
        )

    def _activities(self, asked: SyncActivities) -> ActivitiesPage:
        found = self._found(asked)
        return ActivitiesPage(
            activities=[
                Activity(activity_id=one, **self._modified(one)) for one in _on_page(found, asked)
            ],
            deleted_activity_ids=self._listed(asked),
            page=_page_info(found, asked),
            response_date_time=from_micros(self.now),
        )

    def _modified(self, number: int) -> dict[str, Any]:
        row = self.rows[number]
        time = None if number in self.odd else _shown(row.time)
        return {"last_modified_date_time": time, "last_modified_by": str(row.version)}

    def _listed(self, asked: Sync[Any]) -> list[int]:
        """Ids in the list of deleted records."""
        if asked.ignore_deleted or asked.ids:
            return []
        lower, upper = _range(asked)
        return [one for one, at in self.deleted.items() if within(at, lower, upper, self.bounds)]

    def _found(self, asked: Sync[Any]) -> list[int]:
        if asked.ids:
            return sorted(self.rows.keys() & set(asked.ids))
        (lower, upper), bounds = _range(asked), self.bounds
        found = [
            (row.time, one)
            for one, row in self.rows.items()
            if row.time is not None and within(row.time, lower, upper, bounds)
        ]
        by_time = not self.unsorted and asked.sort_column == "lastModifiedDateTime"
        descending = asked.sort_direction == "DESC"
        if by_time:
            return [one for _, one in sorted(found, reverse=descending)]
        return sorted((one for _, one in found), reverse=descending)


def _on_page(found: list[int], asked: Sync[Any]) -> list[int]:
    size = asked.page_size or 10
    return found[(asked.page - 1) * size : asked.page * size]


def _page_info(found: list[int], asked: Sync[Any]) -> PageInfo:
    size = asked.page_size or 10
    return PageInfo(asked.page, size, -(-len(found) // size), len(found))


def _range(asked: Sync[Any]) -> tuple[int, int | None]:
    """The range as on the wire: in milliseconds, so that it only grows."""
    assert asked.time_from is not None
    lower = to_micros(asked.time_from) // 1000 * 1000
    upper = None if asked.time_to is None else -(-to_micros(asked.time_to) // 1000) * 1000
    return lower, upper


def _shown(time: int | None) -> datetime | None:
    return None if time is None else from_micros(time)


class ChangeClient(ChangeMethods):
    """A client whose requests a fake server answers."""

    def __init__(
        self, world: FakeChangeServer, *, page_size: int = 2, max_concurrency: int = 2
    ) -> None:
        organization = Credentials("example", "fake-key").organization
        super().__init__(organization, page_size=page_size, max_concurrency=max_concurrency)
        self._world = world
        self._client_clock = ClientClock(
            lambda: world.elapsed / SECOND, lambda: to_micros(SINCE + LATER) + world.elapsed
        )
        self.records: list[weakref.ref[Any]] = []

    async def send(self, operation: Operation[T], /) -> T:
        operation.params()
        self._world.on_request()
        self._world.requests.append(operation)
        result: T = self._world.answer(operation)
        if isinstance(result, AccountsPage | ActivitiesPage):
            self.records += map(weakref.ref, result.items)
        for _ in range(self._world.patience[len(self._world.requests) % len(self._world.patience)]):
            await checkpoint()
        return result
