"""Lazy imports: what a package offers, or lies above what calls it, imported on first use."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping


def lazily(package: str) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return a package's `__getattr__` and `__dir__` for the names that only type checkers import.

    Whoever imports the package for one name does not wait for all others. The names and their
    modules are read from the package's own `if TYPE_CHECKING` block when the first of them is
    asked for, so that they are written once. The modules themselves are attributes of the package
    as well, as modules are that were imported.
    """
    module = sys.modules[package]

    @functools.cache
    def homes() -> Mapping[str, str]:
        return dict(_deferred(ast.parse(inspect.getsource(module))))

    def find(name: str) -> object:
        if not name.startswith("__"):  # the interpreter asks for __path__, __wrapped__ and others
            inner = f"{package}.{name}"
            if any(f"{home}.".startswith(f"{inner}.") for home in homes().values()):
                return importlib.import_module(inner)
            if name in homes():
                value: object = getattr(importlib.import_module(homes()[name]), name)
                # From now on it is found without this function.
                setattr(module, name, value)
                return value
        message = f"module {package!r} has no attribute {name!r}"
        raise AttributeError(message, name=name, obj=module)

    def list_names() -> list[str]:
        return sorted({*vars(module), *homes()})

    return find, list_names


def pydantic_schema(model: type[object], generate: Callable[[object], object]) -> dict[str, Any]:
    """Return the core schema of a model: the hook by which pydantic reaches what knows the wire.

    That lies above the models, which therefore can't import it, and few programs have pydantic.
    """
    wire = importlib.import_module("neon_async._wire.pydantic")
    schema: dict[str, Any] = wire.core_schema(model, generate)
    return schema


def _deferred(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names of the `if TYPE_CHECKING` blocks, each with its module."""
    for statement in tree.body:
        if isinstance(statement, ast.If) and ast.unparse(statement.test) == "TYPE_CHECKING":
            for line in statement.body:
                if isinstance(line, ast.ImportFrom) and line.module:
                    yield from ((alias.name, line.module) for alias in line.names)
