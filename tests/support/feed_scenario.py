"""What may happen to records, requests and consumers, and what must hold whatever does."""

import contextlib
import functools
from collections.abc import Callable
from typing import Any, Literal, Protocol, TypeVar

import anyio
import attrs
import hypothesis.strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from neon_async import AsyncClient, Batch, Certificate, ChangeFeed, NeonError
from neon_async._changes.protocol import SECOND, to_micros
from neon_async._client.changes import ChangeMethods
from tests.support.change_server import SINCE, Row
from tests.support.replica import Replica, check_certificate, check_checkpoint

LAG = 60.0
CUT_SHORT = (
    "the server does not keep the order of its pages",
    # What a run says that took too many requests where pages were in order by chance.
    "changes came faster than they could be read",
)


class Organization(Protocol):
    """Where records change; a `FakeChangeServer`, or an emulator."""

    on_request: Callable[[], object]

    @property
    def rows(self) -> dict[int, Row]: ...
    @property
    def deleted(self) -> dict[int, int]: ...
    @property
    def backdated(self) -> set[int]: ...
    def alive(self) -> list[int]: ...
    def gone(self) -> list[int]: ...
    def create(self, delay: float = 0.0, *, at: int | None = None) -> int: ...
    def tick(self, seconds: float) -> None: ...


class Alive(int):
    """Which of the records that exist."""

    def choose(self, organization: Organization) -> int | None:
        return _nth(organization.alive(), self)


class Gone(int):
    """Which of the records that were deleted."""

    def choose(self, organization: Organization) -> int | None:
        return _nth(organization.gone(), self)


def _nth(ids: list[int], index: int) -> int | None:
    return ids[index % len(ids)] if ids else None


T = TypeVar("T")
Action = tuple[Any, ...]

alive = st.integers(0, 7).map(Alive)
delays = st.sampled_from([0.0, 0.0, 0.4, 30.0, LAG])
# Whole and half seconds meet the ends of ranges; an instant may hold more rows than a page.
instants = st.integers(0, 12).map(lambda half: half * SECOND // 2)
moments = st.one_of(instants, st.sampled_from([20 * SECOND, 1000 * SECOND, 3000 * SECOND]))
layouts = st.lists(moments, max_size=24)
ACTIONS: list[st.SearchStrategy[Action]] = [
    st.tuples(st.just("create"), delays),
    st.tuples(st.just("edit"), alive, delays),
    st.tuples(st.just("delete"), alive, delays),
    st.tuples(st.just("merge"), alive, alive, delays),
    st.tuples(st.just("bulk"), st.integers(2, 7)),
    st.tuples(st.just("tick"), st.sampled_from([0.0, 0.001, 0.5, 1.0, 2.5, 40.0, 1000.0])),
]


def act(organization: Organization, action: Action) -> None:
    """Do something to the records, as far as there are any."""
    name, *arguments = action
    chosen = [
        argument.choose(organization) if isinstance(argument, Alive | Gone) else argument
        for argument in arguments
    ]
    if None not in chosen:
        getattr(organization, name)(*chosen)


@attrs.define
class Interference:
    """What happens between the requests of a run, so much before each; the last may be an error.

    An endless script begins again at its end.
    """

    organization: Organization
    script: list[Action]
    each: int
    error: NeonError | None
    endless: bool = False

    def __call__(self) -> None:
        if self.endless:
            for _ in range(min(self.each, len(self.script))):
                self.script.append(self.script.pop(0))
                act(self.organization, self.script[-1])
            return
        quiet = not self.script
        for _ in range(min(self.each, len(self.script))):
            act(self.organization, self.script.pop(0))
        if self.error is not None and not self.script and not quiet:
            raise self.error


@attrs.define
class MemoryStore:
    """Keeps a checkpoint over the end of a run; `used` says whether a feed was given it."""

    text: str | None
    used: bool = False

    def load(self) -> str | None:
        self.used = True
        return self.text

    def save(self, checkpoint: str) -> None:
        self.text = checkpoint


class Feeding(RuleBasedStateMachine):
    """Runs of a feed, and what happens before, during and after them."""

    backend = "asyncio"
    kind: Literal["accounts", "activities"] = "accounts"
    organization: Any  # An Organization of the subclass's own.

    def __init__(self) -> None:
        super().__init__()
        self.replica = Replica()
        self.checkpoint: str | None = None
        self.page_size = 2

    def client(self) -> ChangeMethods | AsyncClient:
        raise NotImplementedError

    def calm(self) -> None:
        """End what troubles the requests."""

    def excuses(self) -> set[str]:
        """Reasons for which a run may be unproven though nothing happens while it reads."""
        return set()

    def settle(self) -> None:
        """Let so much time pass that nothing is provisional.

        Before that, a clock that was set back has to pass what it has shown.
        """
        ahead = max(0, self.organization.latest - self.organization.now)
        self.organization.tick(LAG + 3 + ahead / SECOND)

    def happen(self, action: Action) -> None:
        act(self.organization, action)

    def populate(self, layout: list[int]) -> None:
        for at in layout:
            self.organization.create(at=to_micros(SINCE) + at)

    @rule(workers=st.integers(1, 3))
    def quiet(self, workers: int) -> None:
        """After quiet, the replica is the truth, and that is proven."""
        self.calm()
        self.settle()
        certificate = self.pull([], workers=workers)
        for _ in range(4):
            # Reading by halves may take more requests than a run may; the next ones resume.
            if certificate.reason.startswith(CUT_SHORT):
                certificate = self.pull([], workers=workers)
        truth = {number: row.version for number, row in self.organization.rows.items()}
        assert truth == self.replica.versions
        assert certificate.reason in {"", *self.excuses()}

    def pull(
        self,
        script: list[Action],
        *,
        each: int = 0,
        error: NeonError | None = None,
        workers: int = 1,
        style: str = "changes",
        size: int = 1,
        stop_after: int | None = None,
        merges: bool = False,
        endless: bool = False,
    ) -> Certificate:
        """Run a feed until it ends, until an error, or until the consumer breaks off or crashes."""
        organization = self.organization
        organization.on_request = Interference(organization, script, each, error, endless)
        options: dict[str, Any] = {"workers": workers, "lag": LAG, "lookback": 5.0}
        if self.kind == "accounts":
            options["merges"] = merges
        consume = functools.partial(self.consume, options, style, size, stop_after)
        certificate = anyio.run(consume, backend=self.backend)
        self.organization.on_request = lambda: None
        return certificate

    async def consume(
        self, options: dict[str, Any], style: str, size: int, stop_after: int | None
    ) -> Certificate:
        client = self.client()
        store = MemoryStore(self.checkpoint)
        keeps = style in {"commits", "batch commits"}
        accounts = self.kind == "accounts"
        begin: Any = client.account_changes if accounts else client.activity_changes
        feed: ChangeFeed[Any] = begin(
            SINCE, checkpoint=store if keeps else self.checkpoint, **options
        )
        whole = False
        with contextlib.suppress(NeonError):
            async with feed as changes:
                match style:
                    case "changes":
                        whole = await self.by_changes(changes, stop_after)
                    case "commits":
                        whole = await self.by_commits(changes, store, size, stop_after)
                    case _:
                        whole = await self.by_batches(changes, store, size, stop_after)
        if style == "changes":
            self.checkpoint = feed.checkpoint
        elif keeps:
            self.checkpoint = store.text
        self.check(feed.checkpoint)
        if whole:
            check_certificate(feed.certificate, self.replica, self._dated(self.organization.rows))
        if isinstance(client, AsyncClient):
            await client.aclose()
        return feed.certificate

    async def by_changes(self, changes: ChangeFeed[Any], stop_after: int | None) -> bool:
        """Keep each change as it comes, and the feed's checkpoint when it is left."""
        taken = 0
        async for change in changes:
            self.check(changes.checkpoint)
            if taken == stop_after:
                return False
            self.replica.take(change)
            taken += 1
        return True

    async def by_commits(
        self, changes: ChangeFeed[Any], store: MemoryStore, size: int, stop_after: int | None
    ) -> bool:
        """Keep each change as it comes, and commit now and then; a crash leaves the store."""
        taken = 0
        async for change in changes:
            if taken == stop_after:
                return False
            self.replica.take(change)
            taken += 1
            if taken % size == 0:
                await changes.commit()
                self.check_store(store)
        await changes.commit()
        self.check_store(store)
        assert changes.checkpoint == store.text
        return True

    async def by_batches(
        self, changes: ChangeFeed[Any], store: MemoryStore, size: int, stop_after: int | None
    ) -> bool:
        """Keep batches, with their checkpoints or with commits; a crash loses one in hand."""
        batches: list[Batch[Any]] = []
        async for batch in changes.batches(size):
            self.check(changes.checkpoint)
            if len(batches) == stop_after:
                return False
            for change in batch.changes:
                self.replica.take(change)
            batches.append(batch)
            self.check(batch.checkpoint)
            if store.used:
                await batch.commit()
                await batches[len(batches) // 2].commit()
                assert batch.checkpoint == store.text
            else:
                self.checkpoint = batch.checkpoint
        assert changes.checkpoint == batches[-1].checkpoint
        assert [] == [batch for batch in batches[:-1] if len(batch.changes) < size]
        return True

    def check_store(self, store: MemoryStore) -> None:
        if store.text is not None:
            self.check(store.text)

    def check(self, checkpoint: str) -> None:
        rows, deleted = self.organization.rows, self.organization.deleted
        gone = {number: at for number, at in deleted.items() if number not in rows}
        check_checkpoint(checkpoint, self.replica, self._dated(rows), self._dated(gone))

    def _dated(self, states: dict[int, T]) -> dict[int, T]:
        """Leave out those of which a later run has to find out that the clock was set back."""
        backdated = self.organization.backdated
        return {number: state for number, state in states.items() if number not in backdated}


def pulls(actions: st.SearchStrategy[Action], errors: st.SearchStrategy[NeonError | None]) -> Any:
    """Return the arguments of a rule that calls `pull`."""
    return {
        "script": st.lists(actions, max_size=12),
        "each": st.integers(0, 3),
        "error": errors,
        "workers": st.integers(1, 3),
        "style": st.sampled_from(["changes", "commits", "batches", "batch commits"]),
        "size": st.integers(1, 7),
        "stop_after": st.none() | st.integers(0, 12),
        "merges": st.booleans(),
    }
