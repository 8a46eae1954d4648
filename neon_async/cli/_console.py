"""Rich's console for answers, which treats stdout as the rest of the command does."""

from typing import Any

from rich.console import Console

from neon_async.cli._streams import STDOUT, naming


class AnswerConsole(Console):
    """Prints to stdout, and raises what stdout refuses as an error that names it."""

    def print(self, *objects: Any, **options: Any) -> None:
        """Print as rich does.

        Raises:
            OSError: stdout is closed or full.
        """
        with naming(STDOUT):
            try:
                super().print(*objects, **options)
            except SystemExit as error:
                # Rich ends the process when the reader has closed its output.
                if isinstance(error.__context__, BrokenPipeError):
                    raise error.__context__ from None
                raise
