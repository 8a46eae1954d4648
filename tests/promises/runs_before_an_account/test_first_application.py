"""What a newcomer copies from the page, in a process of its own as uvicorn's command starts it."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import httpx

from neon_async.emulator import Emulator, running

PAGE = Path(__file__).parents[3] / "docs" / "fastapi.md"


def test_first_application_streams_accounts(tmp_path: Path) -> None:
    """The first application of the page has less than ten statements, and streams all accounts."""
    page = PAGE.read_text(encoding="utf-8")
    code = page.partition("```python\n")[2].partition("```")[0]
    uvicorn = re.findall(r"^\$ (uvicorn .*)", page, flags=re.MULTILINE)[0].split()
    path = re.findall(r"^\$ curl 'http://127.0.0.1:8000(/.*)'", page, flags=re.MULTILINE)[0]
    assert "FastAPI(" in code
    assert sum(isinstance(node, ast.stmt) for node in ast.walk(ast.parse(code))) < 10
    (tmp_path / "app.py").write_text(code)

    with Emulator(accounts=450) as emulator, running(emulator) as url:
        who = {"NEON_ORG_ID": emulator.org_id, "NEON_API_KEY": emulator.api_key}
        with subprocess.Popen(
            [sys.executable, "-m", *uvicorn, "--port=0"],
            cwd=tmp_path,
            env={**os.environ, **who, "NEON_BASE_URL": url},
            stderr=subprocess.PIPE,
            text=True,
        ) as server:
            try:
                assert server.stderr is not None
                told = (re.search(r"http://127.0.0.1:\d+", line) for line in server.stderr)
                origin = next(filter(None, told))[0]
                reply = httpx.get(f"{origin}{path}")
            finally:
                server.terminate()

    assert 450 + 1 == len(reply.text.splitlines())  # the last line says that it is the end
