"""`neon-async edit`: changes of single fields of an account."""

import contextlib
import copy
import shlex
from pathlib import Path
from typing import Annotated

import attrs
from cyclopts import Parameter

from neon_async.cli._accounts import account_id
from neon_async.cli._assignments import Assignment, check_fields, consents
from neon_async.cli._bulk import confirmed
from neon_async.cli._commands.show import is_organization
from neon_async.cli._commands.undo import AnyEdit, UndoFile, losses, show_diff
from neon_async.cli._common import COMMON, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._custom_fields import with_options
from neon_async.cli._event_loop import run_async
from neon_async.cli._exit import undecided_advice
from neon_async.cli._streams import message
from neon_async.cli._values import AccountName, OptionalFilePath
from neon_async.errors import (
    ConflictError,
    InvalidRequestError,
    LossyReadError,
    NeonError,
    OutcomeUnknownError,
    VerificationError,
)
from neon_async.models import Account

Paths = Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)]
Flag = Annotated[bool, Parameter(negative=(), show_default=False)]


def edit(
    account: AccountName,
    /,
    *,
    set: Paths = (),  # noqa: A002 - what it is called on the command line
    clear: Paths = (),
    reset_consents: Flag = False,
    accept_loss: Paths = (),
    dry_run: Flag = False,
    yes: Flag = False,
    undo_file: OptionalFilePath = None,
    common: CommonOptions = COMMON,
) -> None:
    """Change some fields of an account, and keep all others.

    The command shows the changes, asks for confirmation, writes them, reads the account back, and
    leaves a file for `undo` with the account as it was. Fields have v1's JSON names:

    ```
    neon-async edit 10002 --set primaryContact.firstName=Jen --dry-run
    neon-async edit 10002 --set primaryContact.dob=1988-10-16 --clear primaryContact.fax
    neon-async edit 10002 --set primaryContact.addresses[40008].city=Springfield
    neon-async edit 10002 --set customFieldDataList[22]=blue --set source.name=Web
    neon-async edit 10002 --set customFieldDataList[53]=Music --set customFieldDataList[53]=16
    neon-async edit 10002 --clear individualTypes --set individualTypes=1,3
    ```

    `--clear` is applied before `--set`. v1 does not return consents, and sets each that an update
    omits to NOT_ASKED. So decide about every consent: set it, for example
    `--set consentInformation.emailConsentStatus=GIVEN`, and add `--reset-consents` for the rest.

    Args:
        account: Id of the account, of an individual or an organization, or the e-mail address of
            exactly one account.
        set: PATH=VALUE; may be repeated. The id of an address or a custom field stands in
            brackets, [new] adds an address; lists of types are ids separated by commas; options of
            custom fields are ids or names, one --set each.
        clear: Path of a field, an address or a custom field to delete; may be repeated.
        reset_consents: Let v1 reset the consents that are not set.
        accept_loss: Path of something that may be lost, as a refusal names it; may be repeated.
        dry_run: Only show what would change.
        yes: Write without asking for confirmation.
        undo_file: Where to save the undo file; undo-ID.json by default.
        common: The common options.
    """
    assignments = [Assignment.parse(option, None) for option in clear]
    assignments += [Assignment.of_option(option) for option in set]
    if not assignments:
        raise InvalidRequestError("nothing to do: pass --set or --clear")
    check_fields(assignments)
    number = account_id(account, common)
    if not dry_run:
        UndoFile.check(number, undo_file)
    accepted = losses(accept_loss, reset_consents=reset_consents)
    job = EditJob(number, tuple(assignments), accepted, common)
    planned = run_async(job.plan)
    show_diff(planned.diff)
    if not planned.diff:
        common.note("Nothing to change.\n")
    elif dry_run:
        message("".join(f"{line}\n" for line in undecided_advice(planned.undecided)))
    elif planned.undecided:
        message_text = "nothing was written: decide first about what v1 would lose or reset"
        raise LossyReadError(message_text, paths=planned.undecided)
    elif confirmed("Write these changes?", yes=yes):
        _write(job, planned, undo_file)
    else:
        message("Nothing was written.\n")


def _write(job: "EditJob", planned: AnyEdit, undo_file: Path | None) -> None:
    """Save the undo file and write, so that an interrupted write can be undone."""
    file = UndoFile.create(job.account_id, undo_file, planned)
    advice = f"to undo: neon-async undo {shlex.quote(str(file.path))}"
    try:
        written = run_async(job.write)
    except (OutcomeUnknownError, VerificationError) as error:
        # The first undo file serves as well when there is no room for the new one.
        with contextlib.suppress(OSError):
            file.replace(error.edit)
        error.add_note(advice)
        raise
    except KeyboardInterrupt as error:
        error.add_note(f"the edit may have been written; {advice}")
        raise
    except NeonError:
        file.path.unlink()
        raise
    try:
        file.replace(written)
    except (OSError, KeyboardInterrupt) as error:
        error.add_note(f"the account was written; {advice}")
        raise
    job.common.note(f"Written. {advice[0].upper()}{advice[1:]}\n")


@attrs.define
class EditJob:
    """One edit: planned as a dry run, then written."""

    account_id: int
    assignments: tuple[Assignment, ...]
    accept_loss: tuple[str, ...]
    common: CommonOptions
    _seen: Account | None = attrs.field(default=None, init=False, repr=False)

    async def plan(self) -> AnyEdit:
        return await self._edit(dry_run=True)

    async def write(self) -> AnyEdit:
        """Edit the account, unless it has changed since it was shown."""
        return await self._edit(dry_run=False)

    async def _edit(self, *, dry_run: bool) -> AnyEdit:
        consent = consents(self.assignments)
        allowed = frozenset[str]().union(*(assignment.clears for assignment in self.assignments))
        async with connect(self.common) as neon:
            edit_individual, edit_organization = (
                neon.edit_individual_account,
                neon.edit_organization_account,
            )
            organization = await is_organization(neon, self.account_id)
            component = "Organization" if organization else "Individual"
            self.assignments = await with_options(neon, self.assignments, component)
            return await (edit_organization if organization else edit_individual)(
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
            message_text = "the account has changed since it was shown; nothing was written"
            raise ConflictError(message_text, before=self._seen, current=account)
        for assignment in self.assignments:
            assignment.apply_to_account(account)
