"""Documentation is executed: README and docstrings, against the emulator."""

import ast
import inspect
import re
import shlex
import textwrap
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import attrs
import pytest

import neon_async
from neon_async.cli._app import run
from neon_async.cli._child import emulator_process
from neon_async.cli._exit import Exit
from neon_async.emulator import Emulator

ROOT = Path(__file__).parent.parent
PACKAGE = Path(neon_async.__file__).parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
SOURCES = {f"neon_async/{path.relative_to(PACKAGE)}" for path in PACKAGE.rglob("*.py")}

Examples = list[tuple[str, str]]


def fenced(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


def docstring_examples() -> Examples:
    return [
        (f"{path.relative_to(PACKAGE)}:{number}", example)
        for path in sorted(PACKAGE.rglob("*.py"))
        for number, text in docstrings(path)
        for example in fenced(inspect.cleandoc(text), "python")
    ]


def docstrings(path: Path) -> Iterator[tuple[int, str]]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Module() | ast.ClassDef() | ast.FunctionDef() | ast.AsyncFunctionDef():
                yield getattr(node, "lineno", 1), ast.get_docstring(node) or ""
            case _:
                pass


PRINTED = ("500 accounts have a contact", "500 accounts, proven", "preferredName +- +Jen")


@pytest.mark.parametrize(
    ("example", "printed"), list(zip(fenced(README, "python"), PRINTED, strict=True))
)
def test_readme_programs(
    example: str,
    printed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Each program of the README runs as it stands, and does what the text around it says."""
    monkeypatch.chdir(tmp_path)

    exec(compile(example, "README.md", "exec"), {"__name__": "__main__"})  # noqa: S102 - our own

    assert re.search(printed, capsys.readouterr().out)


def test_readme_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The commands of the README do what it says, one after the other."""
    monkeypatch.chdir(tmp_path)
    lines = "".join(fenced(README, "console")).splitlines()
    commands = [shlex.split(line, comments=True)[1:] for line in lines if "$ neon-async" in line]
    [_, _, *options], [_, *pull] = commands
    assert options[-2:] == ["--port", "8100"]

    with emulator_process(*options[:-2]) as settings:
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        assert Exit.OK == run(pull)

    assert len((tmp_path / "accounts.ndjson").read_bytes().splitlines()) == 2_000


def test_readme_links() -> None:
    """Every file that the README links to is in the repository."""
    links = re.findall(r"\]\(([^)#:]+)\)", README)

    assert links
    # The package may be installed elsewhere.
    assert [] == [link for link in links if not (ROOT / link).exists() and link not in SOURCES]


@pytest.mark.parametrize(
    "example", [pytest.param(text, id=place) for place, text in docstring_examples()]
)
async def test_docstring_examples(
    example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each example in a docstring runs, with a client and an emulator at hand."""
    monkeypatch.chdir(tmp_path)
    emulator = Emulator(accounts=50, activities=50)
    # A method that neither the emulator nor an operation class knows.
    households = b'{"listHouseHoldsResponse": {"operationResult": "SUCCESS"}}'
    emulator.fail_next(method="listHouseHolds", body=households)
    names: dict[str, Any] = {
        **vars(neon_async),
        "AsyncClient": lambda **_: emulator.client(),
        "attrs": attrs,
        "emulator": emulator,
        "last_week": datetime(2014, 1, 1, tzinfo=UTC),
    }
    # The account of the reference page's example is not in the emulator.
    body = textwrap.indent(example.replace("123814", "10001"), "    ")
    exec(compile(f"async def example():\n{body}", "docstring", "exec"), names)  # noqa: S102
    run_example: Callable[[], Awaitable[None]] = names["example"]

    async with emulator.client() as names["neon"]:
        await run_example()
