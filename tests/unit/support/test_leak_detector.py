"""The leak detector is able to fail: it finds leaks that were planted, and nothing else."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import attrs
import pytest

from tests.support.leak_detector import Leak, LeakDetector, allowed

TESTS = Path(__file__).parents[2]
_TEST = r"test_(leak|fine)_(\w+)"


@pytest.mark.shows("e-mail", "output", reason="the planted tests print one")
def test_planted_leaks_are_found() -> None:
    """Each planted leak fails its test, which passes by itself, and nothing else fails."""
    planted = re.findall(
        f"def {_TEST}", (TESTS / "support" / "leak_detector_cases.py").read_text(encoding="utf-8")
    )
    options = ["-p", "no:cacheprovider", "-rA", "-k", "not trio"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "tests/support/leak_detector_cases.py"],
        cwd=TESTS.parent,
        stdout=subprocess.PIPE,
        check=False,
        text=True,
    )

    said = re.findall(rf"^(PASSED|ERROR|FAILED) \S+::{_TEST}", done.stdout, re.MULTILINE)
    passed = {("PASSED", *test) for test in planted}
    failed = {("ERROR", kind, name) for kind, name in planted if kind == "leak"}
    assert len(failed) > 10
    assert passed | failed == set(said)


@attrs.frozen
class Item:
    """As much of a test as its markers."""

    marker: pytest.Mark

    def iter_markers(self, _name: str) -> list[pytest.Mark]:
        return [self.marker]


def purpose(mark: pytest.MarkDecorator) -> set[tuple[str, str]]:
    item: Any = Item(mark.mark)
    return allowed(item)


@pytest.mark.parametrize(
    "mark",
    [
        pytest.mark.shows("donor", "output", reason="x"),
        pytest.mark.shows("e-mail", "everywhere", reason="x"),
        pytest.mark.shows("e-mail", "output", reason=" "),
    ],
    ids=["what", "where", "reason"],
)
def test_exceptions_are_explicit(mark: pytest.MarkDecorator) -> None:
    """Who shows something says what, where and why, and nothing else is accepted."""
    assert {("secret", "log")} == purpose(pytest.mark.shows("secret", "log", reason="x"))

    with pytest.raises(pytest.UsageError):
        purpose(mark)


def test_much_is_searched_on_the_way() -> None:
    """What is shown is searched before it fills the memory, and each leak is told once."""
    leak_detector = LeakDetector()
    leak_detector.protect("canary-in-much", "short")

    for _ in range(30):
        leak_detector.look("log", "short canary-in-much " + "x" * 100_000)

    assert len(leak_detector.leaks) == 1
    assert [Leak("secret", "log", "short canary-in-much " + "x" * 85)] == leak_detector.search()
