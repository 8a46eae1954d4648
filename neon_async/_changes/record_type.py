"""Accounts and activities: the requests for them, and what their pages say about the range."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Generic, TypeVar

import attrs

from neon_async._changes.protocol import SLACK, PageResult, from_micros, to_micros
from neon_async._wire.scalars import StructureError, timestamp
from neon_async._wire.type_guards import is_object
from neon_async.errors import PaginationError, ProtocolError
from neon_async.models import Account, Activity, Unreadable
from neon_async.operations import SortDirection, SyncAccounts, SyncActivities
from neon_async.operations._sync import Sync

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async._changes.protocol import PageRequest
    from neon_async.models import AccountsPage, ActivitiesPage, PageInfo


def contradiction(result: PageResult, info: PageInfo | None, operation: Sync[Any]) -> str | None:
    """Say what is wrong with a page, or return None for a page that fits."""
    held = len(result.ids)
    if info is None:
        return "a page has no page block, so the end can't be known" if held else None
    # Beyond the end, servers may show the last page instead of an empty one.
    if info.current_page != operation.page and operation.page <= result.pages:
        return f"asked for page {operation.page}, got page {info.current_page}"
    if held > result.size:
        return f"{held} records arrived on a page of {result.size}"
    if _outside(result, operation):
        return "a record was last changed outside the requested range"
    return None


def _outside(result: PageResult, operation: Sync[Any]) -> bool:
    """Return whether a record is further from the range than an end may be off."""
    low = None if operation.time_from is None else to_micros(operation.time_from) - SLACK
    high = None if operation.time_to is None else to_micros(operation.time_to) + SLACK
    return any(
        (low is not None and time < low) or (high is not None and time > high)
        for time in result.times
        if time is not None
    )


MODIFIED = "lastModifiedDateTime"
"""The wire name of the time by which records are asked for."""


@attrs.frozen
class StandIn:
    """The data that a feed needs of a record without a usable id.

    Attributes:
        number: stands for the id, and is below 0, which no id is; the same for the same record.
        time: its last-modified time; None if that is unknown.
        anonymous: whether others may have the same number.
        deleted: whether it stands in the list of deleted ids.
    """

    number: int
    time: int | None
    anonymous: bool
    deleted: bool
    record: Unreadable


def stand_ins(unreadable: Iterable[Unreadable]) -> list[StandIn]:
    """Return what stands for the unreadable records of a page."""
    seen: Counter[str] = Counter()
    results: list[StandIn] = []
    for record in unreadable:
        # In syncAccounts and syncActivities the lists of deleted ids are called deleted….
        deleted = record.path.startswith("deleted")
        text = f"{deleted} {json.dumps(record.value, sort_keys=True)}"
        seen[text] += 1
        time = _unreadable_time(record.value)
        results.append(StandIn(_number(text, seen[text]), time, time is None, deleted, record))
    return results


def _number(text: str, occurrence: int) -> int:
    digest = hashlib.blake2b(f"{occurrence} {text}".encode(), digest_size=7).digest()
    return -1 - int.from_bytes(digest)


def _unreadable_time(value: object) -> int | None:
    if not is_object(value):
        return None
    try:
        return to_micros(timestamp(value.get(MODIFIED), datetime))
    except StructureError:
        return None


RecordT = TypeVar("RecordT", bound=Account | Activity)


@attrs.frozen
class RecordPage(Generic[RecordT]):
    """A page: what it says, and its records in the same order.

    Attributes:
        result: what the page says; the ids of unreadable records come last.
        unreadable: what stands for the others.
    """

    result: PageResult
    records: list[RecordT] = attrs.field(repr=False)
    unreadable: list[StandIn] = attrs.field(factory=list[StandIn], repr=False)


@attrs.frozen
class RecordType(Generic[RecordT]):
    """One of the two kinds of records.

    Attributes:
        kind: what a checkpoint calls it.
        operation: the operation that lists them.
        id_column: wire name of the id.
        groups: returns a page's records, in the groups in which the reply has them.
    """

    kind: str
    operation: type[Sync[Any]]
    id_column: str
    id_of: Callable[[RecordT], int | None]
    groups: Callable[[Any], Sequence[Sequence[RecordT]]]

    def ask(self, request: PageRequest, size: int, *, sort: bool) -> Sync[Any]:
        """Return the operation for a request."""
        # Reference pages Sync Accounts and Sync Activities: page.sortColumn is a parameter of the
        # response, and nothing is said about the order without it.
        column = self.id_column if request.by_id else MODIFIED
        direction = SortDirection.DESC if request.newest_first else SortDirection.ASC
        return self.operation(
            time_from=from_micros(request.lower),
            time_to=None if request.upper is None else from_micros(request.upper),
            # Whether totals include deleted records is not documented.
            ignore_deleted=not request.deleted,
            page=request.page,
            page_size=1 if request.count else size,
            sort_column=column if sort else None,
            sort_direction=direction if sort else None,
        )

    def read(
        self,
        page: AccountsPage | ActivitiesPage,
        operation: Sync[Any],
        *,
        newest_first: bool = False,
    ) -> RecordPage[RecordT]:
        """Return what a page says.

        Raises:
            PaginationError: the page contradicts itself, or what was asked.
            ProtocolError: something is missing without which nothing can be proven.
        """
        groups = self.groups(page)
        records = [record for group in groups for record in group]
        unreadable = stand_ins(page.unreadable)
        rows = [record for record in unreadable if not record.deleted]
        times = [list(map(_time, group)) for group in groups]
        if page.response_date_time is None:
            path = "responseDateTime"
            raise ProtocolError("the server's time is missing", path=path, operation=operation.name)
        in_order = all(_ascend(group[::-1] if newest_first else group) for group in times)
        total, size, pages = _sizes(page.page, operation.page_size or 1)
        result = PageResult(
            ids=(*map(self.identify, records), *(row.number for row in rows)),
            times=(*(time for group in times for time in group), *(row.time for row in rows)),
            now=to_micros(page.response_date_time),
            deleted=tuple(page.deleted_ids),
            unreadable_deleted=len(unreadable) - len(rows),
            anonymous=any(record.anonymous for record in unreadable),
            # Where an unreadable record stands among the others is not known here.
            in_time_order=in_order and all(row.time is not None for row in rows),
            in_id_order=all(_ascend(list(map(self.id_of, group))) for group in groups) and not rows,
            total=total,
            size=size,
            pages=pages,
        )
        message = contradiction(result, page.page, operation)
        if message is not None:
            raise PaginationError(message, operation=operation.name)
        return RecordPage(result, records, unreadable)

    def among(
        self, request: PageRequest, pages: Sequence[AccountsPage | ActivitiesPage]
    ) -> RecordPage[RecordT]:
        """Return, of the records that were asked for by their ids, those in the request's range."""
        readable: list[tuple[int, int, RecordT]] = []
        for record in (record for page in pages for group in self.groups(page) for record in group):
            time = _time(record)
            if (
                time is not None
                and request.lower <= time
                and (request.upper is None or time <= request.upper)
            ):
                readable.append((self.identify(record), time, record))
        result = PageResult(
            ids=tuple(number for number, _, _ in readable),
            times=tuple(time for _, time, _ in readable),
            total=len(readable),
            size=len(request.ids),
            pages=1,
            now=request.lower,
            in_time_order=False,
            snapshot=False,
        )
        return RecordPage(result, [record for _, _, record in readable])

    def identify(self, record: RecordT) -> int:
        """Return a record's id."""
        number = self.id_of(record)
        if number is None:
            name = self.operation.__name__
            raise ProtocolError("a record has no id", path=self.id_column, operation=name)
        return number


def _sizes(info: PageInfo | None, wanted: int) -> tuple[int, int, int]:
    """Return the total, the page size and the number of pages, as far as the server says them."""
    if info is None:
        return 0, wanted, 0
    size = info.page_size if info.page_size > 0 else wanted
    pages = max(info.total_page, -(-info.total_results // size))
    return info.total_results, size, pages


def _time(record: Account | Activity) -> int | None:
    at = record.last_modified_date_time
    return None if at is None else to_micros(at)


def _ascend(values: Sequence[int | None]) -> bool:
    known = [value for value in values if value is not None]
    return len(known) == len(values) and known == sorted(known)


ACCOUNTS: RecordType[Account] = RecordType(
    kind="accounts",
    operation=SyncAccounts,
    id_column="accountId",
    id_of=lambda record: record.account_id,
    groups=lambda page: (page.individual_accounts, page.organization_accounts),
)
ACTIVITIES: RecordType[Activity] = RecordType(
    kind="activities",
    operation=SyncActivities,
    id_column="activityId",
    id_of=lambda record: record.activity_id,
    groups=lambda page: (page.activities,),
)
