"""Checkpoints: their JSON, the file that keeps them, and what is refused."""

import errno
import json
import os
import pickle
import stat
from datetime import timedelta
from pathlib import Path
from typing import Any

import attrs
import pytest

from neon_async import CheckpointError, FileCheckpoint
from neon_async._changes import checkpoint as checkpoint_module
from neon_async._changes.checkpoint import Checkpoint
from neon_async._changes.protocol import LATEST, SECOND, to_micros
from neon_async._pipeline.session import Credentials
from tests.support.change_server import SINCE, ChangeClient, FakeChangeServer


def fingerprint(org_id: str) -> str:
    return Credentials(org_id, "fake-key").organization


START = to_micros(SINCE)
EMPTY = Checkpoint("accounts", fingerprint("example"), START)
PARTLY = Checkpoint(
    "accounts",
    fingerprint("example"),
    START + 90 * SECOND,
    ((START, START + 5), (START + 60 * SECOND, START + 90 * SECOND)),
    server=START + 152 * SECOND,
    client=START + 3600 * SECOND + 1,
    drift=2_500_000,
)


def document(**changes: Any) -> str:
    """The JSON of a checkpoint with some members replaced; None removes one."""
    changed = json.loads(PARTLY.dumps()) | changes
    return json.dumps({name: value for name, value in changed.items() if value is not None})


def names(directory: Path) -> list[str]:
    return [path.name for path in directory.iterdir()]


def test_json_round_trip() -> None:
    """A checkpoint comes back as it was, to the microsecond."""
    assert PARTLY == EMPTY.loads(PARTLY.dumps())


def test_schema_without_clocks() -> None:
    """A checkpoint of schema 1 is read, and says nothing about clocks."""
    names = ["feed", "organization", "to", "pending"]
    old = {"schema": 1} | {name: json.loads(PARTLY.dumps())[name] for name in names}

    read = EMPTY.loads(json.dumps(old))

    assert attrs.evolve(PARTLY, server=None, client=None, drift=0) == read
    assert (0, 0) == (read.elapsed_until(START, START), read.drift_until(START, START))
    assert EMPTY == EMPTY.loads(EMPTY.dumps())


@pytest.mark.parametrize(
    ("server", "client", "elapsed", "drift"),
    [
        (100, 100, 100, 2.5),
        (40, 100, 100, 62.5),
        (-200, 100, 100, 302.5),
        # A client's clock that is wrong makes a run read more, and never less.
        (100, 40, 100, 2.5),
        (-200, -300, 0, 202.5),
        (-200, -100, 0, 202.5),
        (50, 3600, 3600, 3552.5),
    ],
)
def test_clocks_since_the_last_reply(
    server: float, client: float, elapsed: float, drift: float
) -> None:
    """The server's clock has gone back by what it lacks of the time that has passed."""
    now = START + round((152 + server) * SECOND)
    wall = START + 1 + round((3600 + client) * SECOND)

    assert elapsed * SECOND == PARTLY.elapsed_until(now, wall)
    assert drift * SECOND == PARTLY.drift_until(now, wall)
    assert max(client, 0) * SECOND == PARTLY.elapsed_until(None, wall)


def test_json_names_no_organization() -> None:
    """The organization's id is not in the checkpoint."""
    assert "example" not in PARTLY.dumps()
    assert fingerprint("example") != fingerprint("another")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "not a JSON object"),
        (PARTLY.dumps()[:-9], "not a JSON object"),
        ("[1]", "not a JSON object"),
        pytest.param("[" * 100_000, "not a JSON object", id="nested"),
        (document(schema=None), "has no schema"),
        (document(schema=0), "an older schema than 2"),
        (document(schema=3), "a newer schema than 2"),
        (document(schema="1"), "a newer schema than 2"),
        (document(schema=True), "a newer schema than 2"),
        (document(schema=1.0), "a newer schema than 2"),
        (document(schema=False), "a newer schema than 2"),
        (document(feed="activities"), "belongs to an activities feed, not accounts"),
        (document(feed=["accounts"]), "belongs to another feed, not accounts"),
        (document(organization=fingerprint("another")), "another organization"),
        (document(clock_drift=-1), "times are invalid"),
        (document(clock_drift=1e300), "times are invalid"),
        (document(clock_drift=LATEST / SECOND), "times are invalid"),
        (document(clock_drift=float("nan")), "times are invalid"),
        (document(clock_drift="2"), "times are invalid"),
        (document(clock_drift=None), "times are invalid"),
        (document(server_time="soon"), "times are invalid"),
        (document(client_time=7), "times are invalid"),
        (document(to=None), "times are invalid"),
        (document(to=7), "times are invalid"),
        (document(to="soon"), "times are invalid"),
        (document(to="2024-01-01T00:00:00"), "times are invalid"),
        (document(to="0001-01-01T00:00:00+14:00"), "times are invalid"),
        (document(to=["2024-01-01T00:00:00+00:00"]), "times are invalid"),
        (document(pending=7), "times are invalid"),
        # Read as empty, these would skip what is pending.
        (document(pending=""), "times are invalid"),
        (document(pending={}), "times are invalid"),
        (document(pending=False), "times are invalid"),
        (document(pending=[{}]), "times are invalid"),
        (document(pending=[["2024-01-01T00:00:00+00:00", None]]), "times are invalid"),
        (document(pending=[["2024-01-01T00:00:00+00:00"]]), "times are invalid"),
        (document(pending=[[PARTLY.dumps(), 1]]), "times are invalid"),
        (document(to="2024-01-01T00:00:00+00:00"), "times are invalid"),
        (
            document(pending=[["2024-01-01T00:00:01+00:00", "2024-01-01T00:00:00+00:00"]]),
            "times are invalid",
        ),
    ],
)
def test_unusable_checkpoint_is_refused(text: str, problem: str) -> None:
    """What can't be gone on from is refused, with the reason."""
    with pytest.raises(CheckpointError, match=problem):
        EMPTY.loads(text)


async def test_checkpoint_of_the_future_is_refused() -> None:
    """Going on from it would skip all that changes until then, by the server's clock."""
    world = FakeChangeServer()
    later = Checkpoint("accounts", fingerprint("example"), world.now + 1)
    client = ChangeClient(world)

    async with client.account_changes(SINCE, checkpoint=later.dumps()) as changes:
        with pytest.raises(CheckpointError, match="server's future"):
            await anext(changes)
    async with client.account_changes(SINCE + timedelta(days=9)) as changes:
        with pytest.raises(CheckpointError, match="server's future"):
            await anext(changes)


def test_file_round_trip(tmp_path: Path) -> None:
    """What was saved is loaded, with a newline or without."""
    store = FileCheckpoint(tmp_path / "state.json")

    assert store.load() is None
    store.save(PARTLY.dumps())
    store.save(EMPTY.dumps())

    assert EMPTY.dumps() == (store.load() or "").strip()
    assert ["state.json"] == names(tmp_path)
    assert "state.json" in repr(store)


def test_file_that_somebody_else_wrote(tmp_path: Path) -> None:
    """A file that is not what was loaded or saved last is not overwritten."""
    path = tmp_path / "state.json"
    first, second = FileCheckpoint(path), FileCheckpoint(path)
    assert (None, None) == (first.load(), second.load())

    first.save("1")
    first.save("2")
    with pytest.raises(CheckpointError, match=r"another run has saved .*state\.json"):
        second.save("3")

    assert ("2\n", "2\n") == (first.load(), second.load())
    second.save("3")
    path.unlink()
    with pytest.raises(CheckpointError, match="another run"):
        second.save("4")
    assert [] == names(tmp_path)


def test_each_save_has_a_file_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs that save at the same time do not write into each other's file."""
    store = FileCheckpoint(tmp_path / "state.json")
    seen: list[list[str]] = []

    def save_once_more(_: int) -> None:
        seen.append(names(tmp_path))
        if len(seen) == 1:
            FileCheckpoint(tmp_path / "state.json").save("inner")

    monkeypatch.setattr(os, "fsync", save_once_more)

    store.save("outer")

    assert 2 == len({name for name in seen[1] if name.endswith(".new")})
    assert "outer\n" == store.load()
    assert ["state.json"] == names(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="has other permissions")
def test_file_is_private(tmp_path: Path) -> None:
    """Only the owner can read it, even if the old file was open to others."""
    path = tmp_path / "state.json"
    path.write_text("{}")
    path.chmod(0o644)

    FileCheckpoint(path).save("{}")

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)


def test_link_is_followed(tmp_path: Path) -> None:
    """A link stays a link: the file that it points to is replaced."""
    (tmp_path / "there").mkdir()
    path = tmp_path / "there" / "state.json"
    link = tmp_path / "link.json"
    link.symlink_to(path)

    FileCheckpoint(link).save("{}")

    assert link.is_symlink()
    assert "{}\n" == path.read_text()


def test_crash_before_the_end_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the new text is safe, the old file is not touched; what was left is replaced."""
    store = FileCheckpoint(tmp_path / "state.json")
    store.save("old")

    def crash(_: int) -> None:
        raise OSError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", crash)
        with pytest.raises(OSError, match="power cut"):
            store.save("new")
    assert "old\n" == store.load()
    store.save("newer")

    assert "newer\n" == store.load()
    assert ["state.json"] == names(tmp_path)


def test_full_disk_is_named_with_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the name of the checkpoint's file, and not that of the new one beside it."""
    path = tmp_path / "state.json"

    def fail(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", f"{path}.new")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match=f"No space left on device: '{path}'") as caught:
        FileCheckpoint(path).save("new")

    assert str(path) == caught.value.filename
    assert [] == names(tmp_path)


def test_directory_that_cannot_be_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a directory has no descriptor, saving works without."""

    def refuse(_: Path) -> None:
        raise PermissionError

    monkeypatch.setattr(checkpoint_module, "sync_directory", refuse)

    FileCheckpoint(tmp_path / "state.json").save("{}")

    assert ["state.json"] == names(tmp_path)


def test_file_that_is_not_text(tmp_path: Path) -> None:
    """A file of other bytes is refused."""
    path = tmp_path / "state.json"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(CheckpointError, match="not text"):
        FileCheckpoint(path).load()


async def test_feed_refuses_a_half_written_file(tmp_path: Path) -> None:
    """Half a checkpoint is none, and no feed begins anew silently."""
    path = tmp_path / "state.json"
    path.write_text(PARTLY.dumps()[:40])
    world = FakeChangeServer()

    with pytest.raises(CheckpointError, match="damaged"):
        await (
            ChangeClient(world).account_changes(SINCE, checkpoint=FileCheckpoint(path)).__aenter__()
        )

    assert [] == world.requests


async def test_feed_keeps_its_file(tmp_path: Path) -> None:
    """The next feed goes on where the last one ended."""
    world = FakeChangeServer()
    world.create(at=START)
    store = FileCheckpoint(tmp_path / "state.json")
    client = ChangeClient(world)

    async with client.account_changes(SINCE, checkpoint=store) as changes:
        assert 1 == len([change async for change in changes])
        await changes.commit()

    assert changes.checkpoint == (store.load() or "").strip()
    async with client.account_changes(SINCE, checkpoint=store) as changes:
        assert [] == [change async for change in changes]
        await changes.commit()


def test_files_are_equal_after_pickling(tmp_path: Path) -> None:
    """Two objects for one file are equal, wherever they were made, and others are not."""
    store = FileCheckpoint(tmp_path / "checkpoint.json")
    store.save("first")

    same = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own bytes

    assert (store, hash(store)) == (same, hash(same))
    assert FileCheckpoint(tmp_path / "other.json") != store
    assert str(store.path) != store


def test_pickled_file_notices_another_run(tmp_path: Path) -> None:
    """A store that was sent to another process still knows what it loaded."""
    store = FileCheckpoint(tmp_path / "checkpoint.json")
    store.save("first")
    sent = pickle.loads(pickle.dumps(store))  # noqa: S301 - our own bytes
    store.save("second")

    with pytest.raises(CheckpointError, match="another run"):
        sent.save("third")
