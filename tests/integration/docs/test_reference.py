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


def test_readme_installs_what_its_programs_need() -> None:
    """The README's lines install the checkout with the commands and the emulator, and first."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    before, _, _ = readme.partition("```python")
    installed = re.findall(r'(?:install|--from) "\.\[([\w,]+)\]"', readme)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

    assert 3 == len(installed)
    assert f'pip install ".[{installed[0]}]"' in before
    for extras in installed:
        assert (
            {"cli", "emulator"} <= set(extras.split(",")) <= set(project["optional-dependencies"])
        )
