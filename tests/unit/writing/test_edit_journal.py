"""The journal of many edits: resuming, undoing, and what it is refused for."""

from __future__ import annotations

import io
import json
import os
import random
import stat
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

from neon_async import (
    AccountChange,
    AsyncClient,
    ConsentInformation,
    EditJournal,
    EditStatus,
    InvalidRequestError,
    Login,
    OutcomeUnknownError,
)
from neon_async._writing import recording
from tests.support.edits import RESET, methods, put, to
from tests.support.full_records import create
from tests.support.many_accounts import KilledError, Killer, ManyAccounts, change, changes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from neon_async import EditOutcome
    from neon_async.emulator import Emulator

# One in ten thousand kills is found by nobody; the thorough profile makes 200 on either loop.
KILLS = 200 if settings.default and settings.default.max_examples > 100 else 12


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.ndjson"


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def content(path: Path) -> bytes:
    return path.read_bytes()


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def replace(path: Path, content: bytes) -> None:
    path.write_bytes(content)


async def run(
    server: ManyAccounts, given: Iterable[AccountChange], journal: Any, workers: int = 3
) -> list[Any]:
    """Make the changes, and return what became of each."""
    async with server.edit(given, journal=journal, workers=workers) as outcomes:
        return sorted([(outcome.account_id, str(outcome.status)) async for outcome in outcomes])


async def test_lines(neon: AsyncClient, emulator: Emulator, path: Path) -> None:
    """Before a write stands what is written and decided, after it what became of it."""
    person = create(emulator, "individual")
    consent = ConsentInformation(email_consent_status="GIVEN")
    given = [
        AccountChange(person, to("new"), consent=consent, accept_loss=RESET),
        AccountChange(10_001, to("new")),
    ]
    async with neon.edit_many(given, journal=path) as outcomes:
        assert 2 == len([outcome async for outcome in outcomes])

    header, *rest = lines(path)
    assert (1, "edits", "", neon._organization) == tuple(
        header[name] for name in ("schema", "journal", "plan", "organization")
    )
    begun, ended = (line for line in rest if line["accountId"] == person)
    assert ("https://example.org/?a=1&b=2", "new") == (
        begun["before"]["url"],
        begun["after"]["url"],
    )
    assert {"emailConsentStatus": "GIVEN"} == begun["consent"]
    assert 4 == len(begun["reset"])
    assert {"accountId": person, "number": 0, "state": "written"} == ended
    (refused,) = (line for line in rest if line["accountId"] == 10_001)
    assert ("refused", "LossyReadError") == (refused["state"], refused["error"])
    assert 0o600 == mode(path)
    assert repr(EditJournal(path)) == f"EditJournal({str(path)!r})"


async def test_it_is_on_the_disk_before_the_write(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No write leaves before its line is safe."""
    server, synced = ManyAccounts.of(3), set[int]()

    def sync(descriptor: int) -> None:
        assert descriptor > 0
        synced.update(line["accountId"] for line in lines(path) if "before" in line)

    async def wait(effect: str, number: int) -> None:
        if effect == "WRITE":
            assert number in synced

    monkeypatch.setattr(os, "fsync", sync)
    server.wait = wait

    assert 3 == len(await run(server, changes([1, 2, 3]), path))


async def test_a_finished_run_is_passed_over(path: Path) -> None:
    """What has an end is not even read again, whatever the end."""
    server = ManyAccounts.of(3)
    given = [change(1), change(2, accept_loss=()), change(3, "old"), change(1, "newer")]
    await run(server, given, path)
    server.requests.clear()

    async with server.edit(given, journal=path) as outcomes:
        assert [] == [outcome async for outcome in outcomes]

    assert ([], 4) == (server.requests, outcomes.skipped)
    assert {"written": 2, "refused": 1, "unchanged": 1} == EditJournal(path).counts()


@pytest.mark.parametrize(
    ("state", "status", "written"),
    [("old", "written", ["new"]), ("new", "written", []), ("other", "conflict", [])],
)
async def test_a_write_without_an_end(
    state: str, status: str, written: list[str], path: Path
) -> None:
    """The account is read: as before it is written, as after it was written, else a conflict."""
    server = ManyAccounts.of(1)
    server.script[1] = [None, None, KilledError()]
    async with server.edit([change(1)], journal=path) as outcomes:
        with pytest.raises(KilledError):
            await anext(outcomes)
    server.accounts[1]["url"] = state
    server.written.clear()

    assert [(1, status)] == await run(server, [change(1)], path)

    assert written == server.written[1]
    assert {status: 1} == EditJournal(path).counts()


async def test_an_unknown_outcome_is_found_out(path: Path) -> None:
    """The next run reads the account, and learns that it was written."""
    server = ManyAccounts.of(1)
    server.script[1] = [None, None, OutcomeUnknownError("update")]
    assert [(1, "unknown")] == await run(server, [change(1)], path)
    assert {"unknown": 1} == EditJournal(path).counts()

    async with server.edit([change(1)], journal=path) as outcomes:
        (outcome,) = [outcome async for outcome in outcomes]

    assert (EditStatus.WRITTEN, ["new"]) == (outcome.status, server.written[1])
    assert outcome.edit is not None
    assert (True, True, "old", "new") == (
        outcome.edit.written,
        outcome.edit.verified,
        outcome.edit.before.url,
        outcome.edit.after.url,
    )
    await outcome.edit.undo(consent=ConsentInformation(), accept_loss=RESET)
    assert ["new", "old"] == server.written[1]


async def test_another_change_of_an_account_whose_write_has_no_end(path: Path) -> None:
    """It is refused: the first may have been written."""
    server = ManyAccounts.of(1)
    server.script[1] = [None, None, KilledError()]
    async with server.edit([change(1)], journal=path) as outcomes:
        with pytest.raises(KilledError):
            await anext(outcomes)
    server.accounts[1]["url"] = "old"

    async with server.edit([change(1, "newer")], journal=path) as outcomes:
        outcome = await anext(outcomes)

    assert "refused" == outcome.status
    assert "holds another change" in str(outcome.error)


async def test_consents_alone_are_written_again(
    neon: AsyncClient, emulator: Emulator, path: Path
) -> None:
    """Nobody can read whether they were written, and writing them again does no harm."""
    person = create(emulator, "individual")
    consent = ConsentInformation(email_consent_status="GIVEN")
    given = [AccountChange(person, lambda _: None, consent=consent, accept_loss=RESET)]
    emulator.fail_next(method="updateIndividualAccount", drop=True, processed=True)
    for expected in ("unknown", "written"):
        async with neon.edit_many(given, journal=path) as outcomes:
            assert [expected] == [outcome.status async for outcome in outcomes]

    assert 2 == methods(emulator).count("updateIndividualAccount")


@pytest.mark.parametrize("torn", [b"", b'{"accountId": 1, "num', b"\xff{"])
async def test_a_torn_line(torn: bytes, path: Path) -> None:
    """It is cut off, and the next line begins where it began."""
    server = ManyAccounts.of(2)
    await run(server, [change(1)], path)
    replace(path, content(path) + torn)
    assert {"written": 1} == EditJournal(path).counts()

    assert [(2, "written")] == await run(server, changes([1, 2]), path)

    assert {"written": 2} == EditJournal(path).counts()
    assert 5 == len(lines(path))


@pytest.mark.parametrize("length", [0, 1, 40])
async def test_a_torn_header(length: int, path: Path) -> None:
    """A run that was killed at once had written nothing."""
    server = ManyAccounts.of(1)
    await run(server, [], path)
    replace(path, content(path)[:length])

    assert [(1, "written")] == await run(server, changes([1]), path)


def test_digest_is_about_whole_lines(path: Path) -> None:
    """Each line changes it, and one that a run has begun does not yet."""
    digests: list[str] = []
    written = header() + state("written")
    for text in (header() + state("refused"), written, written + '{"acc'):
        path.write_text(text)
        digests.append(EditJournal(path).digest())

    assert digests[0] != digests[1]
    assert digests[1] == digests[2]


REFUSED: list[tuple[str, Callable[[Path], object]]] = [
    ("another organization", lambda path: path.write_text(header(organization="x"))),
    ("another plan", lambda path: path.write_text(header(plan="x"))),
    ("line 1 of", lambda path: path.write_text(header(schema=2))),
    ("line 1 of", lambda path: path.write_text(header(schema=0))),
    ("line 1 of", lambda path: path.write_text(header(journal="changes"))),
    ("line 1 of", lambda path: path.write_text("accountId,url\n")),
    ("not a journal", lambda path: path.write_text("accountId")),
    ("line 2 of", lambda path: path.write_text(header() + "{}\n")),
    ("line 2 of", lambda path: path.write_text(header() + "\0\0\n")),
    ("line 2 of", lambda path: path.write_text(header() + "[]\n")),
    ("line 2 of", lambda path: path.write_text(header() + state("lost"))),
]


def header(**other: Any) -> str:
    usual = {"schema": 1, "journal": "edits", "organization": "fake-fingerprint", "plan": ""}
    return json.dumps({**usual, **other}) + "\n"


def state(name: str) -> str:
    return json.dumps({"accountId": 1, "number": 0, "state": name}) + "\n"


@pytest.mark.parametrize(("message", "write"), REFUSED)
async def test_what_is_refused(message: str, write: Callable[[Path], object], path: Path) -> None:
    """Nothing is sent, and the file is as it was."""
    server = ManyAccounts.of(1)
    write(path)
    before = content(path)

    with pytest.raises(InvalidRequestError, match=message):
        await run(server, changes([1]), path)

    assert ([], before) == (server.requests, content(path))


async def test_the_plan(path: Path) -> None:
    """A journal belongs to the plan that it was begun with."""
    server = ManyAccounts.of(1)
    await run(server, changes([1]), EditJournal(path, plan="first"))

    with pytest.raises(InvalidRequestError, match="another plan"):
        await run(server, changes([1]), EditJournal(path, plan="second"))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such locks")
async def test_one_run_at_a_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second run is refused while the first uses the file, where the file system has locks."""
    server = ManyAccounts.of(1)
    async with server.edit([], journal=path):
        with pytest.raises(BlockingIOError, match="another run"):
            await run(server, changes([1]), path)
        assert [] == server.requests

        def without_locks(*_: object) -> None:
            raise OSError

        monkeypatch.setattr("fcntl.flock", without_locks)
        assert [(1, "written")] == await run(server, changes([1]), path)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    assert [] == await run(server, changes([1]), path)


async def test_a_full_disk(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run ends before the write of which there would be no line, and the file stays whole."""
    server, room = ManyAccounts.of(2), [400]

    class SmallFile(io.FileIO):
        def write(self, data: Any, /) -> int:
            if not room[0]:
                raise OSError(28, "No space left on device")
            written: int = super().write(memoryview(data)[: room[0]])
            room[0] -= written
            return written

    monkeypatch.setattr(recording, "FileIO", SmallFile)
    async with server.edit(changes([1, 2]), journal=path) as outcomes:
        with pytest.raises(OSError, match="No space") as caught:
            await anext(outcomes)

    assert str(path) == caught.value.filename
    assert {} == server.written
    assert b"\n" == content(path)[-1:]
    room[0] = 10_000
    assert [(1, "written"), (2, "written")] == await run(server, changes([1, 2]), path)


async def test_a_directory_that_can_t_be_opened(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The journal is written all the same, as on Windows."""
    opened = os.open

    def refusing(place: Any, *rest: Any) -> int:
        if place == path.parent:
            raise PermissionError
        return opened(place, *rest)

    monkeypatch.setattr(os, "open", refusing)

    assert [(1, "written")] == await run(ManyAccounts.of(1), changes([1]), path)


async def test_passwords_are_not_kept(neon: AsyncClient, emulator: Emulator, path: Path) -> None:
    """A new password is in no journal, and the edit can be undone without it."""
    person = create(emulator, "individual", login={"username": "ada"})
    secret = "fake-password"
    login = put("login", Login(username="ada", password=secret))
    given = [AccountChange(person, login, accept_loss=RESET)]
    emulator.fail_next(method="updateIndividualAccount", drop=True, processed=True)

    for expected in ("unknown", "written"):
        async with neon.edit_many(given, journal=path) as outcomes:
            assert [expected] == [outcome.status async for outcome in outcomes]

    assert secret not in content(path).decode()
    assert "ada" in content(path).decode()


async def test_undoing(path: Path, tmp_path: Path) -> None:
    """It goes backwards, in a journal of its own, and can be resumed."""
    server = ManyAccounts.of(4)
    given = [change(1, "a"), change(2), change(1, "b"), change(3, "old"), change(4)]
    await run(server, given, path, workers=1)
    journal = EditJournal(path)
    edits = [*journal.edits()]
    assert [4, 1, 2, 1] == [edit.account_id for edit in edits]
    assert [1, 1] == [edit.account_id for edit in journal.edits([1])]
    own = EditJournal(tmp_path / "undo.ndjson", plan=journal.digest())

    first = await run(server, map(AccountChange.to_undo, journal.edits([1])), own)
    rest = await run(server, map(AccountChange.to_undo, edits), own)

    assert [(1, "written"), (1, "written")] == first
    assert [(2, "written"), (4, "written")] == rest
    assert ["old"] * 4 == [account["url"] for account in server.accounts.values()]
    assert {"written": 4} == own.counts()


async def test_undoing_what_may_have_been_written(path: Path) -> None:
    """A write without an end is undone if it was made, and otherwise there is nothing to undo."""
    server = ManyAccounts.of(2)
    for number in (1, 2):
        server.script[number] = [None, None, OutcomeUnknownError("update")]
    await run(server, changes([1, 2]), path)
    server.accounts[1]["url"] = "old"

    found = await run(server, map(AccountChange.to_undo, EditJournal(path).edits()), None)

    assert [(1, "unchanged"), (2, "written")] == found
    assert "old" == server.accounts[2]["url"]


async def test_damage_is_found_when_it_is_read(path: Path) -> None:
    """An edit whose accounts are damaged can't be undone."""
    damaged = {"accountId": 1, "number": 0, "kind": "Household", "consent": None}
    replace(path, (header() + json.dumps(damaged) + "\n").encode())

    with pytest.raises(InvalidRequestError, match="damaged"):
        list(EditJournal(path).edits())


async def test_kills(path: Path) -> None:
    """Wherever a run is killed, no account is written with two contents, and none is forgotten."""
    dice, kills = random.Random(1), 0  # noqa: S311 - nobody guesses it
    while kills < KILLS:
        server, killed = ManyAccounts.of(8), 0
        given = [*changes(range(1, 9)), change(3, "newer"), change(3, "newest")]
        replace(path, b"")
        while True:
            killer = Killer(server, path, dice, left=dice.randrange(2, 60))
            server.wait = killer.wait
            found = await until_killed(server, given, path)
            server.script.clear()
            if killer.left_behind is None:
                break
            kills, killed = kills + 1, killed + 1
            replace(path, killer.left_behind)
        assert all(outcome.status == EditStatus.WRITTEN for outcome in found)
        assert {EditStatus.WRITTEN: len(given)} == EditJournal(path).counts()
        for number in range(1, 9):
            expected = ["new", "newer", "newest"] if number == 3 else ["new"]
            assert expected == [*dict.fromkeys(server.written[number])]
            assert len(server.written[number]) <= len(expected) + killed
            assert expected[-1] == server.accounts[number]["url"]
    assert kills >= KILLS


async def until_killed(
    server: ManyAccounts, given: list[AccountChange], path: Path
) -> list[EditOutcome]:
    """Make the changes until the process is killed; what came before that was seen by somebody."""
    found: list[EditOutcome] = []
    try:
        async with server.edit(given, journal=path) as outcomes:
            async for outcome in outcomes:
                found += [outcome]
    except KilledError:
        pass
    return found
