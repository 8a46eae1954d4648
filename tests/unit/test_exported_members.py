"""The public surface: listed, sorted, importable and explained."""

import importlib
import inspect
from types import ModuleType

import pytest

import neon_async
from neon_async import errors

PUBLIC = [
    importlib.import_module(f"neon_async{name}")
    for name in (
        *("", ".blocking", ".cli", ".emulator", ".errors", ".models", ".operations", ".otel"),
        *(".testing", ".warehouse.dask", ".warehouse.dlt"),
    )
]


def sort_key(name: str) -> tuple[int, str]:
    """Constants, classes, functions: the order in which ruff keeps `__all__`."""
    return (0 if name.isupper() else 1 if name[0].isupper() else 2), name


def explained(thing: object) -> bool:
    return bool((inspect.getdoc(thing) or "").strip())


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_all_is_sorted_and_exists(module: ModuleType) -> None:
    """`__all__` has no gaps and no doubles, and each name in it can be imported."""
    names: list[str] = module.__all__

    assert sorted(set(names), key=sort_key) == names
    assert [] == [name for name in names if not hasattr(module, name)]


def test_every_error_is_public() -> None:
    """Every exception of the tree can be caught by a name from `neon_async`."""
    assert set() == set(errors.__all__) - set(neon_async.__all__)


@pytest.mark.parametrize("module", PUBLIC, ids=lambda module: module.__name__)
def test_public_names_are_explained(module: ModuleType) -> None:
    """Each public class and function, and each public method, has a docstring."""
    things = {name: getattr(module, name) for name in module.__all__}
    described = {
        name: thing
        for name, thing in things.items()
        if inspect.isclass(thing) or inspect.isroutine(thing)
    }
    methods = {
        f"{name}.{attribute}": value
        for name, thing in described.items()
        if inspect.isclass(thing)
        for attribute, value in vars(thing).items()
        if not attribute.startswith("_")
        and (inspect.isroutine(value) or isinstance(value, property))
    }

    assert [] == [name for name, thing in {**described, **methods}.items() if not explained(thing)]
