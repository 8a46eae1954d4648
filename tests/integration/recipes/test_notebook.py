"""The page's cells in a Jupyter kernel."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "synchronous.md"


@pytest.fixture
def kernel() -> Iterator[Any]:
    """Start a kernel of this Python, and yield what a notebook talks to it with."""
    pytest.importorskip("ipykernel", reason="ipykernel is not installed: nox -s recipes")
    manager = importlib.import_module("jupyter_client.manager")
    with manager.run_kernel() as client:
        yield client


def execute(kernel: Any, cell: str) -> dict[str, str]:
    """Execute a cell, and return what it writes to stdout and stderr."""
    output = {"stdout": "", "stderr": ""}

    def collect(message: dict[str, Any]) -> None:
        if message["msg_type"] == "stream":
            output[message["content"]["name"]] += message["content"]["text"]

    reply = kernel.execute_interactive(cell, timeout=60, output_hook=collect)
    assert "ok" == reply["content"]["status"], reply["content"]
    return output


def test_cells(kernel: Any) -> None:
    """They run one after the other, with `await` and without; only the latter warns."""
    section = PAGE.read_text(encoding="utf-8").partition("## Notebooks")[2].partition("\n## ")[0]
    first, plain, last = re.findall(r"^```python\n(.*?)^```", section, re.DOTALL | re.MULTILINE)
    (printed,) = re.findall(r"^```text\n(.*?)^```", section, re.DOTALL | re.MULTILINE)

    assert {"stdout": "", "stderr": ""} == execute(kernel, first)
    output = execute(kernel, plain)
    assert printed == output["stdout"]
    assert "event loop" in output["stderr"]
    assert {"stdout": "", "stderr": ""} == execute(kernel, last)
