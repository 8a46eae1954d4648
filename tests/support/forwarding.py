"""Watch which arguments arrive behind a function, to find options that are not handed on."""

from __future__ import annotations

import contextlib
import inspect
import re
import sys
from types import CodeType
from typing import TYPE_CHECKING

import attrs

from neon_async.operations import Effect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

PACKAGE = re.compile(r"/neon_async/|attrs generated")
ANYWHERE = re.compile("")
# What only checks an argument proves nothing.
_CHECKS = {"require_finite", "require_positive", "require_type", "check_store", "_require"}


def fresh(text: str) -> str:
    """Return an equal text that is another object than any literal."""
    return "".join(list(text))


def options_of(function: Callable[..., object]) -> list[str]:
    """Return the parameters that need not be given, or only by keyword."""
    return [
        name
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY or parameter.default is not parameter.empty
    ]


@attrs.define
class ArgumentWatch:
    """Collects the arguments of Python functions, but for those of the function itself.

    What only wraps the function, as a guard does, gets them before it, which proves nothing.
    """

    own: frozenset[CodeType]
    behind: re.Pattern[str] = PACKAGE
    seen: list[tuple[str, str, object]] = attrs.field(factory=list[tuple[str, str, object]])

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note a call, as `sys.setprofile` wants it."""
        code = frame.f_code
        if event != "call" or code in self.own or code.co_name in _CHECKS:
            return
        if not self.behind.search(code.co_filename):
            return
        count = code.co_argcount + code.co_kwonlyargcount
        count += bool(code.co_flags & inspect.CO_VARARGS) + bool(
            code.co_flags & inspect.CO_VARKEYWORDS
        )
        for name in code.co_varnames[:count]:
            self.seen.append((code.co_name, name, frame.f_locals.get(name)))

    def functions(self) -> set[str]:
        """Return the names of the functions that were called."""
        return {function for function, _, _ in self.seen}

    def named(self) -> list[tuple[str, object]]:
        """Return the arguments by their names."""
        return [(name, value) for _, name, value in self.seen]

    def arrived(self, keyword: str, value: object) -> bool:
        """Whether a function got the value: the very object, or a flag under the same name."""
        if isinstance(value, bool | Effect):
            return any(name == keyword and argument is value for name, argument in self.named())
        # Dictionaries are copied, so that nobody changes them meanwhile; numbers are counted up.
        if isinstance(value, dict | int | float):
            return any(argument == value for _, argument in self.named())
        return any(
            argument is value
            or (isinstance(argument, tuple) and any(item is value for item in argument))
            or (isinstance(argument, dict) and any(item is value for item in argument.values()))
            for _, argument in self.named()
        )


def _codes(function: Callable[..., object] | None) -> Iterator[CodeType]:
    """Return the code of a function and of all that wraps it."""
    while function is not None:
        yield function.__code__
        function = getattr(function, "__wrapped__", None)


@contextlib.contextmanager
def watching(
    function: Callable[..., object],
    behind: re.Pattern[str] = PACKAGE,
    *,
    caller: Callable[..., object] | None = None,
) -> Iterator[ArgumentWatch]:
    """Watch what is called in this thread until the end of the block.

    Args:
        function: what is called; its own arguments prove nothing.
        behind: matches the files whose functions count.
        caller: what calls it, which proves nothing either.
    """
    own = frozenset([*_codes(function), *(_codes(caller) if inspect.isfunction(caller) else ())])
    watch = ArgumentWatch(own, behind)
    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield watch
    finally:
        sys.setprofile(before)
