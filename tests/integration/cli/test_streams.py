"""Standard streams that are closed, full, or of another encoding, in real processes."""

import errno
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pexpect
import pytest

from neon_async.cli import _streams
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator, running

from .conftest import records

COMMAND = f"exec {sys.executable} -m neon_async.cli"
CLOSED = " is closed"
FULL = f": {os.strerror(errno.ENOSPC)}"
LAST_NAME = "Müller-Łódź 😀"


@pytest.fixture(scope="module")
def env() -> Iterator[dict[str, str]]:
    """An environment that leads to an emulator, and whose locale has no letters but ASCII's."""
    with Emulator(accounts=3) as emulator, running(emulator) as url:
        contact = {**(emulator.account(10_002) or {})["primaryContact"], "lastName": LAST_NAME}
        emulator.change_account(10_002, primaryContact=contact)
        who = {"NEON_ORG_ID": emulator.org_id, "NEON_API_KEY": emulator.api_key}
        locale = {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
        keyring = {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
        buffered = {"PYTHONUNBUFFERED": ""}
        yield {**os.environ, **who, **locale, **keyring, **buffered, "NEON_BASE_URL": url}


def shell(line: str, env: dict[str, str], **options: str) -> subprocess.CompletedProcess[bytes]:
    """Let a shell start the command with its streams redirected."""
    return subprocess.run(
        ["/bin/sh", "-c", f"{COMMAND} {line}"],
        env={**env, **options},
        capture_output=True,
        check=False,
    )


@pytest.mark.shows("e-mail", "output", reason="a record is what was asked for")
@pytest.mark.parametrize("encoding", ["", "latin-1", "ascii:replace"])
def test_programs_get_utf_8(encoding: str, env: dict[str, str]) -> None:
    """What programs read is UTF-8, whatever the locale says."""
    done = shell("show 10002", env, PYTHONIOENCODING=encoding)

    assert Exit.OK == done.returncode
    (record,) = records(done.stdout)
    assert LAST_NAME == record["primaryContact"]["lastName"]


@pytest.mark.shows("e-mail", "output", reason="a record is what was asked for")
def test_files_are_utf_8(env: dict[str, str], tmp_path: Path) -> None:
    """Files are UTF-8, whatever the locale says."""
    done = shell(f"pull accounts --id 10002 --format csv -o {tmp_path}/a.csv", env)

    assert Exit.OK == done.returncode
    assert LAST_NAME in (tmp_path / "a.csv").read_text(encoding="utf-8")


def test_terminal_shows_what_it_can(env: dict[str, str]) -> None:
    """A terminal that lacks a letter gets another one, and no traceback."""
    child = pexpect.spawn(
        sys.executable,
        ["-m", "neon_async.cli", "show", "10002"],
        env={**env, "PYTHONIOENCODING": "latin-1", "NO_COLOR": "1"},
        timeout=60,
    )
    child.expect(LAST_NAME.encode("latin-1", "replace").replace(b"?", rb"\?"))
    child.expect(pexpect.EOF)
    child.close()

    assert Exit.OK == child.exitstatus


@pytest.mark.parametrize(
    ("line", "redirection", "reason"),
    [
        ("completion bash", ">&-", CLOSED),
        ("lists genders", ">/dev/full", FULL),
        ("pull accounts --help", ">/dev/full", FULL),
        ("help pull", ">/dev/full", FULL),
        ("pull accounts --from 1990-01-01Z", ">&-", CLOSED),
    ],
)
def test_lost_answers_are_failures(
    line: str, redirection: str, reason: str, env: dict[str, str]
) -> None:
    """An answer that nobody gets is not a success, and that is said once."""
    done = shell(f"{line} {redirection}", env)

    assert Exit.FAILED == done.returncode
    first, *advice = done.stderr.decode().splitlines()
    assert f"neon-async: standard output{reason}" == first
    assert ["redirect it to a place with room, and run the command again"] == advice


def test_help_into_a_closed_pipe(env: dict[str, str]) -> None:
    """Help whose reader has gone ends as any other output does, without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "neon_async.cli", "pull", "--help"]
    try:
        done = subprocess.run(command, env=env, stdout=writer, stderr=subprocess.PIPE, check=False)
    finally:
        os.close(writer)

    assert (Exit.OUTPUT_CLOSED, b"") == (done.returncode, done.stderr)


def test_exits_of_commands_come_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exit that no closed pipe has caused is left as it is."""

    def leave(*_: object, **options: object) -> None:
        sys.exit(f"{len(options)} options")

    monkeypatch.setattr("neon_async.cli._app.app", leave)

    with pytest.raises(SystemExit, match="options"):
        run(["lists", "sources"])


def test_lost_help_is_a_failure(env: dict[str, str]) -> None:
    """What the library of the command line prints can be lost, too."""
    done = shell("--version >/dev/full", env)

    assert Exit.FAILED == done.returncode
    assert done.stderr.startswith(f"neon-async: standard output{FULL}\n".encode())


@pytest.mark.parametrize("redirections", ["2>&- <&- >&-", "2>/dev/full"])
def test_lost_messages_are_not(redirections: str, env: dict[str, str], tmp_path: Path) -> None:
    """Who closes what is not needed gets the file, and nothing else in it."""
    file = tmp_path / "accounts.ndjson"
    done = shell(f"pull accounts --from 1990-01-01Z -o {file} {redirections}", env)

    assert Exit.OK == done.returncode
    assert len(records(file)) == 3
    assert done.stdout == done.stderr == b""


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_errors_that_nobody_reads(redirection: str, env: dict[str, str]) -> None:
    """The exit code tells what a message can't."""
    assert Exit.USAGE == shell(f"pull accounts {redirection}", env).returncode


def test_full_pipe_of_messages(monkeypatch: pytest.MonkeyPatch) -> None:
    """A message that can't be written is given up, and so is the stream."""
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        _streams.message("once\n")
        given_up = os.fstat(stream.fileno())
        _streams.message("twice\n")

    assert Path(os.devnull).stat().st_rdev == given_up.st_rdev


def test_answer_that_does_not_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that is not taken is an error with a name, and is not tried again."""
    with Path("/dev/full").open("w") as stream:
        monkeypatch.setattr(sys, "stdout", stream)

        assert Exit.FAILED == run(["completion", "bash"])


def test_streams_of_a_process_that_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python gives a process no streams for closed descriptors; the command makes some."""
    for name in ("stdin", "stdout", "stderr"):
        monkeypatch.setattr(sys, name, None)
    closed: list[int] = []
    opened: list[int] = []

    def fstat(number: int) -> None:
        closed.append(number)
        raise OSError(errno.EBADF, "")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fstat", fstat)
        patch.setattr(os, "open", lambda _, flags: opened.append(flags))
        patch.setattr(_streams, "_stream", lambda *_: io.TextIOWrapper(io.BytesIO()))
        _streams.prepare()

    assert [0, 1, 2] == closed
    assert [os.O_RDONLY, os.O_RDONLY, os.O_WRONLY] == opened
    assert None not in (sys.stdin, sys.stdout, sys.stderr)


def test_errors_without_a_number_stay_as_they_are() -> None:
    """Only an error of the system gets the name of the file; another one has its own words."""
    match = r"^another run writes to it$"
    with pytest.raises(OSError, match=match) as caught, _streams.naming("name"):
        raise OSError("another run writes to it")

    assert caught.value.filename is None
