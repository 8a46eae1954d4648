"""Emit events to hooks, whose errors never change a call."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import attrs

from neon_async._pipeline.hooks import (
    Hooks,
    OperationEvent,
    PageEvent,
    ReplyEvent,
    RequestEvent,
    ResultEvent,
    RetryEvent,
)
from neon_async._wire.spelling import expected
from neon_async.errors import APIError, HTTPStatusError, InvalidRequestError
from neon_async.models import ResultPage

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from neon_async.operations._base import Operation

    Method: TypeAlias = Callable[[Any], AbstractContextManager[object] | None]
    # A context manager that is entered, and the method that it came from.
    Opened: TypeAlias = list[tuple[Method, AbstractContextManager[object]]]

_logger = logging.getLogger("neon_async")

_OK: Final = 200
_EVENTS: Final = tuple(name for name in vars(Hooks) if name.startswith("on_"))


class HookNotifier:
    """All hooks of a client.

    A hook's error is logged and goes no further. That is for errors only: a cancellation, or an
    interrupt of the program, passes.
    """

    __slots__ = ("_failed", "_methods")

    def __init__(self, hooks: Iterable[Hooks]) -> None:
        """Find the methods that are overridden.

        Raises:
            InvalidRequestError: something is not a hook.
        """
        listening = [_checked(hook) for hook in hooks]
        self._methods = {name: _overridden(listening, name) for name in _EVENTS}
        self._failed: set[Method] = set()

    @classmethod
    def of(cls, hooks: Hooks | Iterable[Hooks]) -> HookNotifier | None:
        """Return the notifier of these hooks, or None when there are none.

        Raises:
            InvalidRequestError: something is not a hook.
        """
        several: list[Any] = [hooks]
        if isinstance(hooks, Iterable) and not isinstance(hooks, Hooks):
            several = [*hooks]
        return cls(several) if several else None

    def operation(self, operation: Operation[Any]) -> HookSpan:
        """Emit that a call begins, whose span emits how it ended."""
        about = _about(operation)
        opened = self.emit("on_operation", OperationEvent(**about))
        return HookSpan(self, "on_result", ResultEvent, about, opened)

    def request(self, operation: Operation[Any], attempt: int) -> HookSpan:
        """Emit that a request goes out, whose span emits how it ended."""
        about: dict[str, Any] = {**_about(operation), "attempt": attempt}
        opened = self.emit("on_request", RequestEvent(**about))
        return HookSpan(self, "on_reply", ReplyEvent, about, opened)

    def retry(self, operation: Operation[Any], error: BaseException, **figures: Any) -> None:
        """Emit that a call will be tried again after `error`."""
        name, code = type(error).__name__, _code(error)
        event = RetryEvent(**_about(operation), error=name, code=code, **figures)
        self.emit("on_retry", event)

    def page(self, operation: Operation[Any], reply: object) -> None:
        """Emit that a page has come, if the reply is one."""
        if not isinstance(reply, ResultPage):
            return
        info = reply.page
        event = PageEvent(
            **_about(operation),
            number=None if info is None else info.current_page,
            pages=None if info is None else info.total_page,
            records=len(reply.items),
            deleted=len(reply.deleted_ids),
            total=None if info is None else info.total_results,
        )
        self.emit("on_page", event)

    def emit(self, name: str, event: object) -> Opened:
        """Call the hooks, and enter the context managers that they return."""
        opened: Opened = []
        for method in self._methods[name]:
            try:
                context = method(event)
                if context is not None:
                    context.__enter__()
                    opened.append((method, context))
            except Exception as error:  # noqa: BLE001 - it is the hook's, and not the call's
                self._fail(method, error)
        return opened

    def leave(self, opened: Opened) -> None:
        """Leave the context managers, the last one first."""
        # Left in reverse, like nested `with` blocks: spans of tracers must not overlap.
        while opened:
            method, context = opened.pop()
            try:
                context.__exit__(None, None, None)
            except Exception as error:  # noqa: BLE001 - it is the hook's, and not the call's
                self._fail(method, error)

    def _fail(self, method: Method, error: Exception) -> None:
        """Log the first error of a hook's method, without its text: it may quote anything."""
        if method not in self._failed:
            self._failed.add(method)
            _logger.warning(
                "the hook %s failed with %s; calls continue, and this is logged once",
                getattr(method, "__qualname__", type(method).__name__),
                type(error).__name__,
            )


@attrs.define(eq=False)
class HookSpan:
    """A call or a request under way: its beginning was emitted, its end is not yet."""

    _notifier: HookNotifier
    _method: str
    _event: type[ResultEvent | ReplyEvent]
    _about: dict[str, Any]
    _opened: Opened = attrs.field(repr=False)
    _started: float = attrs.field(init=False, factory=time.perf_counter)

    def end(self, error: BaseException | None, **figures: int) -> None:
        """Emit how it ended, and leave the context managers of its beginning."""
        about: dict[str, Any] = {**self._about, **figures}
        if self._event is ReplyEvent:
            about["status"] = _status(error)
        seconds = time.perf_counter() - self._started
        event = self._event(**about, seconds=seconds, error=_class(error), code=_code(error))
        self._notifier.emit(self._method, event)
        self._notifier.leave(self._opened)


def _about(operation: Operation[Any]) -> dict[str, Any]:
    return {"operation": operation.name, "path": operation.path, "effect": operation.effect}


def _checked(hook: object) -> Hooks:
    if not isinstance(hook, Hooks):
        message = expected("an object of a subclass of Hooks", hook)
        raise InvalidRequestError(message, parameter="hooks")
    for name in _EVENTS:
        if inspect.iscoroutinefunction(getattr(hook, name)):
            raise InvalidRequestError(
                f"{name} must be a regular function, not a coroutine function", parameter="hooks"
            )
    return hook


def _overridden(hooks: list[Hooks], name: str) -> list[Method]:
    """Return the methods of this name, but for the ones that do nothing."""
    methods = [getattr(hook, name) for hook in hooks]
    # Methods that no hook overrides cost nothing on each call.
    nothing = getattr(Hooks, name)
    return [method for method in methods if getattr(method, "__func__", None) is not nothing]


def _class(error: BaseException | None) -> str | None:
    if error is None:
        return None
    # The event loops have names of their own for it, and a coroutine may outlive its loop.
    ended = isinstance(error, (Exception, KeyboardInterrupt, SystemExit))
    return type(error).__name__ if ended else "Cancelled"


def _code(error: BaseException | None) -> int | None:
    return error.code if isinstance(error, APIError) else None


def _status(error: BaseException | None) -> int | None:
    if isinstance(error, (HTTPStatusError, APIError)):
        return error.status
    return _OK if error is None else None
