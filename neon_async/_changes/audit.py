"""Read what has changed since the run began, count, and compare with what was received."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from neon_async._changes.certificate import (
    DELETED_AT_ONCE,
    FEWER,
    TOO_FAST,
    UNORDERED,
    Certificate,
    Verdict,
    ends,
)
from neon_async._changes.dedupe import Dedupe
from neon_async._changes.keyset import STRETCH, bisect_range, read_backwards_by_id
from neon_async._changes.plan import Plan
from neon_async._changes.protocol import (
    MILLISECOND,
    SECOND,
    SLACK,
    Budget,
    NoWatermark,
    PageRequest,
)
from neon_async._changes.shards import ShardQueue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async._changes.protocol import PageResult, PlanGenerator

_ATTEMPTS = 3
_FEWEST_TO_CATCH_UP = 20
_VERSION_LINE = 7200 * SECOND

_MISSING = "the server reports more records than it returned"
_LATE = "changes arrived in a time that was read before; raise lag or lookback"
_STALE = "the server's replies were older than earlier ones"
_LACKING = "the server's replies lack records that earlier ones had"
_UNLISTED = "the server does not list the deleted records on every page"
_LEAVING = "records kept leaving the range while it was counted"
_CROWDED = "more has changed at once, since the run began, than a page holds"
_TIMELESS = "records have last-modified times that can't be read"
_UNDELETED = "records were listed as deleted that exist"


@attrs.frozen
class CaughtUp:
    """The part of an open range that has been read.

    Attributes:
        since: all that has changed since then was on one complete page.
        at_once: whether that page was the only one.
        clean: whether each record was seen that was in the open range from beginning to end.
    """

    since: int
    at_once: bool
    clean: bool


def catch_up(lower: int, *, trusting: bool) -> PlanGenerator[CaughtUp]:
    """Read what has changed since a time, oldest first, until a page holds all the rest.

    Nothing ever leaves an open range but what is deleted, and what changes moves up, where it is
    met again. A page in ascending order holds all up to its last record, so that the next one
    begins there, with the slack. Where the server does not sort, the range is halved.

    Args:
        lower: beginning of the range.
        trusting: whether to take pages that look sorted for sorted.
    """
    begin, stretch, clean = lower, STRETCH, True
    while True:
        result = yield PageRequest(lower, tail=True)
        if result.complete:
            return CaughtUp(lower, at_once=lower == begin, clean=clean)
        times = sorted(time for time in result.times if time is not None)
        if not (trusting and result.in_time_order and times):
            clean &= yield from bisect_range(lower, None, NoWatermark(), tail=True)
            return CaughtUp(lower, at_once=False, clean=clean)
        following = times[-1] - SLACK - MILLISECOND
        if following > lower:
            lower, stretch = following, STRETCH
            continue
        clean = False
        end = times[-1] + 2 * SLACK + stretch
        yield from read_backwards_by_id(lower, end, NoWatermark(), tail=True)
        lower, stretch = end - 2 * SLACK, 2 * stretch


@attrs.frozen
class _CountResult:
    """What a count has come to.

    Attributes:
        verdict: what follows from it.
        reason: why it is not proven.
        final: whether another count would show no more.
    """

    verdict: Verdict
    reason: str = ""
    final: bool = True

    @property
    def proven(self) -> bool:
        return self.verdict is Verdict.PROVEN


_PROVEN = _CountResult(Verdict.PROVEN)


@attrs.define
class _Audit:
    """Counts, and compares with what was received.

    Attributes:
        plan: what was read.
        dedupe: what was received; it takes pages into account before they come here.
        queue: says what was read without a total that confirms it, and is read again if need be.
        budget: requests for what has changed since the run began.
        open_ended: whether to count ranges without an end.
        since: from when on to read what has changed.
        before: what was counted first.
        after: what was counted last.
        left: how many of the received it should be.
    """

    plan: Plan
    dedupe: Dedupe
    queue: ShardQueue
    budget: Budget
    open_ended: bool
    since: int
    before: int | None = None
    after: int | None = None
    left: int = 0

    @property
    def received(self) -> int:
        """How many records were received, of those that are counted."""
        return self.dedupe.received if self.open_ended else self.dedupe.inside

    def attempt(self) -> PlanGenerator[_CountResult]:
        """Count once."""
        open_ended, ranges = self.open_ended, self.plan.ranges
        closed = ranges[:-1] if open_ended else ranges
        stale = self.dedupe.stale
        counted = yield from _count(closed)
        caught_up = yield from self.budget.limit(catch_up(self.since, trusting=open_ended))
        if caught_up is None:
            return _CountResult(Verdict.UNPROVEN, TOO_FAST)
        if not open_ended:
            if not caught_up.at_once:
                # It names what was deleted while several pages were read.
                yield PageRequest(self.since, count=True, tail=True)
            dedupe = self.dedupe
            self.before = self.after = counted
            self.left = dedupe.inside - dedupe.left_range
            if not caught_up.clean:
                return _CountResult(Verdict.UNPROVEN, _CROWDED)
            if dedupe.stale > stale:
                return _CountResult(Verdict.UNPROVEN, _STALE, final=False)
            return (yield from self._closed(closed, counted, self.left))
        self.since = caught_up.since
        finding = yield from self._lines(caught_up)
        if not (finding.proven and closed):
            return finding
        left = self.dedupe.inside_until(closed[-1][1])
        self.before = self.after = (self.after or 0) + counted
        self.left += left
        return (yield from self._closed(closed, counted, left))

    def _closed(
        self, ranges: tuple[tuple[int, int], ...], counted: int, left: int
    ) -> PlanGenerator[_CountResult]:
        """Compare with what ranges held that can only lose records."""
        if not self.dedupe.all_deleted:
            return _CountResult(Verdict.UNPROVEN, DELETED_AT_ONCE)
        if left == counted:
            undeleted = self.dedupe.undeleted_inside
            return _CountResult(Verdict.UNPROVEN, _UNDELETED) if undeleted else _PROVEN
        if left > counted:
            return _CountResult(Verdict.UNPROVEN, FEWER, final=False)
        # Who has left since the count was counted, and is none of those received that are left.
        again = yield from _count(ranges)
        self.after = (self.after or 0) - counted + again
        if again != counted:
            return _CountResult(Verdict.UNPROVEN, _LEAVING, final=False)
        return _CountResult(Verdict.INCOMPLETE, _MISSING)

    def _lines(self, caught_up: CaughtUp) -> PlanGenerator[_CountResult]:
        """Compare with what has changed since the beginning of the range, and since later times.

        The first line shows that each record was received in some state, the others that it was
        in the latest one.
        """
        first = True
        for lower, since in self._times():
            finding = yield from self._line(lower, since, caught_up, first=first)
            if not finding.proven:
                return finding
            first = False
        return _PROVEN

    def _times(self) -> Iterator[tuple[int, int | None]]:
        """Return where ranges without an end begin, and from when on the received belong there."""
        ranges, settled, dedupe = self.plan.ranges, self.plan.settled - SLACK, self.dedupe
        low = ranges[-1][0] - SLACK
        yield low, (None if len(ranges) == 1 else low - SLACK)
        time = settled - _VERSION_LINE
        early: tuple[int, int] | None = time, time + SLACK
        if dedupe.existing(time - 2 * SLACK) != dedupe.existing(time + 2 * SLACK):
            # Where the server would cut the range is known from a page that began there.
            early = dedupe.start_near(time)
        if early is not None and low < early[0] < settled:
            yield early
        start = dedupe.start_near(settled)
        known = start is not None and start[0] == settled
        yield settled, (start[1] if start is not None and known else settled + SLACK)

    def _line(
        self, lower: int, since: int | None, caught_up: CaughtUp, *, first: bool
    ) -> PlanGenerator[_CountResult]:
        """Compare with replies about a range without an end, until one settles it."""
        finding, pages = _PROVEN, set[tuple[int, ...]]()
        for _ in range(_ATTEMPTS):
            stale = self.dedupe.stale
            result = yield PageRequest(lower, newest_first=True, tail=True)
            pages.add(result.ids)
            left = self.dedupe.existing(since)
            if first:
                self.before = self.after = result.total
                self.left = left
            finding = self._agreement(result, lower, since, stale) or self._compare(
                result, left, caught_up, first=first
            )
            if finding.final or not self.open_ended:
                return finding
        if finding.reason == _UNLISTED or (finding.reason == _LACKING and len(pages) == 1):
            # It may list deleted ids on its last page alone, or sort pages only by chance.
            return self._count_closed_ranges(finding.reason)
        if finding.verdict is not Verdict.INCOMPLETE:
            return finding
        left = self.dedupe.existing(since)
        existing = yield PageRequest(lower, count=True, deleted=False, tail=True)
        if existing.total > left:
            return attrs.evolve(finding, final=True)
        # It is not documented whether totals include deleted records: here they do.
        return self._count_closed_ranges(FEWER)

    def _agreement(
        self, result: PageResult, lower: int, since: int | None, stale: int
    ) -> _CountResult | None:
        """Return what speaks against a page, whatever it counts."""
        dedupe = self.dedupe
        if not dedupe.all_deleted:
            return _CountResult(Verdict.UNPROVEN, DELETED_AT_ONCE)
        if not all(map(self.queue.is_unconfirmed, dedupe.late)):
            return _CountResult(Verdict.INCOMPLETE, _LATE)
        in_order = result.in_time_order and not dedupe.unsorted
        doubt = ""
        if dedupe.stale > stale:
            doubt = _STALE
        elif in_order and dedupe.lacking(result, since):
            doubt = _LACKING
        elif result.snapshot and dedupe.unlisted(lower, result):
            doubt = _UNLISTED
        elif dedupe.contradicted(result, since):
            doubt = _UNDELETED
        return _CountResult(Verdict.UNPROVEN, doubt, final=False) if doubt else None

    def _compare(
        self, result: PageResult, left: int, caught_up: CaughtUp, *, first: bool
    ) -> _CountResult:
        """Compare a total with the records that are left of those received.

        These are all among those that the server counts. So no order is relied on where the
        numbers agree. That records are missing is certain only if no others can have been created
        since: those would be at the top of a page in descending order.
        """
        if result.total == left:
            return _PROVEN
        if result.total < left:
            return _CountResult(Verdict.UNPROVEN, FEWER, final=False)
        in_order = result.in_time_order and not self.dedupe.unsorted
        if not (result.snapshot and in_order and result.times):
            return self._count_closed_ranges(UNORDERED)
        oldest = min(time for time in result.times if time is not None)
        if not result.complete and oldest > caught_up.since:
            return _CountResult(Verdict.UNPROVEN, TOO_FAST, final=False)
        if not first and result.total <= left + self.dedupe.timeless():
            return _CountResult(Verdict.UNPROVEN, _TIMELESS)
        return _CountResult(Verdict.INCOMPLETE, _MISSING if first else _LATE, final=False)

    def _count_closed_ranges(self, reason: str) -> _CountResult:
        """Go over to counts that rely neither on an order nor on the list of deleted ids.

        They say nothing about deletions. Those are listed by what is read by halves.
        """
        self.open_ended, self.since = False, self.plan.settled - SLACK
        return _CountResult(Verdict.UNPROVEN, reason, final=self.queue.unconfirmed)


def certify(
    plan: Plan, dedupe: Dedupe, queue: ShardQueue, *, pages: int
) -> PlanGenerator[Certificate]:
    """Read what has changed since the run began, count, and compare.

    Args:
        plan: what was read.
        dedupe: what was received; it takes pages into account before they come here.
        queue: the shards, whose unconfirmed parts are read again if this proves nothing.
        pages: how many pages the run is about.
    """
    budget = Budget(max(_FEWEST_TO_CATCH_UP, pages // 2))
    audit = _Audit(plan, dedupe, queue, budget, plan.open_ended, since=plan.settled - SLACK)
    attempts, finding = _ATTEMPTS, _PROVEN
    while attempts:
        attempts -= 1
        open_ended = audit.open_ended
        finding = yield from audit.attempt()
        if finding.final:
            break
        if audit.open_ended is not open_ended:
            attempts = _ATTEMPTS
    low, high = ends(plan)
    return Certificate(
        verdict=finding.verdict,
        reason=finding.reason,
        time_from=low,
        time_to=high,
        before=audit.before,
        after=audit.after,
        received=audit.received,
        departed=audit.received - audit.left,
    )


def _count(ranges: tuple[tuple[int, int], ...]) -> PlanGenerator[int]:
    total = 0
    for low, high in ranges:
        total += (yield PageRequest(low - SLACK, high + SLACK, count=True, deleted=False)).total
    return total
