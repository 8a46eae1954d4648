"""One run of a feed: from a checkpoint to the present."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING, Generic

import attrs

from neon_async._aio.generators import AbandonableGenerator
from neon_async._aio.task_groups import for_each
from neon_async._changes.certificate import (
    Certificate,
    Verdict,
    certify,
    seen_at_once,
    with_unreadable,
)
from neon_async._changes.checkpoint import Checkpoint
from neon_async._changes.dedupe import Dedupe
from neon_async._changes.delivery import Delivery, OnUnreadable, Resolve
from neon_async._changes.events import Change
from neon_async._changes.fetch import Fetcher, Pool
from neon_async._changes.plan import Plan, Window
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
    from neon_async._changes.shards import Job

    Pages: TypeAlias = AsyncGenerator["ChangePage[RecordT]", None]

_logger = logging.getLogger("neon_async")


@attrs.frozen
class Settings(Generic[RecordT]):
    """What a run works with.

    Attributes:
        sender: the client.
        source: the kind of records.
        fetcher: sends the queries.
        window: how far back and how close to the present to read.
        workers: how many pages may be held or under way at once.
        resolve: as in `Delivery`.
        on_unreadable: as in `Delivery`.
    """

    sender: Sender
    source: RecordType[RecordT]
    fetcher: Fetcher[RecordT]
    window: Window
    workers: int
    resolve: Resolve | None
    on_unreadable: OnUnreadable | None


@attrs.frozen
class ChangePage(Generic[RecordT]):
    """The changes that one page brings.

    Attributes:
        changes: the changes.
        checkpoint: covers them and all before them, as far as that is known before the count.
    """

    changes: Sequence[Change[RecordT]] = attrs.field(repr=False)
    checkpoint: Checkpoint


class Run(Generic[RecordT]):
    """Reads everything that has changed since a checkpoint.

    Attributes:
        certificate: whether anything was lost; meaningful at the end of the run.
        checkpoint: where to resume after the end of the run.
        finished: whether the end was reached.
    """

    def __init__(self, settings: Settings[RecordT], start: Checkpoint) -> None:
        """Prepare; nothing is sent yet."""
        self._settings = settings
        self._start = start
        self._to = start.to
        self._schedule = ShardQueue(())
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
        settings = self._settings
        query = PageRequest(settings.window.start(self._start) - SLACK)
        first = await settings.fetcher.first(query)
        plan = Plan.make(self._start, settings.window, first.answer.now)
        self._schedule = ShardQueue(plan.ranges)
        self._to = plan.to
        dedupe = Dedupe(plan)
        delivery = Delivery(
            settings.sender,
            settings.source,
            plan,
            dedupe,
            settings.resolve,
            settings.on_unreadable,
        )
        for ids in delivery.listed(first.answer):
            yield self._page(await delivery.deletions(ids))
        if first.answer.complete:
            certificate = seen_at_once(plan, first.answer)
            self._schedule.clear()
            yield self._page(await delivery.changes(first, tail=True))
        else:
            answer = first.answer
            del first  # bounds memory: its records are not held until the run has ended
            self._schedule = ShardQueue(plan.ranges, await self._dividers(plan, query, answer))
            judgement = Stepper(certify(plan, dedupe))
            for part in (self._walk(tasks, delivery, judgement), self._judge(delivery, judgement)):
                async for page in AbandonableGenerator(part):
                    yield page
                    del page  # bounds memory: the next page is fetched meanwhile
            certificate = judgement.result
        self._finish(with_unreadable(certificate, dedupe))

    def _finish(self, certificate: Certificate) -> None:
        if certificate.proven:
            self._schedule.clear()
        # What is missing may be anywhere, so all of it has to be read again.
        incomplete = certificate.verdict is Verdict.INCOMPLETE
        self.checkpoint = self._start if incomplete else self._covered()
        self.certificate = certificate
        self._report()
        self.finished = True

    def _page(self, changes: Sequence[Change[RecordT]]) -> ChangePage[RecordT]:
        return ChangePage(changes, self._covered())

    def _covered(self) -> Checkpoint:
        return attrs.evolve(self._start, to=self._to, pending=self._schedule.left())

    async def _dividers(self, plan: Plan, query: PageRequest, first: PageResult) -> list[int]:
        """Count up to a few times, to find those that divide the ranges about evenly."""
        fetcher, workers = self._settings.fetcher, self._settings.workers

        async def count(end: int) -> int:
            asked = attrs.evolve(query, upper=end + SLACK, count=True)
            return (await fetcher.fetch(asked)).answer.total

        if plan.end < plan.settled and workers > 1:
            # The first answer is about what comes after `until` as well.
            first = attrs.evolve(first, total=await count(plan.end))
        dividers = SplitPoints(plan.start, plan.end, first, workers)

        async def look(time: int) -> None:
            dividers.note(time, await count(time))

        while times := dividers.questions():
            await for_each(times, look, workers=workers)
        return dividers.times()

    async def _walk(
        self, tasks: BackgroundTasks, delivery: Delivery[RecordT], judgement: Stepper[Certificate]
    ) -> Pages[RecordT]:
        """Go through the ranges, several spans at once, and begin to judge when one may."""
        schedule, workers = self._schedule, self._settings.workers
        pool: Pool[Job | None, PageRequest, RecordPage[RecordT]] = Pool(
            tasks, self._settings.fetcher.fetch
        )
        first = judgement.query
        while schedule.waiting or pool.outstanding or first is not None:
            while schedule.waiting and pool.outstanding < workers:
                pool.start(*schedule.begin())
            if first is not None and pool.outstanding < workers:
                pool.start(None, first)
                first = None
            job, reply = await pool.arrival()
            changes = await delivery.changes(reply, tail=False)
            answer, query = reply.answer, None
            # What is noted now is what the page's checkpoint covers.
            if job is None:
                judgement.take(answer)
            else:
                query = schedule.go_on(job, answer)
            yield self._page(changes)
            del reply, changes  # bounds memory: the next page takes their place
            if job is not None and query is not None:
                pool.start(job, query)

    async def _judge(
        self, delivery: Delivery[RecordT], judgement: Stepper[Certificate]
    ) -> Pages[RecordT]:
        """Read what has changed since the walk began, and count."""
        while judgement.query is not None:
            tail = judgement.query.tail
            reply = await self._settings.fetcher.fetch(judgement.query)
            changes = await delivery.changes(reply, tail=tail)
            judgement.take(reply.answer)
            yield self._page(changes)
            del reply, changes  # bounds memory: the next page takes their place

    def _report(self) -> None:
        certificate = self.certificate
        level = logging.WARNING if certificate.verdict is Verdict.INCOMPLETE else logging.INFO
        _logger.log(
            level,
            "%s: %s: %d received, %d no longer in range, %s counted. %s",
            self._settings.source.kind,
            certificate.verdict,
            certificate.received,
            certificate.departed,
            certificate.after,
            certificate.reason,
        )
