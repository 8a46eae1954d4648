"""What a certificate says, and what takes its proof away."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from neon_async._changes.protocol import SECOND, from_micros

if TYPE_CHECKING:
    from neon_async._changes.dedupe import Dedupe
    from neon_async._changes.plan import Plan
    from neon_async._changes.protocol import PageResult

# A clock that went back by less is within what `lag` and `lookback` are for.
_MOST_DRIFT = 30 * SECOND

TOO_FAST = "changes came faster than they could be read"
UNORDERED = "the server does not keep the order of its pages"
FEWER = "the server counts fewer records than it has shown"
_CROWD = "more records changed at once than a page holds, and the server keeps no order of them"
_DELETED_AGAIN = "records were brought back and deleted again while they were counted"
DELETED_AT_ONCE = (
    "a list of deleted ids was as long as a page, so that more may be missing from it; reconcile "
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
class Count:
    """What a count has come to.

    Attributes:
        reason: why it is not proven.
        final: whether another count would show no more.
        suspicious: whether records may be missing, so that everything has to be read again.
    """

    verdict: Verdict
    reason: str = ""
    final: bool = True
    suspicious: bool = False

    @property
    def proven(self) -> bool:
        """Whether the verdict is `proven`."""
        return self.verdict is Verdict.PROVEN


PROVEN = Count(Verdict.PROVEN)


def seen_at_once(plan: Plan, result: PageResult) -> Certificate:
    """Return the certificate of a run whose every record came on one complete page."""
    low, high = ends(plan)
    total, received = result.total, len(result.ids)
    reason = "" if result.all_deleted else DELETED_AT_ONCE
    if total < received:
        reason = FEWER
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
    low, high = ends(plan)
    # Without an order, records that changed at once take more requests, whatever changes meanwhile.
    reason = UNORDERED if dedupe.unsorted or dedupe.unsorted_ids else TOO_FAST
    return Certificate(reason=reason, time_from=low, time_to=high, received=dedupe.received)


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


def ends(plan: Plan) -> tuple[datetime | None, datetime | None]:
    if not plan.ranges:
        return None, None
    return from_micros(plan.ranges[0][0]), from_micros(plan.ranges[-1][1])
