"""The standard streams, as another program may have left them: closed, full, or in any encoding."""

import contextlib
import os
import sys
from collections.abc import Generator
from typing import TYPE_CHECKING, BinaryIO, Literal, TextIO, cast

if TYPE_CHECKING:
    import io

STDOUT = "standard output"


def prepare() -> None:
    """Make the standard streams usable, before a command opens any file.

    A descriptor that is closed (`>&-`) would be given to the next file that is opened, and what is
    printed would end up in it. Text for programs is UTF-8, whatever the locale says.
    """
    # An open takes the lowest free number. Writing to a closed stdout stays an error, as the
    # result is lost; messages are dropped.
    for number, flags in enumerate((os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, flags)
    sys.stdin = sys.stdin or _stream(0, "r")
    sys.stdout = sys.stdout or _stream(1, "w")
    sys.stderr = sys.stderr or _stream(2, "w")
    stdout = cast("io.TextIOWrapper", sys.stdout)
    if stdout.isatty():
        # The terminal knows which letters it has.
        stdout.reconfigure(errors="replace")
    else:
        # The same bytes on each system: Windows would write "\r\n", which a hash or a diff notices.
        stdout.reconfigure(encoding="utf-8", errors="strict", newline="\n")


def _stream(number: int, mode: Literal["r", "w"]) -> TextIO:
    return os.fdopen(number, mode, encoding="utf-8", closefd=False)


def message(text: str) -> None:
    """Write to stderr, and ignore that it may be closed or full."""
    try:
        sys.stderr.write(text)
        sys.stderr.flush()
    except OSError:
        _abandon(sys.stderr)


def answer_text(text: str) -> None:
    """Write to stdout.

    Raises:
        OSError: stdout is closed or full.
    """
    with naming(STDOUT):
        sys.stdout.write(text)


def flush() -> None:
    """Flush stdout while a failure can still be reported.

    Raises:
        OSError: stdout is closed or full.
    """
    with naming(STDOUT):
        sys.stdout.flush()


@contextlib.contextmanager
def message_instead(text: str) -> Generator[None]:
    """Write to stderr what stdout refuses, where the same command must not run twice.

    Raises:
        OSError: stdout is closed or full.
    """
    try:
        yield
        flush()
    except OSError:
        message(text)
        raise


def finish() -> None:
    """Discard output that stdout refuses, which the interpreter would report once more."""
    try:
        sys.stdout.flush()
    except OSError:
        _abandon(sys.stdout)


def _abandon(stream: TextIO) -> None:
    sink = os.open(os.devnull, os.O_WRONLY)
    # The interpreter flushes again at its exit, and would end with status 120.
    os.dup2(sink, stream.fileno())
    os.close(sink)


def binary() -> BinaryIO:
    """Return stdout for bytes, unbuffered if possible, so that a full disk fails at once."""
    flush()
    # A stdout that a test has replaced, such as io.BytesIO, has no raw stream.
    raw: BinaryIO = getattr(sys.stdout.buffer, "raw", sys.stdout.buffer)
    return raw


@contextlib.contextmanager
def naming(name: str) -> Generator[None]:
    """Let an error of the system name the file that it is about."""
    try:
        yield
    except OSError as error:
        if error.errno is not None:
            error.filename, error.filename2 = name, None
        raise
