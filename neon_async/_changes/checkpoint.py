"""How far a feed has come, as JSON, and the file that keeps it."""

from __future__ import annotations

import copy
import json
import os
import tempfile
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, cast

import anyio
import attrs
from anyio import to_thread

from neon_async._changes.protocol import LATEST, SECOND, from_micros, to_micros
from neon_async._wire.type_guards import is_array, is_object
from neon_async.errors import CheckpointError, InvalidRequestError
from neon_async.operations._validation import require_type

SCHEMA = 2
_KINDS = ("accounts", "activities")
_SCHEMAS = {1, 2}


class CheckpointStore(Protocol):
    """What keeps a checkpoint. Both methods run in a worker thread."""

    def load(self) -> str | None:
        """Return the checkpoint, or None when there is none yet."""
        ...

    def save(self, checkpoint: str, /) -> None:
        """Replace the checkpoint. Called by `commit` alone, so the changes are stored already."""
        ...


def check_store(checkpoint: object) -> None:
    """Pass for the JSON of a checkpoint, for a store, and for None."""
    methods = (getattr(checkpoint, name, None) for name in ("load", "save"))
    if checkpoint is None or isinstance(checkpoint, str) or all(map(callable, methods)):
        return
    kind = type(checkpoint).__name__
    message = f"expected the JSON text of a checkpoint, a FileCheckpoint or a store, got {kind}"
    raise InvalidRequestError(message, parameter="checkpoint")


class FileCheckpoint:
    """Keeps a checkpoint in a file that only its owner may read.

    Saving replaces the file in one step, so that a crash leaves the old one or the new one. One
    file serves one feed of one organization, and one run at a time: when another run has saved its
    checkpoint since this one loaded it, saving is refused.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Keep the path of a file that need not exist, in a directory that must.

        Args:
            path: the file. A link is followed.
        """
        require_type(path, (str, os.PathLike), "the path of a file", "path")
        self.path: Path = Path(os.path.realpath(path))
        # Whether the file's text is known, and what it was when it was loaded or saved last.
        self._known = False
        self._text: str | None = None

    def __repr__(self) -> str:
        """Show the path."""
        return f"FileCheckpoint({str(self.path)!r})"

    def __eq__(self, other: object) -> bool:
        """Compare the paths: two that keep their checkpoint in one file are equal."""
        return self.path == other.path if type(other) is FileCheckpoint else NotImplemented

    def __hash__(self) -> int:
        """Hash the path."""
        return hash(self.path)

    def load(self) -> str | None:
        """Return the file's text, or None when there is no file yet.

        Raises:
            OSError: the file can't be read.
            CheckpointError: it is not text.
        """
        self._text, self._known = self._read(), True
        return self._text

    def save(self, checkpoint: str, /) -> None:
        """Replace the file, and return when that is safe on disk.

        Raises:
            OSError: the file can't be written.
            CheckpointError: the file is not the one that was loaded or saved last.
        """
        if self._known and self._read() != self._text:
            raise CheckpointError(
                f"another run has saved its checkpoint in {self.path} since this run loaded it, so "
                "this one was not saved; start this run again, and let one run at a time use it"
            )
        text = checkpoint + "\n"
        try:
            _replace(self.path, text)
        except OSError as error:
            # A full disk is noticed by a file that has another name, or none.
            raise OSError(error.errno, error.strerror or str(error), str(self.path)) from error
        self._text, self._known = text, True

    def _read(self) -> str | None:
        try:
            return self.path.read_text(encoding="utf-8")
        except FileNotFoundError:
            # Where there is no folder, nothing can be saved: better to know that before the run.
            if not self.path.parent.is_dir():
                raise
            return None
        except UnicodeDecodeError:
            message = "the checkpoint file is damaged: it is not text"
        raise CheckpointError(message)


def _replace(path: Path, text: str) -> None:
    """Put a new file, which its owner alone may read, in the place of another."""
    # Two runs that save at the same time must not write into one file, so each name is new.
    descriptor, name = tempfile.mkstemp(".new", f".{path.name}.", path.parent)
    fresh = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    # The new name has to reach the disk, too. Some systems can't open a directory.
    with suppress(OSError):
        sync_directory(path.parent)


def sync_directory(path: Path) -> None:
    """Return when the names in a directory are on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@attrs.frozen
class Checkpoint:
    """How far a feed has come, with times in microseconds since 1970.

    Attributes:
        kind: `"accounts"` or `"activities"`.
        organization: fingerprint of the organization.
        to: all that was changed before has been delivered, but for what is pending.
        pending: ranges of last-modified times that were begun, as they are left.
        server: the server's time in the latest reply; None before the first run.
        client: the client's time when it came; None before the first run, and in schema 1.
        drift: by how many microseconds the server's clock went back during the run.
    """

    kind: str
    organization: str
    to: int
    pending: tuple[tuple[int, int], ...] = ()
    server: int | None = None
    client: int | None = None
    drift: int = 0

    def elapsed_until(self, now: int | None, client: int) -> int:
        """Return the time since the latest reply, by the clock by which it is longer.

        Args:
            now: the server's time; None if it is not known yet.
            client: the client's time.
        """
        if self.server is None or self.client is None:
            return 0
        return max(client - self.client, 0 if now is None else now - self.server, 0)

    def drift_until(self, now: int, client: int) -> int:
        """Return by how much the server's clock has gone back since the run began, or 0.

        Time never goes back between two runs, whatever the client's clock says.
        """
        if self.server is None or self.client is None:
            return 0
        return max(max(client - self.client, 0) - (now - self.server), 0) + self.drift

    def dumps(self) -> str:
        return json.dumps(
            {
                "schema": SCHEMA,
                "feed": self.kind,
                "organization": self.organization,
                "to": _text(self.to),
                "pending": [list(map(_text, ends)) for ends in self.pending],
                "server_time": None if self.server is None else _text(self.server),
                "client_time": None if self.client is None else _text(self.client),
                "clock_drift": self.drift / SECOND,
            }
        )

    def loads(self, text: str) -> Checkpoint:
        """Return the checkpoint in the JSON of an earlier run of the same feed."""
        try:
            document: Any = json.loads(text)
        except (ValueError, RecursionError):
            document = None
        if not is_object(document):
            raise CheckpointError("the checkpoint is damaged: it is not a JSON object")
        self._check(document)
        try:
            to = _instant(document["to"])
            pending = tuple(map(_range, _array(document["pending"])))
            clocks = _clocks(document) if document["schema"] > 1 else {}
        except (KeyError, TypeError, ValueError, OverflowError):
            to, pending, clocks = 0, ((1, 0),), {}
        if any(low > high or high > to for low, high in pending):
            raise CheckpointError("the checkpoint is damaged: its times are invalid")
        return attrs.evolve(self, to=to, pending=pending, **clocks)

    def _check(self, document: dict[str, Any]) -> None:
        schema = document.get("schema")
        # In Python, true equals 1.
        if type(schema) is not int or schema not in _SCHEMAS:
            is_older = type(schema) is int and schema < SCHEMA
            age, advice = ("an older", "") if is_older else ("a newer", "; update neon_async")
            described = f"{age} schema than {SCHEMA}"
            if schema is None:
                described, advice = "no schema", ""
            message = f"the checkpoint has {described}, which this version can't read{advice}"
            raise CheckpointError(message)
        if (feed := document.get("feed")) != self.kind:
            owner = f"an {feed} feed" if feed in _KINDS else "another feed"
            raise CheckpointError(f"this checkpoint belongs to {owner}, not {self.kind}")
        if document.get("organization") != self.organization:
            message = "the checkpoint belongs to another organization; give each one its own"
            raise CheckpointError(message)


def _clocks(document: dict[str, Any]) -> dict[str, Any]:
    server, client = document["server_time"], document["client_time"]
    drift = document["clock_drift"]
    if not isinstance(drift, int | float) or not 0 <= drift < LATEST / SECOND:
        raise ValueError
    return {
        "server": None if server is None else _instant(server),
        "client": None if client is None else _instant(client),
        "drift": round(drift * SECOND),
    }


def _text(instant: int) -> str:
    return from_micros(instant).isoformat()


def _array(value: object) -> list[Any]:
    if not is_array(value):
        raise TypeError
    return value


def _range(value: object) -> tuple[int, int]:
    low, high = _array(value)
    return _instant(low), _instant(high)


def _instant(text: str) -> int:
    instant = to_micros(datetime.fromisoformat(text))
    from_micros(instant)  # an offset may lead beyond the first and the last year
    return instant


@attrs.frozen
class Mark:
    """A place in the sequence of changes that a feed hands out.

    Attributes:
        number: how many pages a feed had read up to here; a higher one is later.
        checkpoint: covers everything up to here.
    """

    number: int
    checkpoint: Checkpoint


class Committer:
    """Loads a feed's checkpoint, and saves later ones over earlier ones.

    Attributes:
        idle: whether there is a store, and nothing was committed since it was loaded.
    """

    def __init__(self, store: CheckpointStore | None) -> None:
        # Two feeds that were given one object have to notice each other.
        self._store = copy.copy(store) if type(store) is FileCheckpoint else store
        self._lock = anyio.Lock()
        self._text: str | None = None
        self._saved = 0
        self.idle = False

    async def load(self, number: int) -> str | None:
        """Return the text in the store, where marks up to `number` belong to earlier runs.

        Raises:
            CheckpointError: it is no text.
            OSError: it can't be read.
        """
        if self._store is None:
            return None
        # A store of the user's own may return anything.
        text = cast("object", await to_thread.run_sync(self._store.load))
        if not (text is None or isinstance(text, str)):
            kind = type(text).__name__
            raise CheckpointError(f"the store's load() returned {kind}, expected text or None")
        self._text, self._saved, self.idle = text, number, True
        return text

    async def save(self, mark: Mark) -> None:
        """Save a mark's checkpoint, unless that of a later mark was saved.

        Raises:
            InvalidRequestError: there is no store.
            CheckpointError: another run has saved its checkpoint in the same file.
            OSError: it can't be written.
        """
        if self._store is None:
            message = "this feed has no store to commit to; store batch.checkpoint with the data"
            raise InvalidRequestError(message, parameter="checkpoint")
        async with self._lock:
            text = mark.checkpoint.dumps()
            if mark.number > self._saved and text != self._text:
                await to_thread.run_sync(self._store.save, text)
                self._text = text
            self._saved = max(self._saved, mark.number)
            self.idle = False
