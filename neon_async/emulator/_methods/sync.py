"""What syncAccounts and syncActivities share: ranges, ids, sorting, pages, deleted ids."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import attrs

from neon_async.emulator._methods.checks import choice
from neon_async.emulator._methods.pages import page_block, page_number, page_size
from neon_async.emulator._state.index import EARLIEST, LATEST, time_key
from neon_async.emulator._state.store import Document
from neon_async.emulator._wire.clock import parse_timestamp
from neon_async.emulator._wire.codes import malformed, refused
from neon_async.emulator._wire.messages import Json, parse_id

if TYPE_CHECKING:
    from neon_async.emulator._state.state import EmulatorState
    from neon_async.emulator._state.store import Collection
    from neon_async.emulator._wire.messages import Fields

MODIFIED = "lastModifiedDateTime"


@attrs.frozen
class SyncMethod:
    """How one of the two methods spells its parameters.

    Attributes:
        ids: parameter of the ids.
        time_from: parameter of the range's beginning.
        time_to: parameter of the range's end.
        nothing_asked: text of code 10242.
        id_column: the field of the reply that holds the id.
        columns: fields of the reply that can be sorted by.
        shown: returns what the reply shows of a stored record.
    """

    ids: str
    time_from: str
    time_to: str
    nothing_asked: str
    id_column: str
    columns: frozenset[str]
    shown: Callable[[Document], Json]


@attrs.frozen
class SyncQuery:
    """The range or ids of a request, with times in milliseconds, both ends included."""

    ids: tuple[int, ...] | None
    low: int
    high: int
    ranged: bool
    page: int
    size: int
    column: str = attrs.field(repr=False)
    descending: bool


@attrs.frozen
class SyncResult:
    """The ids on a page, the deleted ids, and the page block."""

    ids: list[int]
    deleted: list[int]
    page: Json = attrs.field(repr=False)


def answer(
    state: EmulatorState, collection: Collection, sync: SyncMethod, fields: Fields
) -> SyncResult:
    """Find the page that a request asks for.

    Raises:
        RefusedError: the request breaks a rule of its page.
    """
    query = _query(state, sync, fields)
    total, ids = _page(collection, sync, query)
    ignore = choice(fields, "ignoreDeletedIdList", ("true", "false")) == "true"
    page = page_block(fields, query.page, query.size, total)
    deleted = [] if ignore else _deleted(collection, query)
    return SyncResult(ids, deleted[: state.quirks.deleted_ids_limit], page)


def _query(state: EmulatorState, sync: SyncMethod, fields: Fields) -> SyncQuery:
    quirks = state.quirks
    ids = _ids(fields, sync.ids)
    low, high = _range(fields, sync, quirks.bounds)
    # Code 10242 of the activities' page. That of accounts has the rule and no code.
    if not fields.text(sync.time_from) and ids is None:
        raise refused(10242, sync.nothing_asked)
    limit = quirks.page_size_limit or state.page_size_limit
    # v1's own order is on no page; by id is the one that tests can rely on.
    column = fields.text("page.sortColumn") or sync.id_column
    if column not in sync.columns:
        raise malformed("page.sortColumn is not a column that can be sorted by.")
    return SyncQuery(
        ids=ids,
        low=low,
        high=high,
        ranged=(low, high) != (EARLIEST, LATEST),
        page=page_number(fields),
        size=page_size(fields, limit),
        column=sync.id_column if quirks.sort_column_ignored else column,
        descending=choice(fields, "page.sortDirection", ("ASC", "DESC")) == "DESC",
    )


def _ids(fields: Fields, name: str) -> tuple[int, ...] | None:
    texts = [value for value in fields.values.get(name, ()) if value]
    if not texts:
        return None
    return tuple(sorted({_number(value, name) for value in texts}))


def _number(value: str, name: str) -> int:
    """Return a record id.

    Raises:
        RefusedError: it is not a number, or larger than any id.
    """
    number = parse_id(value)
    if number is None:
        raise malformed(f"{name} is not a number.")
    return number


def _range(fields: Fields, sync: SyncMethod, bounds: str) -> tuple[int, int]:
    """Return the range in milliseconds, both ends included."""
    begin, end = (_moment(fields, name) for name in (sync.time_from, sync.time_to))
    # Code 10240, on both pages.
    if begin is not None and end is not None and begin > end:
        raise refused(10240)
    # A quirk, as are exclusive bounds: the pages do not say what the ends of a range are.
    if bounds == "seconds":
        begin, end = (None if at is None else at - at % 1_000_000 for at in (begin, end))
    inside = 1 if bounds == "exclusive" else 0
    # Stored times are whole milliseconds: the beginning is rounded up, and the end down.
    low = EARLIEST if begin is None else -(-(begin + inside) // 1000)
    high = LATEST if end is None else (end - inside) // 1000
    return low, high


def _moment(fields: Fields, name: str) -> int | None:
    value = fields.text(name)
    if not value:
        return None
    at = parse_timestamp(value)
    if at is None:
        # In a form a + is a space (WHATWG, URL, application/x-www-form-urlencoded).
        hint = " (is its + sent as %2B?)" if " " in value else ""
        raise malformed(f"{name} must look like 2014-01-10T15:50:28.153+08:00{hint}.")
    return at


def _page(collection: Collection, sync: SyncMethod, query: SyncQuery) -> tuple[int, list[int]]:
    """Return the number of results, and the ids on the page."""
    offset = (query.page - 1) * query.size
    if query.ids is None and query.column in {sync.id_column, MODIFIED}:
        index = collection.index
        by = index.by_time if query.column == MODIFIED else index.by_id
        # The two orders that change feeds use: a page of a million rows is found by bisection.
        merged = by(query.low, query.high)
        return len(merged), merged.ids(offset, query.size, descending=query.descending)
    ids = _sorted(collection, sync, query)
    return len(ids), ids[offset : offset + query.size]


def _sorted(collection: Collection, sync: SyncMethod, query: SyncQuery) -> list[int]:
    """Sort whole results, where arithmetic can't find the ids of a page."""
    if query.ids is None:
        merged = collection.index.by_id(query.low, query.high)
        ids = merged.ids(0, len(merged))
    else:
        ids = _existing(collection, query)
    if query.column == sync.id_column:
        return ids[::-1] if query.descending else ids
    if query.column == MODIFIED:
        times = {record_id: _modified(collection, record_id) for record_id in ids}
        return sorted(
            ids,
            key=lambda record_id: time_key(times[record_id], record_id),
            reverse=query.descending,
        )
    keys = {
        record_id: (_column(collection, sync, record_id, query.column), record_id)
        for record_id in ids
    }
    return sorted(ids, key=keys.__getitem__, reverse=query.descending)


def _existing(collection: Collection, query: SyncQuery) -> list[int]:
    ids: list[int] = []
    for record_id in query.ids or ():
        stored = collection.find(record_id)
        if stored is None:
            continue
        at = stored.modified
        # Imported accounts may have no last-modified time (page Sync Accounts): no range has them.
        if not query.ranged or (at is not None and query.low <= at <= query.high):
            ids.append(record_id)
    return ids


def _modified(collection: Collection, record_id: int) -> int | None:
    stored = collection.find(record_id)
    return None if stored is None else stored.modified


def _column(
    collection: Collection, sync: SyncMethod, record_id: int, column: str
) -> tuple[bool, float, str]:
    row = collection.row(record_id)
    value: Any = row and row.document and sync.shown(row.document).get(column)
    if isinstance(value, str) and column.endswith("DateTime"):
        value = parse_timestamp(value)
    if isinstance(value, int | float):
        return True, value, ""
    # Nothing before texts and numbers: a sort of different types would be an error in Python.
    return isinstance(value, str), 0, str(value)


def _deleted(collection: Collection, query: SyncQuery) -> list[int]:
    deleted = collection.index.deleted_between(query.low, query.high)
    if query.ids is None:
        return deleted
    # Page Sync Accounts: deleted ids "that match the request criteria", the ids among them.
    requested = set(query.ids)
    return [record_id for record_id in deleted if record_id in requested]
