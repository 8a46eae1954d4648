"""One run at a time on a file that runs resume from."""

import contextlib
from collections.abc import Generator
from pathlib import Path

from filelock import FileLock, Timeout

from neon_async import CheckpointError, InvalidRequestError


@contextlib.contextmanager
def only_run(path: Path) -> Generator[None]:
    """Let no other run use a file meanwhile; a file beside it, `….lock`, stays there.

    Raises:
        InvalidRequestError: the file's folder does not exist.
        CheckpointError: another run uses it.
        OSError: the file beside it can't be written.
    """
    target = path.resolve()
    # The lock would make the folder, which may be a misspelled one.
    if not target.parent.is_dir():
        raise InvalidRequestError(f"there is no folder {target.parent}")
    lock = FileLock(target.with_name(f"{target.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        problem = f"another run is using {path}; wait until it has ended, or stop it"
        raise CheckpointError(problem) from None
    try:
        yield
    finally:
        lock.release()
