"""Edit many accounts: several at once, each safely, with a journal to resume and to undo from.

The tasks live in a context manager and not in a generator, as those of the look-ahead do (PEP 789).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import AsyncIterable, Iterable
from typing import TYPE_CHECKING, Any, Final, Self, TypeAlias, cast

import anyio
import attrs
from anyio import to_thread
from anyio.lowlevel import checkpoint

from neon_async._aio.background import BackgroundTasks
from neon_async._pipeline.secrecy import guarded
from neon_async._writing.account_change import AccountChange, EditOutcome, EditStatus, make_change
from neon_async._writing.journal_lines import Key
from neon_async._writing.recording import JournalRecorder
from neon_async.errors import InvalidRequestError, PaginationError
from neon_async.operations._validation import require_type

if TYPE_CHECKING:
    from neon_async._writing.editor import Editor
    from neon_async._writing.journal import EditJournal
    from neon_async._writing.result import AnyEdit

# Changes that are held for each one that is being made: with some in reserve, no worker waits for
# the consumer, or for an account that is being edited.
_AHEAD = 3

Changes: TypeAlias = Iterable[AccountChange] | AsyncIterable[AccountChange]


@attrs.frozen
class _Job:
    """A change that was taken from the iterable, and its place in the journal."""

    change: AccountChange
    key: Key
    recorder: JournalRecorder | None

    @property
    def account_id(self) -> int:
        return self.change.account_id

    @property
    def begun(self) -> AnyEdit | None:
        return None if self.recorder is None else self.recorder.begun(self.key)

    async def begin(self, edit: AnyEdit) -> None:
        if self.recorder is not None:
            self.recorder.begin(self.key, edit)
            await to_thread.run_sync(self.recorder.sync)

    def end(self, outcome: EditOutcome) -> None:
        if self.recorder is not None:
            self.recorder.end(self.key, outcome)


class BulkEdit:
    """The outcomes of many edits: `async with neon.edit_many(…) as outcomes: async for …`.

    Outcomes come as the edits end, which is not the order of the changes. The loop ends when all
    changes were made, or with the first error that is not about a single account, such as a lost
    connection, a refused login, a full disk or an error of the caller's own function; outcomes that
    are known come before it. An edit that was begun and not written has no outcome then.

    Leaving the block, in whatever way, begins no further write, and waits for those that are on
    their way, at most as long as the client's `deadline` allows for each request.

    Attributes:
        counts: how many outcomes there were of each status, taken from the iterator or not.
    """

    def __init__(
        self,
        editor: Editor,
        changes: Changes,
        *,
        workers: int,
        journal: EditJournal | None,
        organization: str,
    ) -> None:
        """Prepare, without taking a change or sending anything.

        Args:
            editor: edits one account.
            changes: what to change.
            workers: how many accounts are edited at once.
            journal: where to record the edits, or None.
            organization: fingerprint of the organization.
        """
        self.counts: Counter[EditStatus] = Counter()
        self._editor = editor
        self._changes = changes
        self._workers = workers
        self._journal = journal
        self._organization = organization
        self._recorder: JournalRecorder | None = None
        self._tasks: BackgroundTasks | None = None
        self._waiting: deque[_Job] = deque()
        self._busy: set[int] = set()
        self._outcomes: deque[EditOutcome] = deque()
        # Every change that was taken and whose outcome was not.
        self._held = 0
        self._all_taken = False
        self._error: Exception | None = None
        self._raised = False
        self._progress: anyio.Event

    @property
    def skipped(self) -> int:
        """How many changes were passed over, since the journal says what became of them."""
        return 0 if self._recorder is None else self._recorder.skipped

    @property
    def undelivered(self) -> tuple[EditOutcome, ...]:
        """The outcomes that were not taken from the iterator, complete once the block was left."""
        return tuple(self._outcomes)

    @guarded
    async def __aenter__(self) -> Self:
        """Open the journal, and begin.

        Raises:
            InvalidRequestError: the journal belongs to another organization or another plan, is
                damaged, or is not a journal.
            OSError: the journal can't be written, or another run uses it.
            RuntimeError: it was entered before.
        """
        if self._tasks is not None:
            raise RuntimeError("a bulk edit runs once; call edit_many again")
        source = _Source(self._changes)
        if self._journal is not None:
            self._recorder = await to_thread.run_sync(
                JournalRecorder.open, self._journal, self._organization
            )
        self._progress = anyio.Event()
        self._tasks = BackgroundTasks("bulk edit")
        self._tasks.start_soon(self._take_changes, source)
        return self

    @guarded
    async def __aexit__(self, *error: object) -> None:
        """Begin no further write, and wait for those that are on their way."""
        assert self._tasks is not None  # noqa: S101 - it was entered
        self._tasks.check_loop()
        try:
            await self._tasks.aclose()
        finally:
            self._notify()
            if self._recorder is not None:
                self._recorder.close()

    def __aiter__(self) -> Self:
        """Iterate over the outcomes."""
        return self

    @guarded
    async def __anext__(self) -> EditOutcome:
        """Return the next outcome. A step that was cancelled loses nothing, and may be repeated.

        Raises:
            NeonError: what ended the run, once the outcomes before it were delivered.
            PaginationError: the block was left, or the run ended with an error before.
        """
        if self._tasks is None:
            raise PaginationError("iterate over outcomes inside their `async with`")
        self._tasks.check_loop()
        while not self._outcomes:
            self._check_end()
            await self._progress.wait()
        self._held -= 1
        self._notify()
        return self._outcomes.popleft()

    def _check_end(self) -> None:
        """Go on only while an outcome may come.

        Raises:
            StopAsyncIteration: all changes were made.
            Exception: what ended the run.
            PaginationError: the run was ended before.
        """
        assert self._tasks is not None  # noqa: S101 - only while iterating
        if self._busy:
            return
        if self._tasks.failure is not None:
            raise self._tasks.failure
        if self._error is not None and not self._raised:
            self._raised = True
            raise self._error
        if self._tasks.closed:
            raise PaginationError("the bulk edit ended early; run it again with the same journal")
        if self._all_taken and not self._waiting:
            raise StopAsyncIteration

    def _notify(self) -> None:
        """Wake the tasks that wait for room or for an outcome."""
        self._progress.set()
        self._progress = anyio.Event()

    async def _take_changes(self, source: _Source) -> None:
        """Take the changes one by one, and only as many ahead as may be held."""
        try:
            while (change := await source.take()) is not None:
                job = self._job(change)
                if job is not None:
                    self._waiting.append(job)
                    self._held += 1
                    self._start()
                while self._held >= _AHEAD * self._workers:
                    await self._progress.wait()
            self._all_taken = True
        except Exception as error:  # noqa: BLE001 - handed to the consumer, who raises it
            self._fail(error)
        finally:
            self._notify()

    def _job(self, change: AccountChange) -> _Job | None:
        if self._recorder is None:
            return _Job(change, (change.account_id, 0), None)
        key = self._recorder.next_key(change.account_id)
        return None if self._recorder.skips(key) else _Job(change, key, self._recorder)

    def _start(self) -> None:
        """Start edits while workers are free: of each account the first, and one at a time."""
        assert self._tasks is not None  # noqa: S101 - changes are taken by one of them
        while len(self._busy) < self._workers and not self._tasks.closed:
            job = next((job for job in self._waiting if job.account_id not in self._busy), None)
            if job is None:
                return
            self._waiting.remove(job)
            self._busy.add(job.account_id)
            self._tasks.start_soon(self._edit, job)

    async def _edit(self, job: _Job) -> None:
        try:
            outcome = await make_change(job.change, self._editor, job)
            self._outcomes.append(outcome)
            self.counts[outcome.status] += 1
            job.end(outcome)
        except Exception as error:  # noqa: BLE001 - handed to the consumer, who raises it
            self._fail(error)
        finally:
            self._busy.discard(job.account_id)
            self._start()
            self._notify()

    def _fail(self, error: Exception) -> None:
        """Keep the first error, and end everything but the writes that are on their way."""
        assert self._tasks is not None  # noqa: S101 - only tasks fail
        self._error = self._error or error
        self._tasks.cancel()


_END: Final = object()


class _Source:
    """The changes of a caller, who may have an iterable or an asynchronous one."""

    def __init__(self, changes: Any) -> None:  # noqa: ANN401 - whatever a caller passes
        """Begin to iterate."""
        is_async = isinstance(changes, AsyncIterable)
        if not (is_async or isinstance(changes, Iterable)):
            kind = type(changes).__name__
            message = f"expected an iterable of AccountChange, got {kind}"
            raise InvalidRequestError(message, parameter="changes")
        self._steps: Any = (
            aiter(cast("AsyncIterable[Any]", changes))
            if is_async
            else iter(cast("Iterable[Any]", changes))
        )
        self._is_async = is_async

    async def take(self) -> AccountChange | None:
        """Return the next change, or None at the end.

        Raises:
            InvalidRequestError: it is no change.
            Exception: what the caller's iterable raised.
        """
        # A long list of changes that the journal passes over must not hold up the event loop.
        await checkpoint()
        change = await anext(self._steps, _END) if self._is_async else next(self._steps, _END)
        if change is _END:
            return None
        require_type(change, AccountChange, "AccountChange", "changes")
        return cast("AccountChange", change)
