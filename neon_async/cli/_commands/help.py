"""`neon-async help`: the help of a command, and topics."""

from neon_async.cli._front import front_page
from neon_async.cli._streams import answer_text


def help_(*words: str) -> None:
    """Show the help of a command, or explain a topic.

    ```
    neon-async help pull accounts
    neon-async help exit-codes
    ```

    Args:
        words: The words of the command, or exit-codes.
    """
    page = front_page(["help", *words])
    if page is not None:
        answer_text(page)
        return
    from neon_async.cli._app import app  # noqa: PLC0415 - it imports this module

    app([*words, "--help"], exit_on_error=False)
