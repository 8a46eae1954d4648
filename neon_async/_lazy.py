"""Names that a package offers, and imports when they are first asked for."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def lazily(
    package: str, homes: Mapping[str, Iterable[str]]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return a package's `__getattr__`, which imports what is not there yet, and its `__dir__`.

    Whoever imports the package for one name does not wait for all others. To type checkers the
    names are imported as ever, under `if TYPE_CHECKING`; and the modules that they come from are
    attributes of the package, as modules are that were imported.

    Args:
        package: the package's name.
        homes: which of its modules has which names.
    """
    module = sys.modules[package]
    home_of = {name: home for home, names in homes.items() for name in names}

    def find(name: str) -> object:
        if name in homes:
            return importlib.import_module(f"{package}.{name}")
        if name not in home_of:
            problem = f"module {package!r} has no attribute {name!r}"
            raise AttributeError(problem, name=name, obj=module)
        value: object = getattr(importlib.import_module(f"{package}.{home_of[name]}"), name)
        # From now on it is found without this function.
        setattr(module, name, value)
        return value

    def list_names() -> list[str]:
        return sorted({*vars(module), *home_of})

    return find, list_names
