"""Options that all commands share: how NeonCRM is reached, and how much is printed."""

import contextlib
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from neon_async.cli import _connection
from neon_async.cli._app import app
from neon_async.cli._catalog import COMMANDS
from neon_async.cli._common import CommonOptions
from neon_async.cli._connection import client_options
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.cli._probes.transport import open_transport
from neon_async.emulator import Emulator
from neon_async.errors import InvalidRequestError

# They talk to no server, or only to their own emulator.
WITHOUT = {"completion", "demo", "emulator", "help", "logout"}
GROUPS = ("pull", "sync")


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulator]:
    """An emulator in this process, which the commands talk to instead of the network."""
    with Emulator(accounts=10, activities=3) as made:
        monkeypatch.setattr(_connection, "make_client", made.client)
        yield made


def calls(emulator: Emulator, method: str) -> int:
    """Count the requests of a method."""
    return sum(request.method == method for request in emulator.requests)


@pytest.mark.parametrize("name", sorted(COMMANDS.keys() - WITHOUT))
def test_every_command_has_them(name: str) -> None:
    """Who adds a command that talks to NeonCRM gives it the common options."""
    command = app[name]["accounts"] if name in GROUPS else app[name]

    arguments = command.assemble_argument_collection(parse_docstring=False)
    options = {word for argument in arguments for word in argument.names}
    assert set() == {"--timeout", "--proxy", "--ca-file", "--verbose", "--quiet"} - options


@pytest.mark.parametrize(
    "command",
    [
        ["lists", "sources"],
        ["show", "10002"],
        ["show", "501", "--activity"],
        ["merge-history", "10002"],
        ["search", "accounts", "City=Graz"],
        ["pull", "accounts", "--from", "1990-01-01Z"],
        ["doctor", "--concurrency=1"],
        ["show", "7"],
        ["pull", "accounts", "--from", "1990-01-01Z", "--start-page=9"],
    ],
    ids=" ".join,
)
@pytest.mark.shows("e-mail", "output", reason="the records are what was asked for")
def test_session_is_logged_out(command: list[str], emulator: Emulator) -> None:
    """Every session that a command opens is closed in the end, also after an error."""
    run(command)

    assert calls(emulator, "login") == calls(emulator, "logout") > 0


def test_failed_logout_is_no_failure(emulator: Emulator) -> None:
    """The answer was printed: that the session can't be closed changes nothing about it."""
    emulator.fail_next(100, method="logout", status=500)

    assert Exit.OK == run(["lists", "sources"])


@pytest.mark.parametrize("option", ["--quiet", "-q"])
def test_quiet(
    option: str, emulator: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A quiet command that succeeds prints nothing but its answer."""
    place, output = tmp_path / "checkpoint", tmp_path / "changes"
    sync = ["sync", "accounts", f"--checkpoint={place}", f"--output={output}"]
    assert Exit.OK == run([*sync, option])
    assert ("", "") == capsys.readouterr()

    assert Exit.NOT_FOUND == run(["show", "7", option])
    assert capsys.readouterr().err.startswith("neon-async: ")
    assert emulator.requests


def test_quiet_sync_says_that_it_is_unproven(
    emulator: Emulator,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A failure is never quiet."""
    monkeypatch.setattr("neon_async._changes.certificate.Certificate.proven", False)
    files = [f"--checkpoint={tmp_path / 'checkpoint'}", f"--output={tmp_path / 'changes'}"]

    assert Exit.UNPROVEN == run(["sync", "accounts", *files, "--quiet"])

    assert "received" in capsys.readouterr().err
    assert emulator.requests


def test_verbose(served: dict[str, str]) -> None:
    """The log of the library is on stderr, a line per request, without credentials."""
    command = [sys.executable, "-m", "neon_async.cli", "lists", "sources", "--verbose"]
    done = subprocess.run(command, env=served, capture_output=True, check=True, text=True)

    assert "DEBUG listSources: attempt 1: 200" in done.stderr
    assert "DEBUG login: attempt 1: 200" in done.stderr
    assert served["NEON_API_KEY"] not in done.stderr
    assert "DEBUG" not in done.stdout


def test_log_has_one_handler(emulator: Emulator) -> None:
    """A second command in a process does not double the log's lines."""
    import logging  # noqa: PLC0415 - beside what it restores

    logger = logging.getLogger("neon_async")
    before = list(logger.handlers), logger.level
    try:
        for _ in range(2):
            assert Exit.OK == run(["lists", "sources", "--verbose"])
        assert len(logger.handlers) - len(before[0]) <= 1
    finally:
        logger.handlers[:], level = before[0], before[1]
        logger.setLevel(level)
    assert emulator.requests


def test_timeout_bounds_attempt_and_call() -> None:
    """A request has four times the time of one reply, as by default."""
    assert {"timeout": 5.0, "deadline": 20.0} == client_options(CommonOptions(timeout=5.0))


@contextlib.contextmanager
def _served(serve: Callable[[socket.socket], None]) -> Iterator[int]:
    """Serve connections in threads, and yield the port."""

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = server.accept()
                threading.Thread(target=serve, args=(client,), daemon=True).start()

    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as server:
        threading.Thread(target=accept, daemon=True).start()
        yield server.getsockname()[1]


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    """A proxy that tunnels, and the first lines of what it was asked for."""
    asked: list[str] = []

    def tunnel(client: socket.socket) -> None:
        with client, contextlib.suppress(OSError):
            data = b""
            while b"\r\n\r\n" not in data:
                data += client.recv(65_536)
            asked.append(data.partition(b"\r\n")[0].decode())
            host, _, port = asked[-1].split()[1].partition(":")
            with socket.create_connection((host, int(port))) as upstream:
                client.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                threading.Thread(target=_copy, args=(client, upstream), daemon=True).start()
                _copy(upstream, client)

    with _served(tunnel) as port:
        yield f"http://127.0.0.1:{port}", asked


def _copy(source: socket.socket, sink: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            sink.sendall(data)


@pytest.mark.usefixtures("environment")
def test_proxy_is_not_for_an_emulator(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """NEON_PROXY is left alone for an emulator on this machine; --proxy is refused there."""
    monkeypatch.setenv("NEON_PROXY", "http://127.0.0.1:9")
    assert Exit.OK == run(["lists", "sources"])

    assert Exit.USAGE == run(["lists", "sources", "--proxy", "http://127.0.0.1:9"])
    text = "--proxy: could read every request, since NEON_BASE_URL is not https\n"
    assert capsys.readouterr().err.endswith(text)


def test_password_of_a_proxy_is_no_argument(capsys: pytest.CaptureFixture[str]) -> None:
    """Other users can see arguments: a password is refused there, and not repeated."""
    url = "http://somebody:not-a-real-password@proxy.example.org:3128"

    assert Exit.USAGE == run(["lists", "sources", "--proxy", url])

    text = capsys.readouterr().err
    assert "NEON_PROXY" in text
    assert "not-a-real-password" not in text


@pytest.mark.parametrize("command", [["lists", "sources"], ["doctor", "--report", "report.md"]])
def test_proxy_that_is_no_url(
    command: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A proxy without its scheme is refused by the option's name."""
    monkeypatch.chdir(tmp_path)

    assert Exit.USAGE == run([*command, "--proxy", "proxy.example.org:3128"])

    assert "--proxy" in capsys.readouterr().err


def test_transport_of_a_report_takes_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The report's transport sends through the proxy, and accepts the file's certificates."""
    made: dict[str, Any] = {}
    monkeypatch.setattr(httpx, "AsyncHTTPTransport", lambda **options: made.update(options))

    open_transport(CommonOptions(proxy="http://proxy.example.org:3128"))

    assert "http://proxy.example.org:3128" == str(made["proxy"].url)
    with pytest.raises(InvalidRequestError):
        open_transport(CommonOptions(proxy="ftp://proxy.example.org"))


@pytest.fixture
def authority() -> trustme.CA:
    """An authority that no system knows."""
    return trustme.CA()


@pytest.fixture
def tls_url(authority: trustme.CA, served: dict[str, str]) -> Iterator[str]:
    """The served emulator behind TLS, with a certificate of that authority."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    plain = httpx.URL(served["NEON_BASE_URL"])

    def serve(client: socket.socket) -> None:
        with (
            contextlib.suppress(OSError),
            context.wrap_socket(client, server_side=True) as secure,
            socket.create_connection((plain.host, plain.port or 80)) as upstream,
        ):
            threading.Thread(target=_copy, args=(upstream, secure), daemon=True).start()
            _copy(secure, upstream)

    with _served(serve) as port:
        yield str(plain.copy_with(scheme="https", port=port))


@pytest.mark.parametrize("by", ["option", "environment"])
@pytest.mark.usefixtures("environment")
def test_ca_file(  # noqa: PLR0917 - fixtures
    by: str,
    authority: trustme.CA,
    tls_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A certificate of an authority of one's own is accepted with its file, and else refused."""
    file = tmp_path / "our ca.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("NEON_BASE_URL", tls_url)
    lists = ["lists", "sources", "--timeout=5"]
    assert Exit.FAILED == run(lists)
    assert "certificate" in capsys.readouterr().err

    if by == "environment":
        monkeypatch.setenv("NEON_CA_FILE", str(file))
    assert Exit.OK == run([*lists, *(["--ca-file", str(file)] if by == "option" else [])])


@pytest.mark.parametrize("by", ["option", "environment"])
@pytest.mark.usefixtures("environment")
def test_proxy(
    by: str,
    proxy: tuple[str, list[str]],
    authority: trustme.CA,
    tls_url: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A command reaches the server through the proxy of the option, or of NEON_PROXY."""
    url, asked = proxy
    monkeypatch.setenv("NEON_BASE_URL", tls_url)
    if by == "environment":
        monkeypatch.setenv("NEON_PROXY", url)
    option = ["--proxy", url] if by == "option" else []

    with authority.cert_pem.tempfile() as file:
        assert Exit.OK == run(["lists", "sources", "--ca-file", file, *option])

    assert {"CONNECT"} == {line.partition(" ")[0] for line in asked}


@pytest.mark.parametrize(
    ("content", "code", "text"),
    [
        (None, Exit.FAILED, "ca.pem: No such file"),
        ("no certificate", Exit.USAGE, "ca.pem holds no certificates in PEM form"),
    ],
)
def test_unusable_ca_file(
    content: str | None,
    code: Exit,
    text: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A file that is missing or holds something else is named."""
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_text(content)

    assert code == run(["lists", "sources", "--ca-file", str(file)])

    assert text in capsys.readouterr().err
