"""Certify by counting that a run has lost nothing."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from neon_async._changes.dedupe import Dedupe
from neon_async._changes.keyset import Budget, catch_up
from neon_async._changes.plan import Plan
from neon_async._changes.protocol import SLACK, PageRequest
from neon_async._changes.shards import ShardQueue
from neon_async._changes.timestamps import SECOND, from_micros

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async._changes.keyset import CaughtUp
    from neon_async._changes.protocol import PageResult, PlanGenerator

_ATTEMPTS = 3
_FEWEST_TO_CATCH_UP = 20
_VERSION_LINE = 7200 * SECOND
# A clock that went back by less is within what `lag` and `lookback` are for.
_MOST_DRIFT = 30 * SECOND

TOO_FAST = "changes came faster than they could be read"
_MISSING = "the server reports more records than it returned"
_FEWER = "the server counts fewer records than it has shown"
_LATE = "changes arrived in a time that was read before; raise lag or lookback"
_STALE = "the server's replies were older than earlier ones"
_LACKING = "the server's replies lack records that earlier ones had"
_UNLISTED = "the server does not list the deleted records on every page"
_LEAVING = "records kept leaving the range while it was counted"
_CROWDED = "more has changed at once, since the run began, than a page holds"
_UNORDERED = "the server does not keep the order of its pages"
_CROWD = "more records changed at once than a page holds, and the server keeps no order of them"
_TIMELESS = "records have last-modified times that can't be read"
_UNDELETED = "records were listed as deleted that exist"
_DELETED_AGAIN = "records were brought back and deleted again while they were counted"
_DELETED_AT_ONCE = (
    "as many were deleted at once as a page has room for, and more may not be listed; reconcile "
    "finds them"
)


class Verdict(enum.StrEnum):
    """What a certificate says."""

    PROVEN = "proven"
    UNPROVEN = "unproven"
    INCOMPLETE = "incomplete"
    REFUTED = INCOMPLETE
    """The earlier name of `INCOMPLETE`, until 1.0."""


@attrs.frozen(kw_only=True)
class Certificate:
    """Whether every record of the run's own range was delivered.

    When the range has been read, what has changed since is read up to a page that holds the rest.
    Then the server is asked for everything that has changed since the beginning of the range, the
    newest first, and with the ids of deleted records. Edits move a record to a later time, but
    never out of a range without an end. So the records received, without those that are listed as
    deleted, must be as many as that one reply counts, however much changes meanwhile. Two more such
    counts, from later times on, show that no change of a record was missed either.

    Where the range ends at `until`, or the server does not sort, the range is counted before what
    has changed since is read, and compared with the records received that have not left it.

    Attributes:
        verdict: `proven` when as many records were received as the server counts, `incomplete`
            when it counts more, `unproven` when the numbers don't settle it.
        reason: why it is unproven or incomplete; empty when it is proven.
        time_from: beginning of the range of last-modified times, or None if nothing was to read.
        time_to: its end.
        before: records as the server first counted them; None if it was not asked.
        after: the same, as it last counted them.
        received: different records received, those without a usable id included.
        departed: those of them that are not counted any more: they were deleted or, where a range
            with an end was counted, changed since.
    """

    verdict: Verdict = Verdict.UNPROVEN
    reason: str = "the feed has not reached its end"
    time_from: datetime | None = None
    time_to: datetime | None = None
    before: int | None = None
    after: int | None = None
    received: int = 0
    departed: int = 0

    @property
    def proven(self) -> bool:
        """Whether the verdict is `proven`."""
        return self.verdict is Verdict.PROVEN


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
            return _CountResult(Verdict.UNPROVEN, _DELETED_AT_ONCE)
        if left == counted:
            undeleted = self.dedupe.undeleted_inside
            return _CountResult(Verdict.UNPROVEN, _UNDELETED) if undeleted else _PROVEN
        if left > counted:
            return _CountResult(Verdict.UNPROVEN, _FEWER, final=False)
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
        return self._count_closed_ranges(_FEWER)

    def _agreement(
        self, result: PageResult, lower: int, since: int | None, stale: int
    ) -> _CountResult | None:
        """Return what speaks against a page, whatever it counts."""
        dedupe = self.dedupe
        if not dedupe.all_deleted:
            return _CountResult(Verdict.UNPROVEN, _DELETED_AT_ONCE)
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
            return _CountResult(Verdict.UNPROVEN, _FEWER, final=False)
        in_order = result.in_time_order and not self.dedupe.unsorted
        if not (result.snapshot and in_order and result.times):
            return self._count_closed_ranges(_UNORDERED)
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
    low, high = _ends(plan)
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


def seen_at_once(plan: Plan, result: PageResult) -> Certificate:
    """Return the certificate of a run whose every record came on one complete page."""
    low, high = _ends(plan)
    total, received = result.total, len(result.ids)
    reason = "" if result.all_deleted else _DELETED_AT_ONCE
    if total < received:
        reason = _FEWER
    return Certificate(
        verdict=Verdict.UNPROVEN if reason else Verdict.PROVEN,
        reason=reason,
        time_from=low,
        time_to=high,
        before=total,
        after=total,
        received=received,
    )


def cut_short(plan: Plan, dedupe: Dedupe) -> Certificate:
    """Return the certificate of a run that took too many requests."""
    low, high = _ends(plan)
    return Certificate(reason=TOO_FAST, time_from=low, time_to=high, received=dedupe.received)


def withhold(
    certificate: Certificate, *, plan: Plan, drift: int, doubtful: bool, deleted_again: bool
) -> Certificate:
    """Return a certificate without the proof that its numbers are not, because of the rest.

    Args:
        certificate: what the numbers say.
        plan: what was read.
        drift: by how many microseconds the server's clock went back during the run.
        doubtful: whether more records changed at once than a page can hold apart.
        deleted_again: whether records that were brought back are deleted now.
    """
    set_back = max(drift if drift >= _MOST_DRIFT else 0, plan.set_back)
    if set_back:
        # Records that were changed since have times that were read before.
        reason = f"the server's clock went back by {round(set_back / SECOND)} s"
        return attrs.evolve(certificate, verdict=Verdict.UNPROVEN, reason=reason)
    if doubtful and certificate.reason:
        return attrs.evolve(certificate, reason=f"{certificate.reason}; {_CROWD}")
    if certificate.proven and (doubtful or deleted_again):
        reason = _CROWD if doubtful else _DELETED_AGAIN
        return attrs.evolve(certificate, verdict=Verdict.UNPROVEN, reason=reason)
    return certificate


def with_unreadable(certificate: Certificate, dedupe: Dedupe) -> Certificate:
    """Return the certificate of a run that left out what has no usable id.

    Such records are counted, so that others that are missing still show, unless several of them may
    have been taken for one.
    """
    number = len(dedupe.unreadable)
    if not number:
        return certificate
    records = "record" if number == 1 else "records"
    reasons = [f"{number} {records} without a usable id left out", certificate.reason]
    verdict = certificate.verdict
    if verdict is Verdict.PROVEN or (verdict is Verdict.INCOMPLETE and dedupe.anonymous):
        verdict = Verdict.UNPROVEN
        del reasons[1:]
    return attrs.evolve(certificate, verdict=verdict, reason="; ".join(reasons))


def _count(ranges: tuple[tuple[int, int], ...]) -> PlanGenerator[int]:
    total = 0
    for low, high in ranges:
        total += (yield PageRequest(low - SLACK, high + SLACK, count=True, deleted=False)).total
    return total


def _ends(plan: Plan) -> tuple[datetime | None, datetime | None]:
    if not plan.ranges:
        return None, None
    return from_micros(plan.ranges[0][0]), from_micros(plan.ranges[-1][1])
