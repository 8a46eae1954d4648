"""Source files as syntax trees, each read and parsed once in a run."""

import ast
import functools
from collections.abc import Callable, Iterable
from pathlib import Path


@functools.cache
def tree(path: Path) -> ast.Module:
    """Return the syntax tree of a file; it is shared, and must not be changed."""
    return ast.parse(path.read_text(encoding="utf-8"))


@functools.cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """Return every node of a file."""
    return tuple(ast.walk(tree(path)))


def findings(paths: Iterable[Path], check: Callable[[Path], Iterable[object]]) -> list[str]:
    """Return what a check finds, with its file before it; that there are files is checked too.

    One test for all files: a test for each of hundreds would take longer to set up than to run.
    """
    files = list(paths)
    assert files
    return [f"{path}: {finding}" for path in files for finding in check(path)]
