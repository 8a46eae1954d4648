"""Whether a walk has lost anything: counted, not believed."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from neon_async._changes.keyset import bisect_range
from neon_async._changes.protocol import SLACK, PageRequest
from neon_async._changes.timestamps import from_micros

if TYPE_CHECKING:
    from neon_async._changes.dedupe import Dedupe
    from neon_async._changes.plan import Plan
    from neon_async._changes.protocol import PageResult, PlanGenerator

_ATTEMPTS = 3
_FEWER = "the server counts fewer records than it has shown"
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

    At the end of the walk, the range is counted; then what has changed since the walk began is
    read; then the range is counted again. When both counts agree, nothing has left the range in
    between, so that all who have left it are among those that were read: the records received,
    without those that have departed, must be as many as the server counts.

    Attributes:
        verdict: `proven` when as many records were received as the server counts, `incomplete`
            when it counts more, `unproven` when the numbers don't settle it.
        reason: why it is unproven or incomplete; empty when it is proven.
        time_from: beginning of the range of last-modified times, or None if nothing was to read.
        time_to: its end.
        before: records in the range, and in the second around it, as the server first counted.
        after: the same, counted after what has changed was read.
        received: different records received from there, those without a usable id included.
        departed: those of them that have changed or been deleted since.
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


class NoWatermark:
    """Notes nothing: what lies behind the ranges moves no checkpoint."""

    def advance(self, instant: int) -> None:
        """Do nothing."""

    def mark_incomplete(self) -> None:
        """Do nothing."""


def certify(plan: Plan, dedupe: Dedupe) -> PlanGenerator[Certificate]:
    """Count, read what has changed, count again, and judge.

    Args:
        plan: what was read.
        dedupe: what was received; it takes the answers into account before they come here.
    """
    before = after = 0
    clean = False
    for _ in range(_ATTEMPTS):
        before = yield from _count(plan)
        clean = yield from _sweep(plan.settled - SLACK)
        after = yield from _count(plan)
        if before == after and clean:
            break
    return _judge(plan, dedupe, before=before, after=after, clean=clean)


def seen_at_once(plan: Plan, answer: PageResult) -> Certificate:
    """Return the certificate of a run whose every record came in one complete reply."""
    low, high = _ends(plan)
    total, received = answer.total, len(answer.ids)
    reason = "" if answer.all_deleted else _DELETED_AT_ONCE
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


def _count(plan: Plan) -> PlanGenerator[int]:
    total = 0
    for low, high in plan.ranges:
        total += (yield PageRequest(low - SLACK, high + SLACK, count=True)).total
    return total


def _sweep(lower: int) -> PlanGenerator[bool]:
    """Read what has changed since the walk began; return whether nothing can be missing.

    Whatever had left the range before is either in the one complete page, or in a slice that is
    read at one moment; what was deleted while slices were read is named by the last query.
    """
    answer = yield PageRequest(lower, tail=True)
    if answer.complete:
        return True
    at_once = yield from bisect_range(lower, None, NoWatermark(), tail=True)
    yield PageRequest(lower, count=True, tail=True)
    return at_once


def _judge(plan: Plan, dedupe: Dedupe, *, before: int, after: int, clean: bool) -> Certificate:
    left = dedupe.received - dedupe.departed
    verdict, reason = Verdict.UNPROVEN, ""
    if not clean:
        reason = "more has changed at once, since the walk began, than a page holds"
    elif before != after:
        reason = "records kept leaving the range while it was counted"
    elif not dedupe.all_deleted:
        reason = _DELETED_AT_ONCE
    elif dedupe.revived:
        reason = "records were listed as deleted that exist"
    elif left > after:
        reason = _FEWER
    elif left < after:
        verdict = Verdict.INCOMPLETE
        reason = "the server reports more records than it returned"
    else:
        verdict = Verdict.PROVEN
    low, high = _ends(plan)
    return Certificate(
        verdict=verdict,
        reason=reason,
        time_from=low,
        time_to=high,
        before=before,
        after=after,
        received=dedupe.received,
        departed=dedupe.departed,
    )


def _ends(plan: Plan) -> tuple[datetime | None, datetime | None]:
    if not plan.ranges:
        return None, None
    return from_micros(plan.ranges[0][0]), from_micros(plan.ranges[-1][1])
