"""The processes of a benchmark: the servers, and the pulls against them."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from neon_async import Hooks
from neon_async.emulator import Emulator

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from neon_async import RequestEvent

# The emulator on the server's core, where it may change accounts before each request.
_EMULATOR = """
import itertools
import sys

from benchmarks.pinning import pin
from neon_async.emulator import Emulator, serve

pin("server")
accounts, edits, port, latency = map(int, sys.argv[1:])


class Churning(Emulator):
    async def __call__(self, scope, receive, send):
        if scope["type"] == "http":
            for _ in range(edits):
                version = next(versions)
                number = ids[version * 7919 % len(ids)]
                self.change_account(number, primaryContact={"middleName": str(version)})
        await super().__call__(scope, receive, send)


emulator, versions = Churning(accounts, latency=latency / 1000, threads=500), itertools.count()
ids = emulator.account_ids()
serve(emulator, port=port, console=False)
"""


class RequestCounter(Hooks):
    """Counts the requests of a client."""

    def __init__(self) -> None:
        """Begin with none."""
        self.requests = 0

    def on_request(self, event: RequestEvent, /) -> None:  # noqa: ARG002 - one is one
        """Count one."""
        self.requests += 1


@contextmanager
def server(certificate: str | None = None) -> Iterator[str]:
    """Run the server of fixed replies in a process of its own, and give its root URL."""
    command = ["-m", "benchmarks.server"]
    if certificate:
        command += ["--certificate", certificate]
    with process([*command, "--port"]) as port:
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}"


@contextmanager
def emulator(accounts: int, *, latency: int = 0, edits: int = 0) -> Iterator[str]:
    """Run an emulator in a process of its own, and give its base URL.

    Args:
        accounts: how many accounts it has.
        latency: milliseconds that each request takes.
        edits: how many accounts change before each request.
    """
    port = free_port()
    words = map(str, (accounts, edits, port, latency))
    with process(["-c", _EMULATOR, *words], port):
        yield f"http://127.0.0.1:{port}/neonws/services/api"


def settings(url: str) -> dict[str, str]:
    """Return the environment for commands that use an emulator."""
    known = Emulator(0)
    return {"NEON_ORG_ID": known.org_id, "NEON_API_KEY": known.api_key, "NEON_BASE_URL": url}


@contextmanager
def process(arguments: Sequence[str], port: int | None = None) -> Iterator[int]:
    """Run a Python that listens, and give its port.

    Args:
        arguments: what to run.
        port: the port; None to choose one, which is the last argument then.
    """
    words = list(arguments)
    if port is None:
        port = free_port()
        words.append(str(port))
    child = subprocess.Popen([sys.executable, *words])
    try:
        wait_for(port)
        yield port
    finally:
        child.terminate()
        child.wait()


@contextmanager
def certificate() -> Iterator[str]:
    """Make a certificate of an unknown authority, in a temporary file."""
    import trustme

    pair = trustme.CA().issue_cert("localhost", "127.0.0.1").private_key_and_cert_chain_pem
    with pair.tempfile() as path:
        yield path


def free_port() -> int:
    """Return a free port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
    return port


def wait_for(port: int) -> None:
    """Return as soon as somebody listens on a port."""
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server of the benchmarks does not start")


def pull(name: str, url: str, concurrency: int) -> dict[str, float]:
    """Run one pull in a fresh process, and return what it took."""
    command = [sys.executable, "-m", "benchmarks.clients", name, url, str(concurrency)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures
