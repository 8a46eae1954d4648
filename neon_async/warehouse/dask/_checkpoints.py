"""Where the process that leads a run keeps the checkpoints of many organizations."""

from __future__ import annotations

import contextlib
import errno
import os
import urllib.parse
from collections.abc import Generator, MutableMapping
from pathlib import Path
from typing import Protocol, cast

from filelock import FileLock, Timeout

from neon_async import CheckpointError, FileCheckpoint


class Checkpoints(Protocol):
    """Where the driver keeps checkpoints."""

    def load(self, org_id: str) -> str | None: ...

    def save(self, org_id: str, checkpoint: str) -> None: ...

    def place(self, org_id: str) -> str: ...


class _MappedCheckpoints:
    def __init__(self, checkpoints: MutableMapping[str, str]) -> None:
        self._checkpoints = checkpoints

    def load(self, org_id: str) -> str | None:
        return self._checkpoints.get(org_id)

    def save(self, org_id: str, checkpoint: str) -> None:
        self._checkpoints[org_id] = checkpoint

    def place(self, org_id: str) -> str:  # noqa: ARG002 - all are in one place
        return "the mapping `checkpoints`"


class _CheckpointFolder:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._files: dict[str, FileCheckpoint] = {}

    def load(self, org_id: str) -> str | None:
        name = urllib.parse.quote(org_id, safe="") + ".json"
        self._files[org_id] = FileCheckpoint(self._folder / name)
        return self._files[org_id].load()

    def save(self, org_id: str, checkpoint: str) -> None:
        self._files[org_id].save(checkpoint)

    def place(self, org_id: str) -> str:
        return str(self._files[org_id].path)


@contextlib.contextmanager
def open_checkpoints(checkpoints: object) -> Generator[Checkpoints]:
    if isinstance(checkpoints, str | os.PathLike):
        folder = Path(cast("str | os.PathLike[str]", checkpoints))
        with _only_run(folder):
            yield _CheckpointFolder(folder)
        return
    if isinstance(checkpoints, MutableMapping):
        yield _MappedCheckpoints(cast("MutableMapping[str, str]", checkpoints))
        return
    kind = type(checkpoints).__name__
    raise TypeError(f"checkpoints: expected a folder or a mutable mapping, got {kind}")


@contextlib.contextmanager
def _only_run(folder: Path) -> Generator[None]:
    """Let no other run use a folder meanwhile.

    To refuse the later checkpoint is not enough: by then an older version of a record may have been
    written over the one of the other run, whose checkpoint stays.
    """
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "checkpoints: expected a folder", str(folder))
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / ".lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CheckpointError(
            f"another run is using the checkpoints in {folder}; wait until it ends, or stop it"
        ) from None
    try:
        yield
    finally:
        lock.release()
