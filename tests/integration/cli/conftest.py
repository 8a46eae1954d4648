"""An emulator in a process of its own, and an environment that leads to it."""

import resource
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
import pytest

from neon_async import AsyncClient
from neon_async.cli import _connection
from neon_async.cli._emulator_process import emulator_process
from neon_async.emulator import Emulator
from tests.support import small_disk as disks

ACCOUNTS = 450
ACTIVITIES = 250


make_client = _connection.make_client


@pytest.fixture(autouse=True)
def _own_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """There are credentials, and none of the machine's own keyring, here or in processes."""
    # Patches that are undone in another order than they were made stay.
    assert make_client is _connection.make_client
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    for name in ("NEON_ORG_ID", "NEON_API_KEY"):
        monkeypatch.setenv(name, "nothing-real")


@pytest.fixture(scope="session")
def served() -> Iterator[dict[str, str]]:
    """The settings of an emulator that answers at once."""
    sizes = (f"--accounts={ACCOUNTS}", f"--activities={ACTIVITIES}", "--merged=2")
    with emulator_process(*sizes, "--threads=20") as settings:
        yield settings


@pytest.fixture(scope="session")
def slow() -> Iterator[dict[str, str]]:
    """The settings of an emulator that takes its time."""
    with emulator_process("--accounts=2000", "--latency=0.2") as settings:
        yield settings


@pytest.fixture
def environment(served: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """This process's environment leads to the emulator."""
    for name, value in served.items():
        monkeypatch.setenv(name, value)
    return served


def records(written: bytes | Path) -> list[dict[str, Any]]:
    """Parse NDJSON, which must consist of whole lines."""
    text = written.read_bytes() if isinstance(written, Path) else written
    assert text == b"" or text.endswith(b"\n")
    return [orjson.loads(line) for line in text.splitlines()]


@pytest.fixture
def limit_file_size() -> Callable[[int], None]:
    """Return what limits the size of all files that this process writes, as `ulimit -f` does."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    return lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None]:
    """Lift that limit before pytest reports on the test: what it prints may go to a file."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        return (yield)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB, where this process may mount one."""
    with disks.small_disk(tmp_path / "disk") as disk:
        yield disk


class Spoiled(httpx.ASGITransport):
    """An emulator some of whose bytes are others on the way to the client."""

    def __init__(self, emulator: Emulator, changes: dict[bytes, bytes]) -> None:
        super().__init__(emulator)
        self._changes = changes

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Change the reply, which must be one of JSON."""
        reply = await super().handle_async_request(request)
        body = await reply.aread()
        for old, new in self._changes.items():
            body = body.replace(old, new)
        return httpx.Response(
            reply.status_code, headers={"content-type": "application/json"}, content=body
        )


def spoiled_client(emulator: Emulator, changes: dict[bytes, bytes]) -> Callable[..., AsyncClient]:
    """Return what makes clients to which an emulator's replies come with other bytes."""
    who = (emulator.org_id, emulator.api_key)

    def client(**options: Any) -> AsyncClient:
        return AsyncClient(*who, transport=Spoiled(emulator, changes), **options)

    return client
