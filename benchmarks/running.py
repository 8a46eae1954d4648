"""The processes of a benchmark: the server, and the pulls against it."""

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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async import RequestEvent


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
    """Run the server in a process of its own, and give its root URL."""
    port = free_port()
    command = [sys.executable, "-m", "benchmarks.server", "--port", str(port)]
    if certificate:
        command += ["--certificate", certificate]
    process = subprocess.Popen(command)
    try:
        wait_for(port)
        yield f"{'https' if certificate else 'http'}://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


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
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server of the benchmarks does not start")


def pull(name: str, url: str, concurrency: int) -> dict[str, float]:
    """Run one pull in a fresh process, and return what it says."""
    command = [sys.executable, "-m", "benchmarks.clients", name, url, str(concurrency)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=os.environ)
    found: dict[str, float] = json.loads(done.stdout)
    return found
