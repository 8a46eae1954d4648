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

    _, apps, rest = app.parse_commands(words)
    if rest and apps[-1].default_command is None:
        # Cyclopts below 5.5 shows the help above a mistyped word; parsing it is what explains it.
        app.parse_args(words, exit_on_error=False, print_error=False)
    app([*words, "--help"], exit_on_error=False, print_error=False)
