"""`neon-async help`: the help of a command, and topics."""


def help_(*words: str) -> None:
    """Show the help of a command, or explain a topic.

    ```
    neon-async help pull accounts
    neon-async help exit-codes
    ```

    Args:
        words: The words of the command, or exit-codes.
    """
    from neon_async.cli._app import app  # noqa: PLC0415 - it imports this module

    app([*words, "--help"], exit_on_error=False)
