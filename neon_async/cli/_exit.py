"""Exit codes, and which error ends in which of them."""

import enum
import os
import sys

from neon_async.errors import InvalidRequestError, LossyReadError, NeonError


class Exit(enum.IntEnum):
    """The exit codes of `neon-async`, as `--help` documents them."""

    OK = 0
    FAILED = 1
    USAGE = 2
    UNPROVEN = 3
    INTERRUPTED = 130
    OUTPUT_CLOSED = 141


HELP = """\
Exit codes: 0 all done; 1 NeonCRM, the network or a file failed; 2 wrong usage, refused before
anything was changed; 3 a sync came to its end, but can't prove that nothing is missing; 130
interrupted by Ctrl-C; 141 the reader of the output went away."""


def exit_code(error: BaseException) -> Exit:
    """Say on stderr what happened, and return the exit code for it.

    Raises:
        BaseException: the error itself, when it is not one that a user can do something about.
    """
    match error:
        case KeyboardInterrupt():
            code = Exit.INTERRUPTED
        case BrokenPipeError():
            # The interpreter flushes stdout once more at its end, and would complain.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return Exit.OUTPUT_CLOSED
        case InvalidRequestError():
            code = Exit.USAGE
        case NeonError() | OSError():
            code = Exit.FAILED
        case BaseExceptionGroup(exceptions=(first, *_)):
            return exit_code(first)
        case _:
            raise error
    said = "interrupted" if code is Exit.INTERRUPTED else error
    notes: list[str] = [*getattr(error, "__notes__", ())]
    if isinstance(error, LossyReadError):
        options = " ".join(f"--accept-loss {path}" for path in error.paths)
        notes.append(f"to give it up all the same: {options}")
    sys.stderr.write("\n".join([f"neon-async: {said}", *notes, ""]))
    return code
