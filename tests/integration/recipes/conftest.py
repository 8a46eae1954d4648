"""One Prefect server for all tests."""

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PROGRAM = "tests.support.prefect_program"


@pytest.fixture(scope="session")
def prefect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Start a server on this machine, and return the environment of programs that use it."""
    if importlib.util.find_spec("prefect") is None:
        pytest.skip("Prefect is not installed: nox -s recipes")
    home = tmp_path_factory.mktemp("prefect")
    environment = os.environ | {
        "DO_NOT_TRACK": "1",
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "TMPDIR": str(home),  # where the server has its database
    }
    command = [sys.executable, "-m", PROGRAM, "serve"]
    pipe = subprocess.PIPE
    with (
        Path(home, "output").open("w") as output,
        subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=output, text=True, env=environment
        ) as server,
    ):
        assert server.stdout is not None
        assert server.stdin is not None
        url = server.stdout.readline().strip()
        assert url.startswith("http://127.0.0.1:"), Path(home, "output").read_text()
        yield environment | {"PREFECT_API_URL": url}
        server.stdin.close()
