"""Names that are imported when they are first asked for."""

import ast
import importlib
import inspect
import operator
import subprocess
import sys
from pathlib import Path

import pytest

from neon_async._lazy import _deferred

PACKAGES = ["neon_async", "neon_async.operations"]

USES = [
    ("pass", "models _changes _writing _paging _pipeline.hooks _pipeline.notifier _wire.converter"),
    (
        "neon.send",
        "models _changes _writing _paging _pipeline.hooks _pipeline.notifier _wire.converter",
    ),
    ("neon.sync_accounts(account_ids=[1])", "_changes _writing _pipeline.hooks _pipeline.notifier"),
    (
        "neon.account_changes(datetime.now(UTC))",
        "_writing _changes.reconcile _pipeline.hooks _pipeline.notifier",
    ),
]

LOADED = """
import sys
from datetime import UTC, datetime
from neon_async import AsyncClient

neon = AsyncClient("fake-org", "fake-key")
{use}
print(*sys.modules)
"""


def imported(package: str) -> dict[str, str]:
    """What a package imports from itself, by name, as type checkers see it."""
    module = importlib.import_module(package)
    tree = ast.parse(Path(inspect.getfile(module)).read_text(encoding="utf-8"))
    return {
        alias.name: statement.module
        for statement in ast.walk(tree)
        if isinstance(statement, ast.ImportFrom) and statement.module
        if statement.module.startswith("neon_async")
        for alias in statement.names
        if alias.name != "lazily"
    }


@pytest.mark.parametrize("package", PACKAGES)
def test_every_name_is_what_type_checkers_take_it_for(package: str) -> None:
    """What is found at runtime is what the imports for type checkers say, and no more."""
    module = importlib.import_module(package)
    homes = imported(package)

    assert sorted(homes) == sorted(module.__all__)
    assert {name: getattr(importlib.import_module(home), name) for name, home in homes.items()} == {
        name: getattr(module, name) for name in homes
    }


def test_only_names_are_deferred() -> None:
    """Other statements of the blocks for type checkers define nothing that a package offers."""
    block = "if TYPE_CHECKING:\n    import ast\n    from .models import IdName\n"

    assert [("IdName", "models")] == list(_deferred(ast.parse(block)))


@pytest.mark.parametrize("package", PACKAGES)
def test_names_can_be_listed(package: str) -> None:
    """Interactive shells complete them, whether or not they are there yet."""
    module = importlib.import_module(package)

    assert set() == set(module.__all__) - set(dir(module))


def test_modules_are_attributes() -> None:
    """`neon_async.models` is there after `import neon_async`, as if it had been imported."""
    program = "import neon_async; print(neon_async.models.IdName, neon_async.operations.RawCall)"

    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)

    assert b"neon_async.models._references.IdName" in done.stdout


@pytest.mark.parametrize("name", ["InvalidRequestError", "Account", "ErrorCode"])
def test_import_waits_for_no_client(name: str) -> None:
    """A program that only names errors or models does not wait for httpx, or for the client."""
    program = f"import sys; from neon_async import {name}; print(*sys.modules)"

    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, text=True
    )

    assert {"httpx", "neon_async._client"}.isdisjoint(done.stdout.split())


@pytest.mark.parametrize("package", PACKAGES)
def test_unknown_name(package: str) -> None:
    """What a package does not offer is missing in the way that Python says it."""
    with pytest.raises(AttributeError, match=rf"^module '{package}' has no attribute 'Acount'"):
        operator.attrgetter("Acount")(importlib.import_module(package))


@pytest.mark.parametrize(("use", "unused"), USES, ids=[use for use, _ in USES])
def test_what_is_not_used_is_not_imported(use: str, unused: str) -> None:
    """A client without feeds, edits or hooks does not wait for their modules."""
    command = [sys.executable, "-c", LOADED.format(use=use)]
    done = subprocess.run(command, capture_output=True, check=True, text=True)

    loaded = set(done.stdout.split())
    assert [] == [part for part in unused.split() if f"neon_async.{part}" in loaded]
