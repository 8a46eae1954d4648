"""Reproducible choices: the same seed and id always give the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

_MASK = (1 << 64) - 1


def _mixed(state: int) -> int:
    """Return 64 well mixed bits (the output function of SplitMix64)."""
    mixed = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & _MASK
    return mixed ^ (mixed >> 31)


class SeededRandom:
    """A random generator of 192 bits that depend on a seed, an id and a purpose."""

    __slots__ = ("_rest",)

    def __init__(self, seed: int, number: int, purpose: int) -> None:
        state = (seed * 0xD1342543DE82EF95 + number * 0x9E3779B97F4A7C15 + purpose) & _MASK
        first = _mixed(state)
        second = _mixed(first ^ 0xA0761D6478BD642F)
        self._rest = first | second << 64 | _mixed(second ^ state) << 128

    def below(self, count: int) -> int:
        """Return a number from 0 up to, but not including, `count`."""
        self._rest, chosen = divmod(self._rest, count)
        return chosen

    def pick(self, options: Sequence[T]) -> T:
        return options[self.below(len(options))]

    def once_in(self, count: int) -> bool:
        """Return True once in `count` times."""
        return self.below(count) == 0
