"""`neon-async edit`: some fields of an account, and nothing else."""

import contextlib
import copy
import shlex
import sys
from pathlib import Path
from typing import Annotated

import attrs
from cyclopts import Parameter

from neon_async import (
    Account,
    AsyncClient,
    ConflictError,
    InvalidRequestError,
    LossyReadError,
    NeonError,
    OutcomeUnknownError,
    VerificationError,
)
from neon_async.cli._assignments import Assignment, consents
from neon_async.cli._commands.show import is_organization
from neon_async.cli._commands.undo import AnyEdit, UndoFile, losses, show
from neon_async.cli._credentials import credentials
from neon_async.cli._custom_fields import with_options
from neon_async.cli._exit import undecided_advice
from neon_async.cli._interrupts import run_async
from neon_async.cli._streams import message

Paths = Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)]
Flag = Annotated[bool, Parameter(negative=(), show_default=False)]


def edit(
    account_id: int,
    /,
    *,
    set: Paths = (),  # noqa: A002 - what it is called on the command line
    clear: Paths = (),
    reset_consents: Flag = False,
    accept_loss: Paths = (),
    dry_run: Flag = False,
    yes: Flag = False,
    undo_file: Path | None = None,
) -> None:
    """Change some fields of an account, and keep all others.

    It shows what would change, asks, writes, reads again, and leaves a file for `undo`, which
    holds the account. A field is named by v1's JSON names:

    ```
    neon-async edit 10002 --set primaryContact.firstName=Jen --dry-run
    neon-async edit 10002 --set primaryContact.dob=1988-10-16 --clear primaryContact.fax
    neon-async edit 10002 --set primaryContact.addresses[40008].city=Springfield
    neon-async edit 10002 --set customFieldDataList[22]=blue --set source.name=Web
    neon-async edit 10002 --set customFieldDataList[53]=Music --set customFieldDataList[53]=16
    neon-async edit 10002 --clear individualTypes --set individualTypes=1,3
    ```

    What is cleared is cleared first. v1 shows no consents, and sets those that it is not sent to
    NOT_ASKED. So each has to be decided: by `--set consentInformation.emailConsentStatus=GIVEN`
    and its like, and the rest by `--reset-consents`.

    Args:
        account_id: The account, of an individual or an organization.
        set: PATH=VALUE; may be repeated. Addresses and custom fields go by the
            id in brackets, [new] for a new address, lists of types by ids with commas between.
            Options of custom fields go by id or name, each with a --set of its own.
        clear: The path of a field, an address or a custom field to delete; may be repeated.
        reset_consents: Let v1 reset the consents that are not set.
        accept_loss: What may be lost, by the path that a refusal names; may be repeated.
        dry_run: Only show what would change.
        yes: Don't ask.
        undo_file: Where to save what undoes it; undo-ID.json, when it is missing.
    """
    wanted = [Assignment.parse(one, None) for one in clear]
    wanted += [Assignment.of_option(one) for one in set]
    if not wanted:
        raise InvalidRequestError("nothing to do: pass --set or --clear")
    if not dry_run:
        UndoFile.check(account_id, undo_file)
    job = Job(account_id, tuple(wanted), losses(accept_loss, reset_consents=reset_consents))
    planned = run_async(job.plan)
    show(planned.diff)
    if not planned.diff:
        message("Nothing to change.\n")
    elif dry_run:
        message("".join(f"{line}\n" for line in undecided_advice(planned.undecided)))
    elif planned.undecided:
        problem = "nothing was written: not all is decided that v1 would lose or reset"
        raise LossyReadError(problem, paths=planned.undecided)
    elif yes or _confirmed():
        _write(job, planned, undo_file)
    else:
        message("Nothing was written.\n")


def _confirmed() -> bool:
    """Ask, where somebody can be asked."""
    if not sys.stdin.isatty():
        raise InvalidRequestError("nothing was written: not a terminal; pass --yes to confirm")
    message("Write this? [y/N] ")
    return sys.stdin.readline().strip().lower() in {"y", "yes"}


def _write(job: "Job", planned: AnyEdit, undo_file: Path | None) -> None:
    """Write, with the undo file there before: whatever ends the write, it can be taken back."""
    file = UndoFile.create(job.account_id, undo_file, planned)
    advice = f"to take it back: neon-async undo {shlex.quote(str(file.path))}"
    try:
        written = run_async(job.write)
    except (OutcomeUnknownError, VerificationError) as error:
        # The file that there is will do, where there is no room for a better one.
        with contextlib.suppress(OSError):
            file.replace(error.edit)
        error.add_note(advice)
        raise
    except KeyboardInterrupt as error:
        error.add_note(f"it may have been written; {advice}")
        raise
    except NeonError:
        file.path.unlink()
        raise
    try:
        file.replace(written)
    except (OSError, KeyboardInterrupt) as error:
        error.add_note(f"the account was written; {advice}")
        raise
    message(f"Written. {advice[0].upper()}{advice[1:]}\n")


@attrs.define
class Job:
    """What to edit, first on trial and then in earnest."""

    account_id: int
    wanted: tuple[Assignment, ...]
    accept_loss: tuple[str, ...]
    _seen: Account | None = attrs.field(default=None, init=False, repr=False)

    async def plan(self) -> AnyEdit:
        """Return what the edit would do."""
        return await self._edit(dry_run=True)

    async def write(self) -> AnyEdit:
        """Edit, so long as the account is what it was when it was shown."""
        return await self._edit(dry_run=False)

    async def _edit(self, *, dry_run: bool) -> AnyEdit:
        consent = consents(self.wanted)
        allowed = frozenset[str]().union(*(one.clears for one in self.wanted))
        async with AsyncClient(**credentials()) as neon:
            one, many = neon.edit_individual_account, neon.edit_organization_account
            organization = await is_organization(neon, self.account_id)
            component = "Organization" if organization else "Individual"
            self.wanted = await with_options(neon, self.wanted, component)
            return await (many if organization else one)(
                self.account_id,
                self._change,
                consent=consent,
                dry_run=dry_run,
                allow_clear=allowed,
                accept_loss=self.accept_loss,
            )

    def _change(self, account: Account) -> None:
        if self._seen is None:
            self._seen = copy.deepcopy(account)
        elif self._seen != account:
            problem = "the account has changed since it was shown; nothing was written"
            raise ConflictError(problem, before=self._seen, current=account)
        for one in self.wanted:
            one.apply_to_account(account)
