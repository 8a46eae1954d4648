"""Arguments of a wrong kind, as people pass them first: refused by name, and nothing is sent."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from neon_async import AsyncClient, EditJournal, FileCheckpoint, InvalidRequestError
from neon_async.emulator import Emulator
from neon_async.operations import SyncAccounts

SINCE = datetime(2014, 1, 1, tzinfo=UTC)

Call = Callable[[Any], Awaitable[object]]


async def feed(neon: Any, *args: Any, **options: Any) -> None:
    async with neon.account_changes(*args, **options):
        pass


CALLS: dict[str, tuple[Call, str]] = {
    "since is text": (lambda neon: feed(neon, "2014-01-01"), "got str [since]"),
    "since is None": (lambda neon: feed(neon, None), "got NoneType [since]"),
    "since is a date": (lambda neon: feed(neon, SINCE.date()), "got date [since]"),
    "since is naive": (lambda neon: feed(neon, datetime(2014, 1, 1)), "naive datetime [since]"),  # noqa: DTZ001
    "until is text": (lambda neon: feed(neon, SINCE, until="now"), "got str [until]"),
    "lag is a duration": (
        lambda neon: feed(neon, SINCE, lag=timedelta(minutes=1)),
        "expected a number of seconds, 0 or more, got timedelta [lag]",
    ),
    "known ids are one": (lambda neon: neon.reconcile(7), "got int [known_ids]"),
    "known ids are None": (lambda neon: neon.reconcile(None), "got NoneType [known_ids]"),
    "known ids are text": (lambda neon: neon.reconcile("10002"), "got str [known_ids]"),
    "a known id is text": (lambda neon: neon.reconcile(["10002"]), "got str [known_ids]"),
    "an id is text": (lambda neon: neon.reconcile([1], ids=["7"]), "got str [ids]"),
    "change is a mapping": (
        lambda neon: neon.edit_individual_account(10_002, {"url": "x"}),
        "expected a function that takes the account, got dict [change]",
    ),
    "change is missing": (
        lambda neon: neon.edit_organization_account(10_002, None),
        "got NoneType [change]",
    ),
    "edit is a mapping": (lambda neon: neon.undo_edit({}), "expected AccountEdit, got dict [edit]"),
    "operation is text": (lambda neon: neon.send("syncAccounts"), "got str [operation]"),
    "operation is a class": (
        lambda neon: neon.send(SyncAccounts),
        "expected an operation, got ABCMeta",
    ),
}


@pytest.mark.parametrize(("call", "expected"), CALLS.values(), ids=CALLS)
async def test_refused_by_name(call: Call, expected: str) -> None:
    """The message names the argument and what it takes; nothing reaches the server."""
    emulator = Emulator(accounts=3)
    async with emulator.client() as neon:
        with pytest.raises(InvalidRequestError) as refusal:
            await call(neon)

    assert expected in str(refusal.value)
    assert 0 == len(emulator.requests)


@pytest.mark.parametrize("cls", [FileCheckpoint, EditJournal])
def test_paths(cls: Callable[[Any], object]) -> None:
    """A file is named by text or by a path."""
    with pytest.raises(InvalidRequestError, match=r"got int \[path\]"):
        cls(5)


async def test_known_ids_may_be_read_once() -> None:
    """An iterator of ids is enough."""
    emulator = Emulator(accounts=3)
    async with emulator.client() as neon:
        result = await neon.reconcile(iter(emulator.account_ids()), ids=iter([]))

    assert ((), ()) == (result.unexpected, result.missing)
    assert isinstance(neon, AsyncClient)
