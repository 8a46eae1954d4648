"""The API reference lists what there is, the most important first."""

import re
import tomllib
from pathlib import Path

from neon_async import AsyncClient, errors

ROOT = Path(__file__).parents[3]


def test_reference_has_every_method_of_the_client() -> None:
    """The page of the client names each public method and attribute once, pulls first."""
    page = (ROOT / "docs" / "api" / "client.md").read_text(encoding="utf-8")
    listed = re.findall(r"^ +- (\w+)$", page, flags=re.MULTILINE)

    assert sorted(name for name in dir(AsyncClient) if not name.startswith("_")) == sorted(listed)
    assert ["sync_accounts", "sync_activities"] == listed[:2]


def test_reference_has_every_error() -> None:
    """The page of errors names each class of the tree once, the base first."""
    page = (ROOT / "docs" / "api" / "errors.md").read_text(encoding="utf-8")
    listed = re.findall(r"^ +- (\w+)$", page, flags=re.MULTILINE)

    assert sorted(errors.__all__) == sorted(listed)
    assert "NeonError" == listed[0]


def test_readme_installs_what_its_first_program_needs() -> None:
    """The README's first command installs the checkout with the emulator, before any program."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, _ = readme.partition("```python")
    (extras,) = re.findall(r"pip install '\.\[(\w+)\]'", before)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    (everything,) = project["optional-dependencies"]["all"]
    assert "all" == extras
    assert "emulator" in everything
