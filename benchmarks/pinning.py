"""One core for the client, another one for the server, where the system allows it."""

from __future__ import annotations

import os
import sys
from typing import Literal

# A statement that keeps a program on the client's core.
PIN = "from benchmarks.pinning import pin; pin('client')"
# Before anything is pinned.
_CORES = sorted(os.sched_getaffinity(0)) if sys.platform == "linux" else []


def cores() -> list[int]:
    """Return the cores that the benchmarks may use, or none where processes can't be pinned."""
    return list(_CORES)


def pin(role: Literal["client", "server"]) -> None:
    """Keep this process on the client's or the server's core."""
    chosen = os.environ.get("BENCHMARK_CORES", "")
    if sys.platform == "linux" and chosen:
        client, server = chosen.split(",")
        os.sched_setaffinity(0, {int(client if role == "client" else server)})
