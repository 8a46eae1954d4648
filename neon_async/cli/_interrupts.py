"""Signals that end a command, as an exception that lets it finish what it has begun."""

import contextlib
import signal
import threading
from collections.abc import Callable, Generator
from types import FrameType
from typing import TypeAlias

Handler: TypeAlias = Callable[[int, FrameType | None], None]

# SIGHUP comes when a terminal is closed; Windows has none.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_ENDING = [signal.Signals[name] for name in _NAMES if name in signal.Signals.__members__]


class Interrupted(KeyboardInterrupt):
    """A signal has asked the command to end.

    Attributes:
        number: the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number: signal.Signals = signal.Signals(number)


@contextlib.contextmanager
def interruptible() -> Generator[None]:
    """Raise `Interrupted` on each signal that would end the process.

    The first process of a container needs this, too: the kernel ignores there what has no handler.
    """
    with replaced_handlers(signal.SIG_DFL, signal.default_int_handler, by=interrupt):
        yield


def interrupt(number: int, _: FrameType | None) -> None:
    """Raise `Interrupted`, as a handler of signals."""
    raise Interrupted(number)


@contextlib.contextmanager
def replaced_handlers(*handlers: object, by: Handler) -> Generator[None]:
    """Replace handlers of signals, except those that are switched off, as with nohup."""
    changed: dict[signal.Signals, Handler | int | None] = {}
    if threading.current_thread() is threading.main_thread():
        changed = {number: signal.getsignal(number) for number in _ENDING}
        changed = {number: was for number, was in changed.items() if was in handlers}
    try:
        for number in changed:
            signal.signal(number, by)
        yield
    finally:
        for number, was in changed.items():
            signal.signal(number, was)
