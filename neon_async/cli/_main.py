"""Entry point of the command `neon-async`."""

import sys

from neon_async.cli import _streams


def main() -> None:
    """Run `neon-async` with the arguments of this process, and exit with its code."""
    _streams.prepare()
    try:
        from neon_async.cli._app import run  # noqa: PLC0415 - the library does without the extra
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing not in {"cyclopts", "rich"}:
            raise
        sys.exit(f"{missing} is missing: python -m pip install 'neon-async[cli]'")
    sys.exit(run(sys.argv[1:]))
