"""The command `neon-async`; what it needs comes with the extra `cli`."""

import sys

__all__ = ["main"]


def main() -> None:
    """Run `neon-async` with the arguments of this process, and exit with its code."""
    try:
        from neon_async.cli._app import run  # noqa: PLC0415 - the library does without the extra
    except ModuleNotFoundError as error:
        if error.name not in {"cyclopts", "rich"}:
            raise
        sys.exit(f"{error.name} is missing: python -m pip install 'neon-async[cli]'")
    sys.exit(run(sys.argv[1:]))
