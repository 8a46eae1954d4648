"""A PostgreSQL server of the test's own, on a socket in a folder of its own."""

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

# Debian keeps the server's programs out of the way.
_PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
REQUIRED = os.environ.get("POSTGRES_TESTS") == "required"


def _program(name: str) -> str | None:
    places = os.pathsep.join([os.environ.get("PATH", ""), *map(str, _PLACES)])
    return shutil.which(name, path=places)


def skip_without_postgres() -> None:
    """Skip the test where no server is installed, unless POSTGRES_TESTS=required."""
    if _program("initdb") is None or _program("pg_ctl") is None:
        reason = "no PostgreSQL server is installed: apt-get install postgresql"
        (pytest.fail if REQUIRED else pytest.skip)(reason)


@contextlib.contextmanager
def postgres_server() -> Generator[str]:
    """Start a server, and return the URL of its database. It ends with its folder."""
    skip_without_postgres()
    # Other users can't look into pytest's own folders, and sockets have short paths.
    place = Path(tempfile.mkdtemp(prefix="postgres-"))
    identity: dict[str, Any] = {}
    if os.geteuid() == 0:  # the server refuses to run as root
        nobody = pwd.getpwnam("nobody")
        identity = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(place, nobody.pw_uid, nobody.pw_gid)

    def run(name: str, *options: str) -> None:
        with (place / "output").open("ab") as output:
            subprocess.run(
                [_program(name) or name, *options],
                check=True,
                cwd=place,
                stdout=output,
                stderr=output,
                **identity,
            )

    data = str(place / "data")
    # No network, and no waiting for a disk that nobody reads later.
    server = f"-c listen_addresses='' -c unix_socket_directories={place} -c fsync=off"
    try:
        run("initdb", "--auth=trust", "--username=postgres", "--no-sync", f"--pgdata={data}")
        run("pg_ctl", "start", "--wait", f"--pgdata={data}", f"--options={server}")
        try:
            yield f"postgresql:///postgres?host={place}&user=postgres"
        finally:
            run("pg_ctl", "stop", "--mode=immediate", f"--pgdata={data}")
    finally:
        shutil.rmtree(place)
