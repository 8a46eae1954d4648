"""An async generator that may be abandoned."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from types import TracebackType

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


def thrown(
    typ: Any,  # noqa: ANN401 - a class or an exception
    val: object,
    tb: TracebackType | None,
) -> BaseException:
    """Return the exception that the arguments of `throw` or `athrow` stand for.

    A generator takes an exception, a class, or a class and its argument, each with a traceback:
    https://docs.python.org/3/reference/expressions.html#generator.throw
    """
    exceptions = (value for value in (typ, val) if isinstance(value, BaseException))
    error: BaseException = next(exceptions, None) or (typ() if val is None else typ(val))
    return error.with_traceback(tb) if tb else error


class AbandonableGenerator(AsyncGenerator[T_co, None]):
    """A plain async generator, kept away from the event loop's finalizer.

    It holds no task group, cancel scope or connection while it is suspended, so one that is
    left by `break` needs no clean-up: it is just collected. Event loops can't know that, and
    trio's warns of every abandoned generator.
    """

    def __init__(self, generator: AsyncGenerator[T_co, None]) -> None:
        """Wrap a generator that has not started."""
        self._generator = generator

    def __anext__(self) -> Coroutine[Any, Any, T_co]:
        return self._unhooked(self._generator.__anext__)

    def asend(self, value: None, /) -> Coroutine[Any, Any, T_co]:
        return self._unhooked(self._generator.asend, value)

    def athrow(
        self,
        typ: Any,  # noqa: ANN401 - the three forms of generator.throw
        val: object = None,
        tb: TracebackType | None = None,
        /,
    ) -> Coroutine[Any, Any, T_co]:
        """Raise an exception where the generator is suspended."""
        return self._unhooked(self._generator.athrow, thrown(typ, val, tb))

    def aclose(self) -> Coroutine[Any, Any, None]:
        return self._unhooked(self._generator.aclose)

    @staticmethod
    def _unhooked(
        method: Callable[..., Coroutine[Any, Any, T]], *args: Any
    ) -> Coroutine[Any, Any, T]:
        # A generator registers with the event loop at its first step, whatever that is (PEP 525).
        hooks = sys.get_asyncgen_hooks()
        sys.set_asyncgen_hooks(None, None)
        try:
            return method(*args)
        finally:
            sys.set_asyncgen_hooks(*hooks)
