"""The client for synchronous code does what the asynchronous one does."""

import asyncio
import inspect
import multiprocessing
import os
import pickle
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from neon_async import (
    AsyncClient,
    ClientClosedError,
    Deleted,
    EventLoopError,
    FileCheckpoint,
    IndividualAccount,
    InvalidRequestError,
    NotFoundError,
    PaginationError,
    Upserted,
    blocking,
    operations,
)
from neon_async.blocking._loop_thread import LoopThread, _BlockingCall
from neon_async.emulator import Emulator
from tests.support.many_accounts import change

EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(accounts=25, activities=12, seed=3)


@pytest.fixture
def neon(emulator: Emulator) -> Iterator[blocking.BlockingClient]:
    with blocking.client(lambda: emulator.client(page_size=10)) as neon:
        yield neon


def ids(accounts: Any) -> list[int | None]:
    return [account.account_id for account in accounts]


def public_methods(cls: type) -> dict[str, Any]:
    return {name: member for name, member in vars_of(cls).items() if callable(member)}


def vars_of(cls: type) -> dict[str, Any]:
    return {name: getattr(cls, name) for name in dir(cls) if not name.startswith("_")}


def test_has_every_method_of_the_asynchronous_client() -> None:
    """Whoever knows one client knows the other: same names, arguments and docstrings."""
    asynchronous = public_methods(AsyncClient)
    synchronous = public_methods(blocking.BlockingClient)
    own = {"opened", "of"}

    assert asynchronous.keys() - {"aclose"} == synchronous.keys() - own
    for name in asynchronous.keys() - {"aclose", "send"}:
        expected = [*inspect.signature(asynchronous[name]).parameters][1:]
        assert expected == [*inspect.signature(synchronous[name]).parameters][1:]
        assert asynchronous[name].__doc__ == synchronous[name].__doc__
        assert not inspect.iscoroutinefunction(synchronous[name])


def test_runs_calls_and_operations(emulator: Emulator, neon: blocking.BlockingClient) -> None:
    """A call returns its result, by a method, by an operation and by name."""
    [first, *_] = neon.sync_accounts(time_from=EPOCH)
    assert isinstance(first, IndividualAccount)
    assert first.account_id is not None

    by_method = neon.retrieve_individual_account(first.account_id)
    by_operation = neon.send(operations.RetrieveIndividualAccount(first.account_id))
    payload = neon.call("account/retrieveIndividualAccount", {"accountId": first.account_id})

    assert first.account_id == by_method.account_id
    assert by_method == by_operation
    assert str(first.account_id) == str(payload["individualAccount"]["accountId"])
    assert ["login"] == [r.method for r in emulator.requests if r.method == "login"]


def test_iterates_over_all_records_and_pages(neon: blocking.BlockingClient) -> None:
    """Plain iteration, pages, a list and look-ahead deliver the same records in the same order."""
    paginator = neon.sync_accounts(time_from=EPOCH)
    everything = ids(paginator)

    with paginator.lookahead(workers=2) as accounts:
        ahead = ids(accounts)
    with paginator.lookahead_pages() as pages:
        ahead_by_page = [account for page in pages for account in page.accounts]

    assert 25 == len(everything)
    assert everything == ids(paginator.collect())
    assert everything[:7] == ids(paginator.collect(limit=7))
    assert everything == ids(account for page in paginator.pages() for account in page.accounts)
    assert everything[:10] == ids(paginator.first_page().accounts)
    assert everything == ahead
    assert everything == ids(ahead_by_page)
    assert 12 == len(neon.sync_activities(time_from=EPOCH).collect())


def test_reports_progress(neon: blocking.BlockingClient) -> None:
    """Callbacks are called as for the asynchronous client."""
    pages: list[int] = []
    paginator = neon.sync_accounts(time_from=EPOCH)

    for _ in paginator.pages(on_progress=lambda progress: pages.append(progress.pages_done)):
        pass
    paginator.collect(on_progress=lambda progress: pages.append(progress.pages_done))

    assert [1, 2, 3, 1, 2, 3] == pages


def test_asks_again_for_a_page_that_failed(emulator: Emulator) -> None:
    """A step that failed loses nothing: the next one asks for the same page."""
    with blocking.client(lambda: emulator.client(page_size=10, deadline=1.0)) as neon:
        records = iter(neon.sync_accounts(time_from=EPOCH))
        received = [next(records) for _ in range(10)]
        emulator.fail_next(method="syncAccounts", code=10240)
        with pytest.raises(Exception, match="10240"):
            next(records)
        received += records

    assert 25 == len(set(ids(received)))


def test_lookahead_that_failed_says_where_to_resume(
    emulator: Emulator, neon: blocking.BlockingClient
) -> None:
    """What ran ahead is gone, and each further step says so."""
    emulator.fail_next(method="syncAccounts", code=10240)
    with neon.sync_accounts(time_from=EPOCH).lookahead(workers=1) as accounts:
        with pytest.raises(Exception, match="10240"):
            next(accounts)
        with pytest.raises(PaginationError) as caught:
            next(accounts)

    assert 1 == caught.value.resume


def test_delivers_batches_with_checkpoints(emulator: Emulator) -> None:
    """A second run with the checkpoint of the last batch delivers what is new."""
    connect = emulator.client
    with blocking.account_changes(connect, EPOCH) as feed:
        batches = [*feed.batches(size=10)]
        verdict = feed.certificate.verdict
    received = [change for batch in batches for change in batch.changes]

    assert "proven" == verdict
    assert 25 == len({change.id for change in received if isinstance(change, Upserted)})
    with blocking.account_changes(connect, EPOCH, checkpoint=batches[-1].checkpoint) as again:
        assert [] == [change for change in again if isinstance(change, Deleted)]


def test_commits_batches_and_feeds(emulator: Emulator, tmp_path: Path) -> None:
    """A checkpoint file is written by the batch, and by the feed."""
    by_batch, by_feed = tmp_path / "batch.json", tmp_path / "feed.json"
    store = FileCheckpoint(by_batch)
    with blocking.activity_changes(emulator.client, EPOCH, checkpoint=store) as feed:
        for batch in feed.batches():
            batch.commit()
    with (
        blocking.client(emulator.client) as neon,
        neon.activity_changes(EPOCH, checkpoint=FileCheckpoint(by_feed)) as feed,
    ):
        received = [*feed]
        feed.commit()

    assert batch.checkpoint == by_batch.read_text().strip()
    assert 12 == len(received)
    assert feed.checkpoint == by_feed.read_text().strip()


def test_shows_no_records_of_a_batch(emulator: Emulator) -> None:
    """A batch shows how much it holds."""
    with blocking.account_changes(emulator.client, EPOCH) as feed:
        assert "BlockingBatch(<25 changes>)" == repr(next(feed.batches()))


def test_raises_the_errors_of_calls(neon: blocking.BlockingClient) -> None:
    """An error comes out as it is, without the frames that hold secrets."""
    with pytest.raises(NotFoundError) as caught:
        neon.retrieve_individual_account(999_999_999)

    modules = {entry.frame.f_globals["__name__"] for entry in caught.traceback}
    assert {__name__} == modules


def test_is_used_inside_of_its_block(emulator: Emulator) -> None:
    """Before and after the block a call is refused, and the block can be entered again."""
    neon = blocking.client(emulator.client)
    with pytest.raises(ClientClosedError, match="inside its block"):
        neon.list_prefixes()
    with neon:
        prefixes = neon.list_prefixes()
        with pytest.raises(RuntimeError, match="open already"):
            neon.__enter__()
        paginator = neon.sync_accounts(time_from=EPOCH)
    with pytest.raises(ClientClosedError):
        neon.list_prefixes()
    with pytest.raises(ClientClosedError, match="closed"):
        paginator.collect()
    with neon:
        assert prefixes == neon.list_prefixes()


def test_leaves_no_thread(emulator: Emulator) -> None:
    """The thread ends with the block, also when the block fails."""
    before = threading.enumerate()
    with blocking.client(emulator.client) as neon:
        neon.login()
        during = threading.enumerate()
    with pytest.raises(ZeroDivisionError), blocking.client(emulator.client):
        raise ZeroDivisionError

    assert len(before) + 1 == len(during)
    assert before == threading.enumerate()


def test_refuses_what_makes_no_client() -> None:
    """A function that makes something else is named before anything runs."""
    with (
        pytest.raises(TypeError, match="expected it to return an AsyncClient, got dict"),
        blocking.client(dict),  # type: ignore[arg-type]
    ):
        pass


def test_closes_the_client_when_a_feed_can_not_be_opened(emulator: Emulator) -> None:
    """A feed with an unusable checkpoint leaves no thread behind."""
    before = threading.enumerate()
    with (
        pytest.raises(InvalidRequestError),
        blocking.account_changes(emulator.client, EPOCH, workers=0),
    ):
        pass

    assert before == threading.enumerate()


def test_can_not_be_pickled(neon: blocking.BlockingClient) -> None:
    """What a queue would send to another process is the function, and not the client."""
    with pytest.raises(TypeError, match="hand over the function"):
        pickle.dumps(neon)


def test_several_threads_may_share_it(neon: blocking.BlockingClient) -> None:
    """Calls of several threads run at once on the one event loop."""
    results: list[int] = []

    def work() -> None:
        results.append(len(neon.sync_accounts(time_from=EPOCH).collect()))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [25] * 4 == results


def test_warns_inside_a_running_event_loop(emulator: Emulator) -> None:
    """It works there, as in a notebook, and names the line that blocks the event loop."""

    async def main() -> int:
        with (
            pytest.warns(RuntimeWarning, match="an event loop is running") as warned,
            blocking.client(emulator.client) as neon,
        ):
            number = len(neon.sync_accounts(time_from=EPOCH).collect())
        assert [__file__] == [warning.filename for warning in warned]
        with (
            pytest.warns(RuntimeWarning) as warned,
            blocking.account_changes(emulator.client, EPOCH) as feed,
        ):
            assert number == len([*feed])
        assert [__file__] == [warning.filename for warning in warned]
        return number

    assert 25 == asyncio.run(main())
    assert 25 == anyio.run(main, backend="trio")


def test_thread_belongs_to_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """In another process a thread neither runs anything nor is stopped: it is not there."""
    thread = LoopThread()
    with monkeypatch.context() as patch:
        patch.setattr(os, "getpid", lambda: -1)
        with pytest.raises(EventLoopError, match="another process"):
            thread.run(anyio.lowlevel.checkpoint)
        thread.stop()

    thread.run(anyio.lowlevel.checkpoint)
    thread.stop()
    with pytest.raises(ClientClosedError):
        thread.run(anyio.lowlevel.checkpoint)


async def test_call_that_has_not_begun() -> None:
    """A cancellation that comes before the call ends it, too."""
    call = _BlockingCall(anyio.sleep_forever)

    await call.cancel()

    assert call.ended.is_set()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_refuses_to_be_used_after_a_fork(neon: blocking.BlockingClient) -> None:
    """A forked child has no thread that answers: it gets an error at once, and ends."""
    neon.login()
    paginator = neon.sync_accounts(time_from=EPOCH)
    context = multiprocessing.get_context("fork")
    errors: Any = context.SimpleQueue()

    def child() -> None:
        for use in (neon.login, paginator.collect):
            try:
                use()
            except EventLoopError as error:
                errors.put(str(error))
        neon.__exit__(None, None, None)

    process = context.Process(target=child)
    process.start()
    process.join(20)

    assert 0 == process.exitcode
    assert ["another process", "another process"] == [
        "another process" if "another process" in errors.get() else "" for _ in range(2)
    ]
    assert 25 == len(paginator.collect())


def test_ctrl_c_cancels_the_call(emulator: Emulator) -> None:
    """The call that is under way ends before the interrupt rises, and the client goes on."""
    cancelled = threading.Event()
    begun = threading.Event()

    async def slow() -> None:
        begun.set()
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.set()

    neon = blocking.client(emulator.client)

    def interrupt() -> None:
        begun.wait(20)
        os.kill(os.getpid(), signal.SIGINT)

    with neon:
        _, thread = neon.opened()
        threading.Thread(target=interrupt).start()
        with pytest.raises(KeyboardInterrupt):
            thread.run(slow)
        was_cancelled = cancelled.is_set()
        prefixes = neon.list_prefixes()

    assert was_cancelled
    assert () != prefixes


def test_edits_many_accounts(
    emulator: Emulator, neon: blocking.BlockingClient, tmp_path: Path
) -> None:
    """Outcomes come one after the other, and the block is left when all writes are made."""
    numbers = [emulator.create_individual(url="old") for _ in range(2)]
    changes = [change(number) for number in numbers]

    with neon.edit_many(changes, journal=tmp_path / "run.ndjson") as outcomes:
        assert {*numbers} == {outcome.account_id for outcome in outcomes}
    with neon.edit_many(changes, journal=tmp_path / "run.ndjson") as again:
        assert [] == [*again]

    assert ({"written": 2}, 0, ()) == (outcomes.counts, outcomes.skipped, outcomes.undelivered)
    assert 2 == again.skipped
    assert ["new", "new"] == [(emulator.account(number) or {})["url"] for number in numbers]


def test_stopped_thread() -> None:
    """A call in a thread that was stopped is refused, whatever the client thinks."""
    thread = LoopThread()
    thread.stop()

    with pytest.raises(ClientClosedError, match="closed"):
        thread.run(anyio.lowlevel.checkpoint)
