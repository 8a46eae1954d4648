"""syncAccounts and syncActivities: records by the time of their last change, or by their ids."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import attrs

from neon_async._wire.scalars import since_epoch
from neon_async._wire.spelling import (
    spell_boolean,
    spell_id,
    spell_timestamp,
)
from neon_async.errors import APIError, ErrorCode, InvalidRequestError, ValidationError
from neon_async.models import AccountsPage, ActivitiesPage
from neon_async.operations._paged import PagedOperation

if TYPE_CHECKING:
    from typing import Self

    from neon_async._wire.form import Pairs

PageT = TypeVar("PageT", AccountsPage, ActivitiesPage)

# As many ids as the largest page holds rows, so that a request by ids is one page.
IDS_PER_REQUEST = 200


def may_refuse_order(error: APIError) -> bool:
    """Whether v1 said no to what was asked, perhaps to its order, and not to who asked or when."""
    return type(error) in {APIError, ValidationError}


def _ids(value: Iterable[Any] | None) -> tuple[Any, ...]:
    # An impossible id is refused with the other parameters, by its name.
    return tuple(value) if isinstance(value, Iterable) else (value,)


def _chunks(ids: tuple[int, ...]) -> list[tuple[int, ...]]:
    """Return the ids, each once, in a chunk for each request, or one empty chunk."""
    once = tuple(dict.fromkeys(ids))
    starts = range(0, max(len(once), 1), IDS_PER_REQUEST)
    return [once[start : start + IDS_PER_REQUEST] for start in starts]


@attrs.frozen(kw_only=True)
class Sync(PagedOperation[PageT]):
    """A request of either sync method: `attrs.evolve(operation, page=2)` is the next page.

    Attributes:
        time_from: beginning of the range of last-modified times; aware.
        time_to: end of the range; aware.
        ids: record ids to ask for, alone or within the range.
        ignore_deleted: whether to leave out the ids of deleted records; v1 decides when None.
    """

    range_parameter: ClassVar[str]
    range_or_id_required: ClassVar[ErrorCode | None]

    time_from: datetime | None = None
    time_to: datetime | None = None
    ids: tuple[int, ...] = attrs.field(default=(), converter=_ids)
    # A field here, and a property where there is nothing to choose.
    ignore_deleted: bool | None = None  # pyright: ignore[reportIncompatibleMethodOverride]

    def params(self) -> Pairs:
        """Return the parameters in the order of the reference page.

        Raises:
            InvalidRequestError: the range is reversed, or neither a range nor ids are given, a
                datetime is naive, or an id, the page's number or its size is not positive.
        """
        start, end = f"{self.range_parameter}From", f"{self.range_parameter}To"
        self._validate_range(start, end)
        pairs = [self._pair(self.id_parameter, spell_id, record_id) for record_id in self.ids]
        for name, spell, value in (
            (start, spell_timestamp, self.time_from),
            (end, _round_up, self.time_to),
            ("ignoreDeletedIdList", spell_boolean, self.ignore_deleted),
        ):
            if value is not None:
                pairs.append(self._pair(name, spell, value))
        return pairs + self._page_params()

    def parts(self) -> tuple[Self, ...]:
        """Split an operation over more ids than fit one request."""
        first, *rest = _chunks(self.ids)
        return (self._over(first, self.page), *[self._over(chunk, 1) for chunk in rest])

    def _over(self, ids: tuple[int, ...], page: int) -> Self:
        return attrs.evolve(self, ids=ids, page=page)

    def _validate_range(self, start: str, end: str) -> None:
        # Sync pages: the time is required if no id is included, and the other way round.
        if self.time_from is None and not self.ids:
            raise InvalidRequestError(
                "the beginning of a date range or at least one id is required",
                parameter=start,
                code=self.range_or_id_required,
                operation=self.name,
            )
        if self.time_from is None or self.time_to is None:
            return
        self._pair(start, spell_timestamp, self.time_from)
        self._pair(end, spell_timestamp, self.time_to)
        # Code 10240, on both sync pages: the server would refuse it as well.
        if since_epoch(self.time_from) > since_epoch(self.time_to):
            raise InvalidRequestError(
                "the range begins after its end",
                parameter=start,
                code=ErrorCode.RANGE_REVERSED,
                operation=self.name,
            )


def _round_up(value: Any) -> str:
    return spell_timestamp(value, up=True)


@attrs.frozen(kw_only=True)
class SyncAccounts(Sync[AccountsPage]):
    """Accounts that changed within a range of time, or have certain ids.

    Reference page: Sync Accounts.
    """

    path = "account/syncAccounts"
    reply = AccountsPage
    id_parameter: ClassVar[str] = "accountIds.accountId"
    range_parameter: ClassVar[str] = "syncAccountTime"
    # The page states the rule and gives no code for it.
    range_or_id_required: ClassVar[ErrorCode | None] = None


@attrs.frozen(kw_only=True)
class SyncActivities(Sync[ActivitiesPage]):
    """Activities that changed within a range of time, or have certain ids.

    Reference page: Sync Activities.
    """

    path = "account/syncActivities"
    reply = ActivitiesPage
    id_parameter: ClassVar[str] = "activityIds.activityId"
    range_parameter: ClassVar[str] = "syncActivityTime"
    range_or_id_required: ClassVar[ErrorCode | None] = ErrorCode.RANGE_OR_ID_REQUIRED
