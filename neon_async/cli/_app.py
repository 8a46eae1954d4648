"""The commands, put together."""

from collections.abc import Sequence
from importlib.metadata import version
from typing import Literal

from cyclopts import App, CycloptsError

from neon_async.cli import _credentials
from neon_async.cli._commands import (
    apply,
    create_organization,
    demo,
    doctor,
    edit,
    emulator,
    lists,
    log_activity,
    merge_history,
    plan,
    pull,
    search,
    show,
    sync,
    undo,
)
from neon_async.cli._exit import HELP, Exit, exit_code
from neon_async.cli._interrupts import interruptible
from neon_async.cli._streams import answer_text, finish, flush

app = App(
    name="neon-async",
    help="""Work with NeonCRM's API v1, or with an emulator of it.

Credentials come from the environment, NEON_ORG_ID and NEON_API_KEY, or else from the keyring, where
neon-async login puts them; never from arguments. Set NEON_BASE_URL for
another server than NeonCRM itself, such as the emulator.

```
neon-async demo
neon-async doctor
neon-async pull accounts --from 2026-01-31Z --output accounts.ndjson
```
""",
    help_epilogue=HELP,
    suppress_keyboard_interrupt=False,
    version=version("neon-async"),
)
app.command(apply.apply)
app.command(create_organization.create_organization)
app.command(demo.demo)
app.command(doctor.doctor)
app.command(edit.edit)
app.command(emulator.emulator)
app.command(lists.lists)
app.command(log_activity.log_activity)
app.command(_credentials.login)
app.command(_credentials.logout)
app.command(merge_history.merge_history)
app.command(plan.plan)
app.command(pull.app)
app.command(search.search)
app.command(show.show)
app.command(sync.app)
app.command(undo.undo)


@app.command
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
    answer_text(app.generate_completion(shell=shell))


def run(arguments: Sequence[str]) -> int:
    """Run one command line, and return its exit code."""
    try:
        with interruptible():
            code = app(arguments, exit_on_error=False, result_action="return_value")
            flush()
    except CycloptsError:
        return Exit.USAGE
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 - what it can't explain it raises
        return exit_code(error)
    finally:
        finish()
    return code or Exit.OK
