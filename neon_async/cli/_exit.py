"""The exit code that each error leads to, and what is printed about it."""

import shlex
import signal
from collections.abc import Iterable

from neon_async.cli._exit_codes import Exit
from neon_async.cli._interrupts import Interrupted
from neon_async.cli._messages import describe
from neon_async.cli._not_found import NoSuchRecordError
from neon_async.cli._paths import CONSENT, clearing
from neon_async.cli._streams import STDOUT, message
from neon_async.errors import InvalidRequestError, LossyReadError, NeonError, NotFoundError

_PLACES = "neon_async: "


_SIGNALS = {
    signal.SIGINT: (Exit.INTERRUPTED, "interrupted"),
    signal.SIGTERM: (Exit.TERMINATED, "terminated"),
}
_HUNG_UP = (Exit.HUNG_UP, "the terminal was closed")


def exit_code(error: BaseException) -> Exit:
    """Print the error to stderr, and return its exit code.

    Raises:
        BaseException: the error itself, when it is not one that a user can do something about.
    """
    match error:
        case Interrupted():
            code, text = _SIGNALS.get(error.number, _HUNG_UP)
        case KeyboardInterrupt():
            code, text = _SIGNALS[signal.SIGINT]
        case BrokenPipeError():
            return Exit.OUTPUT_CLOSED
        case InvalidRequestError():
            code, text = Exit.USAGE, describe(error)
        case NoSuchRecordError() | NotFoundError():
            code, text = Exit.NOT_FOUND, describe(error)
        case NeonError() | OSError():
            code, text = Exit.FAILED, describe(error)
        # Task groups wrap what a task raised; the first error is the one that ended the rest.
        case BaseExceptionGroup(exceptions=(first, *_)):
            return exit_code(first)
        case _:
            raise error
    # The places inside the package are for reports of bugs, and those come with a traceback.
    noted = (note for note in getattr(error, "__notes__", ()) if not note.startswith(_PLACES))
    notes = [*noted, *_advice(error)]
    message("\n".join([f"neon-async: {text}", *notes, ""]))
    return code


def _advice(error: BaseException) -> list[str]:
    """Return lines about the options that help."""
    match error:
        case LossyReadError(paths=paths):
            return undecided_advice(paths)
        case OSError(filename=name) if name == STDOUT and not hasattr(error, "__notes__"):
            return ["redirect it to a place with room, and run the command again"]
        case InvalidRequestError(deletions=(_, *_) as names):
            options = dict.fromkeys(f"--clear {shlex.quote(clearing(name))}" for name in names)
            return [f"to delete it: {' '.join(options)}"]
        case _:
            return []


def undecided_advice(
    paths: Iterable[str], *, how: str = "--set {}=GIVEN (or DECLINED),"
) -> list[str]:
    """Return lines about the options that decide what is still undecided.

    Args:
        paths: what is undecided.
        how: how a command takes a decision about a consent.
    """
    lost = [path for path in paths if not path.startswith(CONSENT)]
    consents = [path for path in paths if path.startswith(CONSENT)]
    notes: list[str] = []
    if lost:
        options = " ".join(f"--accept-loss {shlex.quote(path)}" for path in lost)
        notes.append(f"to write anyway and lose it: {options}")
    if consents:
        names = ", ".join(path.removeprefix(f"{CONSENT}.") for path in consents)
        notes += [
            f"v1 does not return consents, and would reset {names}",
            f"to decide: {how.format(consents[0])} --reset-consents for the rest",
        ]
    return notes
