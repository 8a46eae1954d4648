"""Accounts and activities as the console lists them: pages, order and search."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC
from typing import TYPE_CHECKING, Literal

import attrs

from neon_async.emulator._state.data import ORGANIZATION
from neon_async.emulator._state.index import EARLIEST, LATEST
from neon_async.emulator._state.state import EmulatorState
from neon_async.emulator._state.store import Collection
from neon_async.emulator._wire.clock import parse_timestamp, timestamp
from neon_async.emulator._wire.messages import Json, addresses, inner, parse_id

if TYPE_CHECKING:
    from neon_async.emulator._state.index import MergedAway

PAGE = 25
"""Rows on a page."""

SCANNED = 5_000
"""Records that one search looks at; the next one continues from there."""

_CHUNK = 500

Order = Literal["id", "changed"]


@attrs.frozen
class RecordRow:
    """One record in a list.

    Attributes:
        kind: individual, organization, or the status of an activity.
        detail: an e-mail address, or when an activity starts.
        place: a city, or the priority of an activity.
    """

    number: int
    title: str = attrs.field(repr=False)
    kind: str
    detail: str = attrs.field(repr=False)
    place: str = attrs.field(repr=False)
    modified: str


@attrs.frozen
class RecordListing:
    """A page of a list.

    Attributes:
        start: position of the first record that was looked at, from 0.
        stop: position after the last one.
        total: how many records there are.
        by_id: whether the one record is the one whose id was searched.
    """

    rows: list[RecordRow]
    start: int
    stop: int
    total: int
    by_id: bool = False

    @property
    def previous(self) -> int | None:
        """Where the page before begins, or None on the first one."""
        return max(0, self.start - PAGE) if self.start else None

    @property
    def following(self) -> int | None:
        """Where the next page begins, or None on the last one."""
        return self.stop if self.stop < self.total else None


@attrs.frozen
class Catalog:
    """The accounts, or the activities.

    Attributes:
        summaries: returns records by id, without the fields that only a detail page shows.
        row: returns what a list shows of a record.
    """

    state: EmulatorState
    collection: Collection
    summaries: Callable[[EmulatorState, list[int]], Iterator[tuple[int, Json]]]
    row: Callable[[int, Json], RecordRow]

    def __len__(self) -> int:
        with self._locked():
            return len(self.collection.index.everything())

    def page(self, query: str, start: int, order: Order) -> RecordListing:
        """Return what a search finds, or without one the rows from a position on."""
        with self._locked():
            merged = self._ordered(order)
            start = min(start, len(merged))
            row = self._by_id(parse_id(query))
            if row is not None:
                return RecordListing([row], 0, 1, 1, by_id=True)
            if not query:
                ids = merged.ids(start, PAGE, descending=order == "changed")
                rows = [self.row(*pair) for pair in self.summaries(self.state, ids)]
                return RecordListing(rows, start, start + len(rows), len(merged))
            return self._search(merged, query.casefold().split(), start, order)

    def record(self, number: int) -> Json | None:
        """Return the stored document of a record, or None if there is none."""
        with self._locked():
            row = self.collection.row(number)
            return None if row is None else row.document

    def heir(self, number: int) -> int | None:
        """Return the id that a record was merged into."""
        with self._locked():
            row = self.collection.row(number)
            return None if row is None else row.merged_into

    def _locked(self) -> StoreLock:
        return StoreLock(self.state)

    def _ordered(self, order: Order) -> MergedAway:
        index = self.collection.index
        return index.everything() if order == "id" else index.by_time(EARLIEST, LATEST)

    def _by_id(self, number: int | None) -> RecordRow | None:
        if number is None or self.collection.find(number) is None:
            return None
        return self.row(*next(self.summaries(self.state, [number])))

    def _search(
        self, merged: MergedAway, words: list[str], start: int, order: Order
    ) -> RecordListing:
        rows: list[RecordRow] = []
        stop = start
        for number, record in self._scan(merged, start, order):
            stop += 1
            row = self.row(number, record)
            text = f"{row.title} {row.kind} {row.detail} {row.place}".casefold()
            if all(word in text for word in words):
                rows.append(row)
            if len(rows) == PAGE:
                break
        return RecordListing(rows, start, stop, len(merged))

    def _scan(self, merged: MergedAway, start: int, order: Order) -> Iterator[tuple[int, Json]]:
        for offset in range(start, start + SCANNED, _CHUNK):
            ids = merged.ids(offset, _CHUNK, descending=order == "changed")
            yield from self.summaries(self.state, ids)


@attrs.frozen
class StoreLock:
    """Holds the lock, with everything visible that is due."""

    state: EmulatorState

    def __enter__(self) -> None:
        self.state.store.lock.acquire()
        self.state.store.flush_due(self.state.now())

    def __exit__(self, *error: object) -> None:
        self.state.store.lock.release()


def accounts(state: EmulatorState) -> Catalog:
    return Catalog(state, state.store.accounts, _account_summaries, _account_row)


def activities(state: EmulatorState) -> Catalog:
    return Catalog(state, state.store.activities, _activity_summaries, _activity_row)


def _account_summaries(state: EmulatorState, ids: list[int]) -> Iterator[tuple[int, Json]]:
    changed = state.store.accounts.changed(ids)
    for number in ids:
        known = changed.get(number)
        yield number, known["record"] if known else state.people.summary(number)


def _activity_summaries(state: EmulatorState, ids: list[int]) -> Iterator[tuple[int, Json]]:
    for number, document in state.store.activities.documents(ids).items():
        yield number, document["record"]


def _account_row(number: int, record: Json) -> RecordRow:
    names = [_text(record, "primaryContact", name) for name in ("firstName", "lastName")]
    company = "organizationTypes" in record
    title = _text(record, "organizationName") if company else " ".join(filter(None, names))
    cities = [_text(address, "city") for address in addresses(record)]
    return RecordRow(
        number,
        title or "(no name)",
        ORGANIZATION if company else "individual",
        _text(record, "primaryContact", "email1"),
        next(filter(None, cities), ""),
        _moment(record, "lastModifiedDateTime"),
    )


def _activity_row(number: int, record: Json) -> RecordRow:
    return RecordRow(
        number,
        _text(record, "subject") or "(no subject)",
        _text(record, "activityStatus", "name"),
        _moment(record, "startDateTime"),
        _text(record, "activityPriority"),
        _moment(record, "lastModifiedDateTime"),
    )


def _moment(record: Json, name: str) -> str:
    """Return a time in UTC to the second, or the text in its place."""
    text = _text(record, name)
    at = parse_timestamp(text)
    return text if at is None else timestamp(at // 1000, UTC)[:19].replace("T", " ")


def _text(record: Json, *path: str) -> str:
    """Return a text, whatever a planted record has in its place."""
    value = inner(record, *path)
    return "" if value is None else str(value)
