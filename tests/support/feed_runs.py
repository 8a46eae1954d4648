"""Runs of a feed against a hostile server, and what must hold for them whatever the server does."""

import functools
from typing import Any, Literal

import anyio
import attrs

from neon_async import Certificate, ChangeFeed, CheckpointError, PaginationError, Upserted, Verdict
from neon_async._changes.protocol import to_micros
from tests.support.change_server import SINCE, ChangeClient, Row
from tests.support.hostile_server import HostileServer
from tests.support.replica import Replica

EventLoop = Literal["asyncio", "trio"]

# No run of these tests may take more requests; a feed that does has no end.
ENDLESS = 1_500


@attrs.frozen
class Outcome:
    """What a run came to.

    Attributes:
        certificate: its certificate.
        requests: how many requests it took.
        ended: when it ended, in microseconds that have elapsed.
        false: records that its certificate has proven, and that were not delivered.
        outdated: records that it has in the state of its beginning, though the page that proves it
            had a later one.
        ghosts: records that it has delivered after their deletion, though they are deleted.
    """

    certificate: Certificate
    requests: int
    ended: int
    false: list[int]
    outdated: list[int]
    ghosts: list[int]

    @property
    def proven(self) -> bool:
        return self.certificate.verdict is Verdict.PROVEN


@attrs.define
class Consumer:
    """Keeps a copy of the records over several runs, and judges each run by the server's truth.

    Attributes:
        server: the truth.
        options: arguments for each feed.
        page_size: records a page.
        event_loop: on which to run.
        refused: runs that were refused because of their checkpoint.
    """

    server: HostileServer
    options: dict[str, Any] = attrs.field(factory=dict[str, Any])
    page_size: int = 20
    event_loop: EventLoop = "asyncio"
    replica: Replica = attrs.field(factory=Replica)
    checkpoint: str | None = None
    outcomes: list[Outcome] = attrs.field(factory=list[Outcome])
    refused: int = 0
    _gone: set[int] = attrs.field(factory=set[int])

    def run(self, **options: Any) -> Outcome | None:
        """Read everything that has changed since the last run; None where that was refused."""
        server = self.server
        server.on_request = functools.partial(self._check_end, len(server.requests))
        began, requests, before = server.elapsed, len(server.requests), dict(server.rows)
        try:
            certificate = anyio.run(
                self._pull, {**self.options, **options}, backend=self.event_loop
            )
        except (CheckpointError, PaginationError):
            self.refused += 1
            return None
        outcome = Outcome(
            certificate,
            len(server.requests) - requests,
            server.elapsed,
            self._false(certificate, before, max(began, server.proof_at - server.slowest)),
            self._outdated(certificate, before),
            sorted(self._gone & self.replica.versions.keys() - server.rows.keys()),
        )
        self.outcomes.append(outcome)
        return outcome

    async def _pull(self, options: dict[str, Any]) -> Certificate:
        client = ChangeClient(self.server, page_size=self.page_size)
        accounts = self.server.kind == "accounts"
        begin: Any = client.account_changes if accounts else client.activity_changes
        feed: ChangeFeed[Any] = begin(SINCE, checkpoint=self.checkpoint, **options)
        self._gone.clear()
        async with feed as changes:
            async for batch in changes.batches(100):
                for change in batch.changes:
                    self.replica.take(change)
                    if not isinstance(change, Upserted):
                        self._gone.add(change.id)
                self.checkpoint = batch.checkpoint
        return feed.certificate

    def _check_end(self, before: int) -> None:
        assert len(self.server.requests) - before < ENDLESS, "the run has no end"

    def _false(self, certificate: Certificate, before: dict[int, Row], at: int) -> list[int]:
        """Return the records of a proven range that the replica has in no state, or in an old one.

        Those are meant that were in the range when the run began, in the state of then or a later
        one; and those that were in it at the moment that the page shows which proves it.
        """
        low, high = certificate.time_from, certificate.time_to
        if certificate.verdict is not Verdict.PROVEN or low is None or high is None:
            return []
        server, versions = self.server, self.replica.versions
        ends = to_micros(low), to_micros(high)
        # Of a record that was deleted and brought back nothing is known: it has two histories.
        due = {
            number: row.version
            for number, row in before.items()
            if _within(row, ends) and number not in server.deleted
        }
        for number, row in server.rows.items():
            if server.shown_at[number] < at and _within(row, ends):
                due[number] = row.version
        lacking = {one for one in due if versions.get(one, -1) < due[one]} & server.rows.keys()
        ghosts = {
            one
            for one in before.keys() & versions.keys() - server.rows.keys()
            if server.shown_at[one] < at and ends[0] <= server.deleted[one] <= ends[1]
        }
        return sorted(lacking | ghosts)

    def _outdated(self, certificate: Certificate, before: dict[int, Row]) -> list[int]:
        low = certificate.time_from
        if certificate.verdict is not Verdict.PROVEN or low is None:
            return []
        server, versions = self.server, self.replica.versions
        return [
            number
            for number, row in server.rows.items()
            if server.shown_at[number] < server.proof_at
            and _within(row, (to_micros(low), server.now))
            # A state in between was delivered: a count sees only that a record has moved.
            and number in before
            and versions.get(number) == before[number].version != row.version
        ]

    def wrong(self) -> list[int]:
        """Return the records of which the replica has no state, an old one, or one too many."""
        truth = {number: row.version for number, row in self.server.rows.items()}
        versions = self.replica.versions
        return sorted(
            one for one in truth.keys() | versions.keys() if truth.get(one) != versions.get(one)
        )

    def lost_without_a_word(self) -> list[int]:
        """Return the records that are wrong though every run since then is proven."""
        return [
            one
            for one in self.wrong()
            if all(
                outcome.proven
                for outcome in self.outcomes
                if outcome.ended >= self.server.shown_at[one]
            )
        ]


def _within(row: Row, ends: tuple[int, int]) -> bool:
    return row.time is not None and ends[0] <= row.time <= ends[1]
