"""Documentation is executed: README, pages and docstrings, against the emulator."""

import ast
import contextlib
import importlib
import inspect
import os
import re
import sqlite3
import subprocess
import sys
import textwrap
import tomllib
from collections.abc import Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any

import attrs
import pytest
from fastapi import Depends, FastAPI

import neon_async
import neon_async.fastapi
from neon_async import blocking
from neon_async.emulator import Emulator, running
from tests.support.application_server import serving
from tests.support.newcomer import Newcomer, steps
from tests.support.sources import nodes
from tests.support.user_projects import run_pytest

ROOT = Path(__file__).parents[3]
PACKAGE = Path(neon_async.__file__).parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SOURCES = {f"neon_async/{path.relative_to(PACKAGE)}" for path in PACKAGE.rglob("*.py")}

Examples = list[tuple[str, str]]

# What a program prints may stand right below it.
PROGRAM = re.compile(
    r"^```python\n(.*?)^```(?:\n\n```text\n(.*?)^```)?", flags=re.DOTALL | re.MULTILINE
)


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


# All others are pieces of a coroutine.
DOCSTRINGS = {"blocking": "synchronous", "dask": "engine", "dlt": "engine"}


def docstring_examples(kind: str) -> Examples:
    return [
        (f"{path.relative_to(PACKAGE)}:{number}", example)
        for path in sorted(PACKAGE.rglob("*.py"))
        if kind == DOCSTRINGS.get(path.parent.name, "coroutine")
        if "```python" in path.read_text(encoding="utf-8")
        for number, text in docstrings(path)
        for example in fenced(inspect.cleandoc(text), "python")
    ]


def page_examples(kind: str) -> list[Any]:
    """The Python of all pages that is of one kind, each with what it prints."""
    return [
        pytest.param(
            found[1], found[2] or "", id=f"{page.name}:{text[: found.start()].count(chr(10))}"
        )
        for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
        for text in [page.read_text(encoding="utf-8")]
        for found in PROGRAM.finditer(text)
        if kind_of(found[1]) == kind
    ]


def kind_of(example: str) -> str:
    """Tell what has to be there for an example to run."""
    if "def test_" in example:
        return "tests"
    if "FastAPI(" in example:
        return "application"
    if re.search("^(from|import) (celery|django|distributed|dlt)", example, flags=re.MULTILINE):
        return "framework"
    try:
        compile(example, "docs", "exec")
    except SyntaxError:
        return "fragment"
    return "program"


def execute(program: str, **names: Any) -> dict[str, Any]:
    exec(compile(program, "documentation", "exec"), names)  # noqa: S102 - our own
    return names


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    for node in nodes(path):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""
            case _:
                pass


@pytest.mark.shows("e-mail", "output", reason="a search's records are what was asked for")
def test_newcomer_gets_to_the_end(tmp_path: Path) -> None:
    """The README works from top to bottom, each program and command in a process of its own."""
    # `nox -s build` does the same after the README's own lines to install, in new environments.
    newcomer = Newcomer(tmp_path, sys.executable, ROOT)
    newcomer.follow(README, install=False)

    texts = [step.text for step in steps(README)]
    assert texts[0].startswith("python -m pip install")
    assert 2 == newcomer.done.count("program.py")
    assert 6 == len([command for command in newcomer.done if command.startswith("neon-async")])
    assert 2 == len([text for text in texts if text.startswith(("pipx install", "uvx --from"))])
    assert 2_001 <= len((tmp_path / "accounts.csv").read_bytes().splitlines())
    assert (tmp_path / "copy.db").exists()


def test_readme_is_two_screens() -> None:
    """It has 140 lines at most; programmers come first, and then people with a spreadsheet."""
    first, second, *_ = README.split("\n## Without writing code\n")

    assert len(README.splitlines()) <= 140
    assert len(first.splitlines()) < 90
    assert "python -m pip install" in first
    assert first.index("## Install") < first.index("```console") < first.index("```python")
    assert "API key" in second
    assert second.index("API key") < second.index("## Four promises")
    assert 1 == README.count("Windows")


def test_readme_links() -> None:
    """Every file that the README links to is in the repository."""
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert links
    # The package may be installed elsewhere.
    assert [] == [link for link in links if not (ROOT / link).exists() and link not in SOURCES]


def test_readme_badges() -> None:
    """The badges say what the package's metadata say."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = re.findall(r"Python :: (3\.\d+)", "\n".join(project["classifiers"]))
    said = {
        path.stem: re.findall(r"<title>(.*)</title>", path.read_text(encoding="utf-8"))
        for path in (ROOT / "docs" / "pictures").glob("*.svg")
    }

    assert [f"Python: {versions[0]} – {versions[-1]}"] == said["python"]
    # The package's own licence comes first, before those of what comes with it.
    assert [f"licence: {project['license'].split(' AND ')[0]}"] == said["licence"]
    assert "Typing :: Typed" in project["classifiers"]
    assert ["typed: mypy, pyright strict"] == said["typed"]


@pytest.mark.parametrize("path", sorted((ROOT / "docs").rglob("*.svg")), ids=lambda path: path.name)
def test_pictures_load_nothing(path: Path) -> None:
    """A picture brings all that it shows: no font, style or image of another host."""
    text = path.read_text(encoding="utf-8")

    assert [] == re.findall(r"@import|@font-face|<image|href=|url\((?!#)", text)


@pytest.mark.parametrize(("example", "printed"), page_examples("program"))
def test_page_programs(
    example: str,
    printed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each program of the README and of a page runs as it stands, and prints what stands below."""
    monkeypatch.chdir(tmp_path)

    execute(example, __name__="__main__")

    assert printed == capsys.readouterr().out


@pytest.mark.parametrize(("example", "printed"), page_examples("framework"))
def test_page_programs_of_frameworks(example: str, printed: str, tmp_path: Path) -> None:
    """A program that sets up a framework, which can be done once in a process, runs in its own."""
    program = tmp_path / "program.py"
    program.write_text(example, encoding="utf-8")
    command = [sys.executable, str(program)]
    environment = os.environ | {"RUNTIME__DLTHUB_TELEMETRY": "false"}

    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (printed, 0) == (done.stdout, done.returncode), done.stderr


@pytest.mark.parametrize(("example", "printed"), page_examples("application"))
async def test_page_applications(
    example: str, printed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each application of a page starts, and answers whatever can be got from it."""
    since = {"since": "2014-01-01T00:00:00Z"}
    emulator = Emulator(accounts=50, org_id="example", api_key="not-a-real-key")
    with emulator, running(emulator) as url:
        settings = {
            "NEON_BASE_URL": url,
            "NEON_ORG_ID": "example",
            "NEON_API_KEY": "not-a-real-key",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        names = execute(example, __name__="application")
        async with serving(names["app"]) as browser:
            browser.headers["Authorization"] = f"Bearer {names.get('TOKEN')}"
            document = (await browser.get("/openapi.json")).json()
            paths = [path for path, methods in document["paths"].items() if "get" in methods]
            urls = [path.format(account_id=10_001) for path in paths]
            replies = [await browser.get(url, params=since) for url in urls]

    assert document["paths"]
    assert "" == printed
    assert [] == [reply.url.path for reply in replies if reply.status_code != HTTPStatus.OK]


@pytest.mark.parametrize(("example", "printed"), page_examples("tests"))
def test_page_tests(example: str, printed: str, tmp_path: Path) -> None:
    """The test modules to copy pass, on every event loop that the tests' plugin knows of."""
    outcome = run_pytest(tmp_path, example)

    assert "" == printed
    assert {"passed"} == outcome.counts.keys(), outcome.text


@pytest.mark.parametrize(("example", "printed"), page_examples("fragment"))
async def test_page_fragments(
    example: str, printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each piece of a coroutine runs, with a client and an emulator at hand."""
    monkeypatch.chdir(tmp_path)

    assert "" == printed
    await run_fragment(example)


@pytest.mark.parametrize(
    "example", [pytest.param(text, id=place) for place, text in docstring_examples("coroutine")]
)
async def test_docstring_examples(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example in a docstring runs, with a client and an emulator at hand."""
    monkeypatch.chdir(tmp_path)

    # The account of the reference page's example is not in the emulator.
    await run_fragment(example.replace("123814", "10001"))


@pytest.mark.parametrize(
    "example",
    [pytest.param(text, id=place) for place, text in docstring_examples("synchronous")],
)
def test_synchronous_docstring_examples(example: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each example for synchronous code runs, with a client and an emulator at hand."""
    emulator = Emulator(accounts=50, activities=50)
    at_hand = {
        "blocking": blocking,
        "connect": emulator.client,
        "last_week": datetime(2014, 1, 1, tzinfo=UTC),
        "text": None,
    }

    with emulator, running(emulator) as url, blocking.client(emulator.client) as neon:
        monkeypatch.setenv("NEON_BASE_URL", url)
        monkeypatch.setenv("NEON_ORG_ID", emulator.org_id)
        monkeypatch.setenv("NEON_API_KEY", emulator.api_key)
        execute(example.replace("10004", "10001"), neon=neon, **at_hand)


def accounts_database(folder: Path) -> Callable[[], Any]:
    """Return a function that opens a database with a table of accounts."""

    def open_database() -> Any:
        database = sqlite3.connect(folder / "copy.db")
        database.execute("CREATE TABLE IF NOT EXISTS accounts (org, id)")
        return contextlib.closing(database)

    return open_database


@pytest.mark.parametrize(
    "example", [pytest.param(text, id=place) for place, text in docstring_examples("engine")]
)
def test_docstring_examples_of_engines(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example for dlt and Dask runs, with an emulator and a cluster in this process."""
    distributed, dlt = map(importlib.import_module, ("distributed", "dlt"))
    dask = importlib.import_module("neon_async.warehouse.dask")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", "false")
    api_key = "not-a-real-key"
    with (
        Emulator(50, activities=50, org_id="example", api_key=api_key) as emulator,
        running(emulator) as url,
        distributed.Client(processes=False, dashboard_address=None) as client,
    ):
        monkeypatch.setenv("NEON_BASE_URL", url)
        monkeypatch.setenv("NEON_ORG_ID", emulator.org_id)
        monkeypatch.setenv("NEON_API_KEY", api_key)
        at_hand = {
            "Account": neon_async.Account,
            "Change": neon_async.Change,
            "Sequence": Sequence,
            "connect": lambda *_: neon_async.AsyncClient(),
            "distributed": distributed,
            "dlt": dlt,
            "last_year": datetime(2014, 1, 1, tzinfo=UTC),
            "open_database": accounts_database(tmp_path),
            "org_ids": [emulator.org_id],
            "read_accounts": dask.read_accounts,
            "read_key": lambda _: api_key,
            "source": importlib.import_module("neon_async.warehouse.dlt").source,
            "sync_all": dask.sync_all,
            "write": lambda *_: None,
        }
        scheduler = client.scheduler.address
        execute(example.replace("tcp://scheduler:8786", scheduler), **at_hand)


async def run_fragment(example: str) -> None:
    emulator = Emulator(accounts=50, activities=50)
    # A method that neither the emulator nor an operation class knows.
    households = b'{"listHouseHoldsResponse": {"operationResult": "SUCCESS"}}'
    emulator.fail_next(method="listHouseHolds", body=households)
    body = textwrap.indent(example, "    ")
    at_hand: dict[str, Any] = {
        **{name: getattr(neon_async, name) for name in neon_async.__all__},
        **vars(neon_async.fastapi),
        "Annotated": Annotated,
        "AsyncClient": lambda **_: emulator.client(),
        "Depends": Depends,
        "FastAPI": FastAPI,
        "attrs": attrs,
        "connect": emulator.client,
        "emulator": emulator,
        "last_week": datetime(2014, 1, 1, tzinfo=UTC),
    }
    names = execute(f"async def example():\n{body}", **at_hand)
    run_example: Callable[[], Awaitable[None]] = names["example"]

    async with emulator.client() as names["neon"]:
        await run_example()
