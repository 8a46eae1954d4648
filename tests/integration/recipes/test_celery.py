"""The page's task on a real Celery worker, which forks its processes."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "synchronous.md"
EAGER = re.compile(r'broker="memory://".*\n.*task_always_eager.*\n')
SETTINGS = """broker="filesystem://", backend="file://{folder}/results")
app.conf.broker_transport_options = dict.fromkeys(
    ["data_folder_in", "data_folder_out", "control_folder"], "{folder}/messages"
)
"""
CALLER = "import tasks; print(tasks.last_name.delay(min(tasks.fake.account_ids())).get())"


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    """The page's program, with queues in a folder instead of its own memory."""
    section = PAGE.read_text(encoding="utf-8").partition("## Celery")[2]
    program = section.partition("```python\n")[2].partition("```")[0]
    program, replaced = EAGER.subn(SETTINGS.format(folder=tmp_path), program)
    assert 1 == replaced
    for name in ("messages", "results"):
        (tmp_path / name).mkdir()
    (tmp_path / "tasks.py").write_text(program, encoding="utf-8")
    return tmp_path / "tasks.py"


@pytest.fixture
def worker(tasks: Path) -> Iterator[Path]:
    """A worker of two processes, and its output."""
    command = [sys.executable, "-m", "celery", "-A", "tasks", "worker"]
    options = ["--pool=prefork", "--concurrency=2", "--without-gossip", "--without-mingle"]
    output = tasks.with_name("output")
    with (
        output.open("w") as file,
        subprocess.Popen(
            [*command, *options, "--loglevel=INFO"],
            cwd=tasks.parent,
            env=os.environ | {"C_FORCE_ROOT": "true"},
            stdout=file,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        yield output
        process.send_signal(signal.SIGQUIT)  # it need not wait for tasks


def test_forked_worker(tasks: Path, worker: Path) -> None:
    """A task that opens its own client works in a process that was forked."""
    done = subprocess.run(
        [sys.executable, "-c", CALLER],
        cwd=tasks.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert re.fullmatch(r"\w+\n", done.stdout), done.stderr + worker.read_text(encoding="utf-8")
    assert re.search(r"ForkPoolWorker-\d\] Task tasks.last_name.* succeeded", worker.read_text())
