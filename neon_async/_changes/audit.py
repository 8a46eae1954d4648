"""Read what has changed since the run began, count, and compare with what was received."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

from neon_async._changes.certificate import (
    DELETED_AT_ONCE,
    FEWER,
    PROVEN,
    TOO_FAST,
    UNORDERED,
    Certificate,
    Count,
    Verdict,
    ends,
)
from neon_async._changes.dedupe import Dedupe
from neon_async._changes.keyset import CaughtUp, catch_up
from neon_async._changes.plan import Plan
from neon_async._changes.protocol import SECOND, SLACK, PageRequest, Stepper
from neon_async._changes.shards import ShardQueue
from neon_async.operations._sync import IDS_PER_REQUEST

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async._changes.protocol import PageResult, PlanGenerator

_ATTEMPTS = 3
# Fifty edits a request are caught up with in about 35 requests, a hundred never are.
_FEWEST_TO_CATCH_UP = 20
# The longest lookback: what became visible later than that is found by reconciling alone.
_VERSION_LINE = 7200 * SECOND

_MISSING = "the server reports more records than it returned"
_LATE = "changes arrived in a time that was read before; raise lag or lookback"
_STALE = "the server's replies were older than earlier ones"
_LACKING = "the server's replies lack records that earlier ones had"
_UNLISTED = "the server does not list the deleted records on every page"
_LEAVING = "records kept leaving the range while it was counted"
_CROWDED = "more records changed at once, since the run began, than a page holds"
_TIMELESS = "records have last-modified times that can't be read"
_UNDELETED = "records that exist were listed as deleted"


@attrs.define
class _Audit:
    """Counts, and compares with what was received.

    There are two ways. What changes stays in a range without an end, where one reply shows the
    total, the newest records and what was deleted (`_line`). A server whose order or list of
    deleted ids can't be relied on is asked for totals of ranges with an end (`_closed`): they lose
    what changes, and catching up receives that.

    Attributes:
        dedupe: what was received; it takes pages into account before they come here.
        queue: says what was read without a total that confirms it, and is read again if need be.
        budget: how many more requests may be sent for what has changed since the run began.
        open_ended: whether to count ranges without an end.
        since: from when on to read what has changed.
        left: how many of the received it should be.
    """

    plan: Plan
    dedupe: Dedupe
    queue: ShardQueue
    budget: int
    open_ended: bool
    since: int
    before: int | None = None
    after: int | None = None
    left: int = 0
    # Ids that each page has shown that a count of this attempt came with.
    _shown: set[int] = attrs.field(factory=set[int])

    @property
    def received(self) -> int:
        """How many records were received, of those that are counted."""
        return self.dedupe.received if self.open_ended else self.dedupe.inside

    def attempt(self) -> PlanGenerator[Count]:
        open_ended, ranges = self.open_ended, self.plan.ranges
        closed = ranges[:-1] if open_ended else ranges
        stale = self.dedupe.stale
        # First, since what leaves the ranges after this is met by what is read next.
        counted = yield from _count(closed)
        caught_up = yield from self._catch_up()
        if caught_up is None:
            return Count(Verdict.UNPROVEN, TOO_FAST)
        self.since = caught_up.since
        if not open_ended:
            return (yield from self._all_closed(counted, caught_up, stale))
        for lower, since in self._lines():
            finding = yield from self._line(lower, since, caught_up)
            if not finding.proven:
                return finding
        if not closed:
            return PROVEN
        left = self.dedupe.inside_until(closed[-1][1])
        self.before = self.after = (self.after or 0) + counted
        self.left += left
        return (yield from self._closed(closed, counted, left))

    def _catch_up(self) -> PlanGenerator[CaughtUp | None]:
        """Read what has changed since the run began, or return None when that takes too long."""
        reading = Stepper(catch_up(self.since, trusting=self.open_ended))
        while self.budget > 0 and not reading.ended:
            self.budget -= 1
            reading.accept((yield reading.request))
        return reading.result if reading.ended else None

    def _all_closed(self, counted: int, caught_up: CaughtUp, stale: int) -> PlanGenerator[Count]:
        """Compare with counts of the ranges alone, once what has changed since was read."""
        self.since = self._settled
        if not caught_up.at_once:
            # It names what was deleted while several pages were read.
            yield PageRequest(self.since, count=True, tail=True)
        dedupe = self.dedupe
        self.before = self.after = counted
        self.left = dedupe.inside - dedupe.left_range
        if not caught_up.clean:
            return Count(Verdict.UNPROVEN, _CROWDED)
        if dedupe.stale > stale:
            return Count(Verdict.UNPROVEN, _STALE, final=False)
        finding = yield from self._closed(self.plan.ranges, counted, self.left)
        return finding if not finding.proven else (yield from self._departed())

    def _closed(
        self, ranges: tuple[tuple[int, int], ...], counted: int, left: int
    ) -> PlanGenerator[Count]:
        """Compare with what ranges held that can only lose records."""
        if not self.dedupe.all_deleted:
            return Count(Verdict.UNPROVEN, DELETED_AT_ONCE)
        if left == counted:
            undeleted = self.dedupe.undeleted_inside
            return Count(Verdict.UNPROVEN, _UNDELETED) if undeleted else PROVEN
        if left > counted:
            return Count(Verdict.UNPROVEN, FEWER, final=False)
        # Who has left since the count was counted, and is none of those received that are left.
        again = yield from _count(ranges)
        self.after = (self.after or 0) - counted + again
        # A node that is behind counts records that have left: each was received, or listed, since.
        if again != counted:
            return Count(Verdict.UNPROVEN, _LEAVING, final=False)
        if again <= self.dedupe.known_until(ranges[-1][1]):
            return Count(Verdict.UNPROVEN, _LEAVING, final=False, suspicious=True)
        return Count(Verdict.INCOMPLETE, _MISSING)

    def _departed(self) -> PlanGenerator[Count]:
        """Check that those were received which left a range before it was read.

        Nothing says whether a page of what has changed since came from a node that is behind. But
        as many records must have been received as exist.
        """
        if not (self.plan.open_ended and self._low == self.plan.start - SLACK):
            return PROVEN
        existing = yield PageRequest(self._low, count=True, deleted=False, tail=True)
        if existing.total > self.dedupe.existing():
            return Count(Verdict.UNPROVEN, TOO_FAST, final=False, suspicious=True)
        return PROVEN

    @property
    def _settled(self) -> int:
        """Beginning of what has changed since the run began."""
        return self.plan.settled - SLACK

    @property
    def _low(self) -> int:
        """Beginning of the range without an end that is counted."""
        return self.plan.ranges[-1][0] - SLACK

    def _lines(self) -> Iterator[tuple[int, int | None]]:
        """Return where ranges without an end begin, and from when on the received belong there.

        The first line shows that each record was received in some state, the others that it was
        in the latest one.
        """
        ranges, settled, dedupe, low = self.plan.ranges, self._settled, self.dedupe, self._low
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

    def _line(self, lower: int, since: int | None, caught_up: CaughtUp) -> PlanGenerator[Count]:
        """Compare with replies about a range without an end, until one settles it."""
        finding, pages = PROVEN, set[tuple[int, ...]]()
        for _ in range(_ATTEMPTS):
            stale = self.dedupe.stale
            result = yield PageRequest(lower, newest_first=True, tail=True)
            pages.add(result.ids)
            left = self.dedupe.existing(since)
            if lower == self._low:
                self.before = self.after = result.total
                self.left = left
            finding = self._agreement(result, lower, since, stale) or self._compare(
                result, lower, left, caught_up
            )
            if finding.final or finding.reason == TOO_FAST or not self.open_ended:
                return finding
        return (yield from self._unsettled(finding, lower, since, same=len(pages) == 1))

    def _unsettled(
        self, finding: Count, lower: int, since: int | None, *, same: bool
    ) -> PlanGenerator[Count]:
        """Find out more where no reply about a range without an end has settled it.

        What the last one came to is the `finding`; `same` if all of them showed the same ids.
        """
        if finding.reason == _LATE and self.dedupe.late:
            # A node that is behind may have shown a state that the record had left before.
            late = tuple(sorted(self.dedupe.late)[:IDS_PER_REQUEST])
            yield PageRequest(self._low, by_id=True, tail=True, ids=late)
            # They were received, and nothing says that others came as late and were not.
            return Count(Verdict.UNPROVEN, _LATE, final=self._late(), suspicious=True)
        if finding.reason == _UNLISTED or (finding.reason == _LACKING and same):
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
    ) -> Count | None:
        """Return what speaks against a page, whatever it counts."""
        dedupe = self.dedupe
        if not dedupe.all_deleted:
            return Count(Verdict.UNPROVEN, DELETED_AT_ONCE)
        in_order = result.in_time_order and not dedupe.unsorted
        doubt = ""
        if dedupe.stale > stale:
            doubt = _STALE
        elif in_order and dedupe.lacking(result, since):
            doubt = _LACKING
        elif result.snapshot and dedupe.unlisted(lower, result):
            doubt = _UNLISTED
        elif self._contradicted(result, lower, in_order=in_order):
            doubt = _UNDELETED
        if doubt:
            return Count(Verdict.UNPROVEN, doubt, final=False)
        return Count(Verdict.UNPROVEN, _LATE, final=False) if self._late() else None

    def _late(self) -> bool:
        """Return whether a record became visible in a time that was confirmed to be read."""
        return not all(map(self.queue.is_unconfirmed, self.dedupe.late.values()))

    def _contradicted(self, result: PageResult, lower: int, *, in_order: bool) -> bool:
        """Return whether a record was deleted since the run began that a look-up has shown since.

        The look-up may have been answered later, or by a node that is behind: only where the pages
        themselves show the record is it certain that their totals count it. A record that was
        brought back before the run is on the list of the whole range, but not on the last one.
        """
        self._shown = {*result.ids} if lower == self._low else self._shown.intersection(result.ids)
        last = lower >= self._settled or not in_order
        return last and self.dedupe.contradicted(result.deleted, self._shown)

    def _compare(self, result: PageResult, lower: int, left: int, caught_up: CaughtUp) -> Count:
        """Compare a total with the records that are left of those received.

        These are all among those that the server counts. So no order is relied on where the
        numbers agree. That records are missing is certain only if no others can have become visible
        since they were caught up with: all that do are newer than what was settled when the run
        began, and at the top of a page in descending order.
        """
        if result.total == left:
            return PROVEN
        if result.total < left:
            return Count(Verdict.UNPROVEN, FEWER, final=False)
        in_order = result.in_time_order and not self.dedupe.unsorted
        if not (result.snapshot and in_order and result.times):
            return self._count_closed_ranges(UNORDERED)
        oldest = min(time for time in result.times if time is not None)
        if not result.complete and oldest > self._settled:
            if oldest <= caught_up.since:
                # Changes that are visible late, or of a clock that was set back, have older times.
                self.since = self._settled
            return Count(Verdict.UNPROVEN, TOO_FAST, final=False, suspicious=True)
        first = lower == self._low
        if not first and result.total <= left + self.dedupe.timeless():
            return Count(Verdict.UNPROVEN, _TIMELESS)
        return Count(Verdict.INCOMPLETE, _MISSING if first else _LATE, final=False)

    def _count_closed_ranges(self, reason: str) -> Count:
        """Go over to counts that rely neither on an order nor on the list of deleted ids.

        They say nothing about deletions. Those are listed by what is read by halves.
        """
        self.open_ended, self.since = False, self._settled
        return Count(Verdict.UNPROVEN, reason, final=self.queue.unconfirmed)


def certify(
    plan: Plan, dedupe: Dedupe, queue: ShardQueue, *, pages: int
) -> PlanGenerator[Certificate]:
    """Read what has changed since the run began, count, and compare."""
    budget = max(_FEWEST_TO_CATCH_UP, pages // 2)
    audit = _Audit(plan, dedupe, queue, budget, plan.open_ended, since=plan.settled - SLACK)
    attempts, finding = _ATTEMPTS, PROVEN
    while attempts:
        attempts -= 1
        open_ended = audit.open_ended
        finding = yield from audit.attempt()
        if finding.final:
            break
        if audit.open_ended is not open_ended:
            attempts = _ATTEMPTS
    if finding.suspicious:
        queue.doubt(plan.ranges)
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
