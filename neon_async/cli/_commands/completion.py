"""`neon-async completion`: scripts for shells."""

import re
from typing import Literal

from neon_async.cli._streams import answer_text

# Cyclopts only defines a function, which zsh calls where the file has the function's name: that
# differs between versions, and is not to be guessed by a reader who saves a file.
_ZSH_CALL = """
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  {name} "$@"
else
  compdef {name} neon-async
fi
"""
_ZSH_FUNCTION = re.compile(r"^(_\S+)\(\) \{$", re.MULTILINE)


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

    script = app.generate_completion(shell=shell)
    if shell == "zsh":
        name = _ZSH_FUNCTION.findall(script)[0]
        script = f"{script.rstrip()}\n{_ZSH_CALL.format(name=name)}"
    answer_text(script)
