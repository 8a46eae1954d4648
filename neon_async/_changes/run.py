"""One run of a feed: from a checkpoint to the present.

All I/O of a run starts in one loop, `Run.pages`: the agenda says what to ask for next, the pool
fetches it, the delivery turns the page into changes, and the plan generator that asked for the page
learns its ids and times.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic

import attrs

from neon_async._aio.task_groups import for_each
from neon_async._changes.audit import certify
from neon_async._changes.certificate import (
    Certificate,
    Verdict,
    cut_short,
    seen_at_once,
    with_unreadable,
    withhold,
)
from neon_async._changes.checkpoint import Checkpoint
from neon_async._changes.dedupe import Dedupe
from neon_async._changes.delivery import Delivery, OnUnreadable, Resolve
from neon_async._changes.events import Change
from neon_async._changes.fetch import Fetcher, Pool
from neon_async._changes.plan import ClientClock, Clocks, Plan, Window
from neon_async._changes.protocol import SLACK, PageRequest, Stepper
from neon_async._changes.record_type import RecordT, RecordType
from neon_async._changes.shards import ShardQueue, SplitPoints
from neon_async.operations._base import Sender

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from typing import TypeAlias

    from neon_async._aio.background import BackgroundTasks
    from neon_async._changes.protocol import PageResult
    from neon_async._changes.record_type import RecordPage

    Pages: TypeAlias = AsyncGenerator["ChangePage[RecordT]", None]

_logger = logging.getLogger("neon_async")


@attrs.frozen(kw_only=True)
class Settings(Generic[RecordT]):
    """What a run works with.

    Attributes:
        workers: how many pages may be held or under way at once.
        resolve: as in `Delivery`.
        on_unreadable: as in `Delivery`.
    """

    sender: Sender
    record_type: RecordType[RecordT]
    window: Window
    page_size: int
    workers: int
    resolve: Resolve | None = None
    on_unreadable: OnUnreadable | None = None
    clock: ClientClock = attrs.field(factory=ClientClock)


@attrs.frozen
class ChangePage(Generic[RecordT]):
    """The changes that one page brings.

    Attributes:
        checkpoint: covers them and all before them, as far as that is known before the count.
    """

    changes: Sequence[Change[RecordT]] = attrs.field(repr=False)
    checkpoint: Checkpoint


class _Agenda:
    """Decides what to ask for next: the shards, several at once, and then the certificate.

    Where that proves nothing, what was read without a total that confirms it is read again, and
    certified again.

    Attributes:
        certificate: what the run has come to; None before the end.
    """

    def __init__(self, plan: Plan, dedupe: Dedupe, queue: ShardQueue, first: PageResult) -> None:
        self._plan = plan
        self._dedupe = dedupe
        self._queue = queue
        self._pages = -(-first.total // first.size)
        # Those that have asked for their next page.
        self._readings: deque[Stepper[Any]] = deque()
        self._audit: Stepper[Certificate] | None = None
        # Halving a long range on a server that does not sort may take more: the next run resumes.
        self.most_requests = 3 * self._pages + 8 * len(queue.waiting) + 100
        self.certificate: Certificate | None = None

    def next_reading(self, outstanding: int) -> Stepper[Any] | None:
        """Return what asks for the next page beside so many under way, or None for nothing yet."""
        while self.certificate is None:
            if self._readings:
                return self._readings.popleft()
            if self._queue.waiting:
                return self._queue.begin()
            if outstanding:
                return None
            if self._audit is None:
                plan = certify(self._plan, self._dedupe, self._queue, pages=self._pages)
                self._audit = Stepper(plan)
                return self._audit
            certificate, self._audit = self._audit.result, None
            if certificate.proven or not self._queue.requeue_unconfirmed():
                self.certificate = certificate
        return None

    def accept(self, reading: Stepper[Any], result: PageResult) -> None:
        """Hand the result of a page to what has asked for it."""
        reading.accept(result)
        if not reading.ended:
            self._readings.append(reading)


class Run(Generic[RecordT]):
    """Reads everything that has changed since a checkpoint.

    Attributes:
        certificate: whether anything was lost; meaningful at the end of the run.
        checkpoint: where to resume after the end of the run.
        finished: whether the end was reached.
    """

    def __init__(self, settings: Settings[RecordT], start: Checkpoint) -> None:
        self._settings = settings
        self._start = start
        self._to = start.to
        self._queue = ShardQueue(())
        self._clocks = Clocks(settings.clock)
        self._fetcher = Fetcher(
            settings.sender,
            settings.record_type,
            settings.page_size,
            skip_unreadable=settings.on_unreadable is not None,
            clocks=self._clocks,
        )
        self.certificate = Certificate()
        self.checkpoint = start
        self.finished = False

    async def pages(self, tasks: BackgroundTasks) -> Pages[RecordT]:
        """Yield what has changed, page by page.

        Args:
            tasks: where pages are fetched; closed by the caller.

        Raises:
            CheckpointError: the checkpoint lies in the server's future.
            NeonError: as for `AsyncClient.send`.
        """
        request, first, plan = await self._begin()
        result, dedupe = first.result, Dedupe(plan)
        settings = self._settings
        delivery = Delivery(
            settings.sender,
            settings.record_type,
            plan,
            dedupe,
            settings.resolve,
            settings.on_unreadable,
        )
        for ids in delivery.listed(request, result):
            yield self._page(await delivery.deletions(ids))
        if result.complete:
            self._queue.clear()
            yield self._page(await delivery.changes(attrs.evolve(request, tail=True), first))
            self._finish(plan, dedupe, seen_at_once(plan, result))
            return
        del first  # bounds memory: its records are not held until the run has ended
        self._queue = ShardQueue(plan.ranges, await self._split_points(plan, request, result))
        agenda = _Agenda(plan, dedupe, self._queue, result)
        pool = Pool(tasks, self._fetcher.fetch)
        most = self._fetcher.sent + agenda.most_requests
        while self._keep_fetching(agenda, pool, most):
            reading, page = await pool.arrival()
            changes = await delivery.changes(reading.request, page)
            # Before the page is yielded, since its checkpoint covers what is noted by now.
            agenda.accept(reading, page.result)
            yield self._page(changes)
            del page, changes  # bounds memory: the next page takes their place
        certificate = agenda.certificate or cut_short(plan, dedupe)
        again = certificate.proven and await delivery.deleted_again()
        self._finish(plan, dedupe, certificate, deleted_again=again)

    def _keep_fetching(self, agenda: _Agenda, pool: Pool[RecordT], most: int) -> bool:
        """Start what can be fetched now, and return whether anything is under way."""
        while pool.outstanding < self._settings.workers and self._fetcher.sent < most:
            reading = agenda.next_reading(pool.outstanding)
            if reading is None:
                break
            pool.start(reading)
        return pool.outstanding > 0

    async def _begin(self) -> tuple[PageRequest, RecordPage[RecordT], Plan]:
        """Ask for the first page, and plan by the server's time in it."""
        start, window = self._start, self._settings.window
        elapsed = start.elapsed_until(None, self._clocks.wall())
        request = PageRequest(window.start(start, elapsed) - SLACK)
        first = await self._fetcher.first(request)
        plan = Plan.make(start, window, first.result.now, self._clocks.wall())
        if plan.start - SLACK < request.lower:
            # The clocks differ, so that the run begins earlier than it seemed.
            request = PageRequest(plan.start - SLACK)
            first = await self._fetcher.first(request)
        # As a whole until it is divided, since a checkpoint names what was not read.
        self._queue = ShardQueue(plan.ranges)
        self._to = plan.to
        return request, first, plan

    def _finish(
        self, plan: Plan, dedupe: Dedupe, certificate: Certificate, *, deleted_again: bool = False
    ) -> None:
        certificate = with_unreadable(certificate, dedupe)
        # Missing records may be anywhere, so everything has to be read again.
        incomplete = certificate.verdict is Verdict.INCOMPLETE
        certificate = withhold(
            certificate,
            plan=plan,
            drift=self._clocks.drift,
            doubtful=self._queue.doubtful,
            deleted_again=deleted_again,
        )
        if certificate.proven:
            self._queue.clear()
        self.checkpoint = self._again() if incomplete else self._covered()
        self.certificate = certificate
        self._report()
        self.finished = True

    def _again(self) -> Checkpoint:
        """Return where to begin again: where the run began, and knowing of a clock that went back.

        A checkpoint of an earlier run has clocks with which the next run will find it out.
        """
        if self._start.server is not None or self._clocks.drift == 0:
            return self._start
        return attrs.evolve(self._covered(), to=self._start.to, pending=self._start.pending)

    def _page(self, changes: Sequence[Change[RecordT]]) -> ChangePage[RecordT]:
        return ChangePage(changes, self._covered())

    def _covered(self) -> Checkpoint:
        clocks = self._clocks
        return attrs.evolve(
            self._start,
            to=self._to,
            pending=self._queue.left(),
            server=clocks.server,
            client=clocks.client,
            drift=clocks.drift,
        )

    async def _split_points(self, plan: Plan, request: PageRequest, first: PageResult) -> list[int]:
        """Count up to a few times, to find those that divide the ranges about evenly."""
        fetcher, workers = self._fetcher, self._settings.workers

        async def count(end: int) -> int:
            counting = attrs.evolve(request, upper=end + SLACK, count=True, deleted=False)
            return (await fetcher.fetch(counting)).result.total

        if plan.end < plan.settled and workers > 1:
            # The first page is about what comes after `until` as well.
            first = attrs.evolve(first, total=await count(plan.end))
        points = SplitPoints(plan.start, plan.end, first, workers)

        async def look(time: int) -> None:
            points.note(time, await count(time))

        while times := points.times_to_count():
            await for_each(times, look, workers=workers)
        return points.times()

    def _report(self) -> None:
        certificate = self.certificate
        level = logging.WARNING if certificate.verdict is Verdict.INCOMPLETE else logging.INFO
        _logger.log(
            level,
            "%s: %s: %d received, %d no longer in range, %s counted. %s",
            self._settings.record_type.kind,
            certificate.verdict,
            certificate.received,
            certificate.departed,
            certificate.after,
            certificate.reason,
        )
