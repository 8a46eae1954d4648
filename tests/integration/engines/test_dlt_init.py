"""The folder `sources`, as `dlt init` copies it into a project, and what can be done with it."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import attrs
import duckdb
import pytest

from neon_async.emulator import Emulator, running

ROOT = Path(__file__).parents[3]
README = ROOT / "sources" / "neon" / "README.md"


@attrs.frozen
class Project:
    """A folder of a user's own, whose programs have no network but this machine."""

    place: Path
    environment: dict[str, str]

    def run(self, *command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command],
            capture_output=True,
            check=False,
            cwd=self.place,
            env=os.environ | self.environment,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        assert 0 == done.returncode, done.stdout + done.stderr
        return done.stdout

    def count(self, table: str) -> int:
        with duckdb.connect(str(self.place / "neon.duckdb")) as database:
            rows = database.execute(f"SELECT count(*) FROM neon_data.{table}").fetchall()  # noqa: S608
        return int(rows[0][0])


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A git repository with the folder, as `dlt init` expects it."""
    place = tmp_path / "repository"
    shutil.copytree(
        ROOT / "sources", place / "sources", ignore=shutil.ignore_patterns("__pycache__")
    )
    identity = ["-c", "user.name=nobody", "-c", "user.email=nobody@example.org"]
    for command in (["init", "-q"], ["add", "."], [*identity, "commit", "-qm", "Add a source"]):
        subprocess.run(["git", *command], check=True, cwd=place)  # noqa: S607 - dlt needs it too
    return place


@pytest.fixture
def project(tmp_path: Path) -> Project:
    place = tmp_path / "project"
    place.mkdir()
    data = str(tmp_path / "data")
    return Project(place, {"DLT_DATA_DIR": data, "RUNTIME__DLTHUB_TELEMETRY": "false"})


def test_project_made_by_dlt_init(repository: Path, project: Project) -> None:
    """The documented commands make a project that loads everything, and later what has changed."""
    init, pip, run = re.findall(r"^\$ (.*)$", README.read_text(encoding="utf-8"), re.MULTILINE)
    *command, location = shlex.split(init)
    assert ["dlt", "init", "neon", "duckdb", "--location"] == command
    assert location.startswith("https://")
    assert "pip install -r requirements.txt" == pip

    project.run("-m", "dlt", "--non-interactive", *command[1:], str(repository))

    files = {str(path.relative_to(project.place)) for path in project.place.rglob("*")}
    assert {"neon/__init__.py", "neon/README.md", "neon_pipeline.py", "requirements.txt"} <= files
    requirements = (project.place / "requirements.txt").read_text(encoding="utf-8").split()
    assert ["dlt[duckdb]>=1.31", "neon-async[dlt]"] == requirements
    secrets = project.place / ".dlt" / "secrets.toml"
    text = secrets.read_text(encoding="utf-8")
    assert ["[sources.neon]", "org_id", "api_key"] == [
        line.split(" ")[0] for line in text.split("\n") if line
    ]

    emulator = Emulator(accounts=60, activities=12, seed=3)
    for secret in (emulator.org_id, emulator.api_key):
        text = text.replace("<configure me>", secret, 1)
    secrets.write_text(text, encoding="utf-8")
    program, script = shlex.split(run)
    assert "python" == program
    with running(emulator) as url:
        project.environment["NEON_BASE_URL"] = url
        output = project.run(script)
        assert (60, 12) == (project.count("accounts"), project.count("activities"))
        emulator.clock.advance(86_400)
        emulator.delete_account(emulator.account_ids()[0])
        output += project.run(script)

    assert 59 == project.count("accounts")
    assert 2 == output.count("1 load package(s) were loaded to destination duckdb")
    assert emulator.api_key not in output
