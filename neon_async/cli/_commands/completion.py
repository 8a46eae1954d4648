"""`neon-async completion`: scripts for shells."""

from typing import Literal

from neon_async.cli._streams import answer_text


def completion(shell: Literal["bash", "zsh", "fish"], /) -> None:
    """Print the script with which a shell completes commands and options.

    ```
    neon-async completion bash > ~/.local/share/bash-completion/completions/neon-async
    neon-async completion fish > ~/.config/fish/completions/neon-async.fish
    ```

    For zsh, save it as `_neon-async` in a directory of `$fpath`.

    Args:
        shell: The shell.
    """
    from neon_async.cli._app import app  # noqa: PLC0415 - it imports this module

    answer_text(app.generate_completion(shell=shell))
