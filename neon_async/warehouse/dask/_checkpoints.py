"""Where the process that leads a run keeps the checkpoints of many organizations."""

from __future__ import annotations

import os
import urllib.parse
from collections.abc import MutableMapping
from pathlib import Path
from typing import Protocol, cast

from neon_async import FileCheckpoint


class Checkpoints(Protocol):
    """Where the driver keeps checkpoints."""

    def load(self, org_id: str) -> str | None: ...

    def save(self, org_id: str, checkpoint: str) -> None: ...


class _MappedCheckpoints:
    def __init__(self, checkpoints: MutableMapping[str, str]) -> None:
        self._checkpoints = checkpoints

    def load(self, org_id: str) -> str | None:
        return self._checkpoints.get(org_id)

    def save(self, org_id: str, checkpoint: str) -> None:
        self._checkpoints[org_id] = checkpoint


class _CheckpointFolder:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._files: dict[str, FileCheckpoint] = {}

    def load(self, org_id: str) -> str | None:
        name = urllib.parse.quote(org_id, safe="") + ".json"
        self._files[org_id] = FileCheckpoint(self._folder / name)
        return self._files[org_id].load()

    def save(self, org_id: str, checkpoint: str) -> None:
        self._files[org_id].save(checkpoint)


def open_checkpoints(checkpoints: object) -> Checkpoints:
    if isinstance(checkpoints, str | os.PathLike):
        return _CheckpointFolder(Path(cast("str | os.PathLike[str]", checkpoints)))
    if isinstance(checkpoints, MutableMapping):
        return _MappedCheckpoints(cast("MutableMapping[str, str]", checkpoints))
    kind = type(checkpoints).__name__
    raise TypeError(f"checkpoints: expected a folder or a mutable mapping, got {kind}")
