"""One run at a time on a file that runs resume from, or append to."""

import contextlib
from collections.abc import Generator
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from neon_async import CheckpointError
from neon_async.cli._files import check_folder


@contextlib.contextmanager
def only_run(path: Path, name: str = "") -> Generator[None]:
    """Let no other run use a file meanwhile, by a file beside it, `….lock`, which stays.

    Args:
        path: the file.
        name: what of it the run uses, where other runs may use the rest.

    Raises:
        CheckpointError: another run uses it.
        OSError: the file's folder does not exist, or the file beside it can't be written.
    """
    target = path.resolve()
    # The lock would make the folder, which may be a misspelled one.
    check_folder(target)
    part = f".{name}" if name else ""
    lock = FileLock(target.with_name(f"{target.name}{part}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CheckpointError(_in_use(path)) from None
    try:
        yield
    finally:
        lock.release()


def lock(file: IO[Any], path: Path) -> None:
    """Let no other run use an open file, until it is closed. This leaves no other file behind."""
    try:
        import fcntl  # noqa: PLC0415 - Windows has none
    except ImportError:
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise OSError(_in_use(path)) from None
    except OSError:
        # Not every file system has locks.
        return


def _in_use(path: Path) -> str:
    return f"another run is using {path}; wait until it ends, or stop it"
