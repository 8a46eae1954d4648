"""The tests' own checks are reached: a loop that runs over nothing would pass for a success."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.sources import findings, nodes

TESTS = Path(__file__).parents[2]

Loop = ast.For | ast.AsyncFor | ast.While
Function = ast.FunctionDef | ast.AsyncFunctionDef
_SHAPING = {"enumerate", "range", "reversed", "share", "sorted", "zip", "pairwise", "product"}
_VIEWS = {"items", "keys", "values"}


def checks(node: ast.AST, loops: tuple[Loop, ...] = ()) -> Iterator[tuple[Loop, ...]]:
    """Yield for each check the loops that it stands in."""
    for child in ast.iter_child_nodes(node):
        if is_check(child):
            yield loops
        yield from checks(child, (*loops, child) if isinstance(child, Loop) else loops)


def is_check(node: ast.AST) -> bool:
    if isinstance(node, ast.Assert):
        return True
    called = node.func if isinstance(node, ast.Call) else None
    name = getattr(called, "attr", getattr(called, "id", ""))
    return name in {"raises", "warns", "fail"} or name.startswith(("assert_", "expect"))


def is_sure(loop: Loop, literals: set[str]) -> bool:
    """Whether a loop runs at least once, to its end."""
    if any(isinstance(node, ast.Break | ast.Continue | ast.Return) for node in ast.walk(loop)):
        return False
    return isinstance(loop, ast.For) and is_filled(loop.iter, literals)


def is_filled(node: ast.expr, literals: set[str]) -> bool:
    """Whether something that is iterated over is written down in the tests, and not computed."""
    match node:
        case ast.Tuple(elts=[_, *_]) | ast.List(elts=[_, *_]) | ast.Set() | ast.Dict(keys=[_, *_]):
            return True
        case ast.Constant(value=value):
            return bool(value)
        case ast.Name(id=name):
            return name.isupper() or name in literals
        case ast.Call(func=ast.Attribute(value=value, attr=attribute)) if attribute in _VIEWS:
            return is_filled(value, literals)
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args):
            shaped = args[:1] if name == "share" else args  # an empty share is refused
            return name in _SHAPING and all(is_filled(one, literals) for one in shaped)
        case _:
            return False


def literals(function: Function) -> set[str]:
    """Return the names that a function gives to what is written down in it."""
    found: set[str] = set()
    for node in ast.walk(function):
        if isinstance(node, ast.AnnAssign) and node.value and is_filled(node.value, set()):
            found.add(ast.unparse(node.target))
        if isinstance(node, ast.Assign) and is_filled(node.value, set()):
            found.update(map(ast.unparse, node.targets))
    return found


def unsure(path: Path) -> Iterator[str]:
    """Yield the tests whose checks all stand in loops that may not run."""
    for test in nodes(path):
        if isinstance(test, Function) and test.name.startswith("test_"):
            known = literals(test)
            found = [all(is_sure(loop, known) for loop in loops) for loops in checks(test)]
            if found and not any(found):
                yield test.name


def test_checks_are_reached() -> None:
    """A test whose checks all stand in loops says how often these ran, unless it can be seen."""
    assert [] == findings(TESTS.rglob("test_*.py"), unsure)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("for one in found: assert one", [False]),
        ("for one in (1, 2): assert one", [True]),
        ("for one in (): assert one", [False]),
        ("for one in NAMES.items(): assert one", [True]),
        ("for one in range(3): assert one", [True]),
        ("for one in range(0): assert one", [False]),
        ("for one in enumerate(found): assert one", [False]),
        ("for one in share(NAMES, turn): assert one", [True]),
        ("for one in share(found, 1): assert one", [False]),
        ("for one in (1, 2):\n  if one: break\n  assert one", [False]),
        ("while True: assert one", [False]),
        ("for one in (1, 2):\n  for two in one: assert two", [False]),
        ("names: list[int] = [1]\nfor one in names: assert one", [True]),
        ("names = compute()\nfor one in names: assert one", [False]),
        ("for one in found: assert one\nassert found", [False, True]),
        ("for one in found:\n  with pytest.raises(OSError): one()", [False]),
        ("expect_none(one)", [True]),
    ],
)
def test_unreached_checks_are_found(body: str, expected: list[bool]) -> None:
    """Loops are told from those that surely run."""
    function = ast.parse("def test():\n" + "".join(f"  {line}\n" for line in body.splitlines()))
    (test,) = (node for node in function.body if isinstance(node, Function))

    known = literals(test)
    assert expected == [all(is_sure(loop, known) for loop in loops) for loops in checks(test)]
