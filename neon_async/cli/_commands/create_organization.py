"""`neon-async create-organization`: a new account."""

import copy
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from neon_async.cli._assignments import Assignment, consents
from neon_async.cli._common import COMMON, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._custom_fields import with_options
from neon_async.cli._event_loop import run_async
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._streams import message_instead
from neon_async.models import OrganizationAccount


def create_organization(
    name: str,
    /,
    *,
    set: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),  # noqa: A002
    acknowledge: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    common: CommonOptions = COMMON,
) -> None:
    """Create an organization account, and print its id.

    A lost reply never leads to a duplicate: the command then searches for the account. It is
    "recovered" if exactly one is found; otherwise the command fails, and names the candidates.

    ```
    neon-async create-organization "Example Fund" --set organizationTypes=1 --set source=1
    neon-async create-organization "Example Fund" --set primaryContact.addresses[new].city=Rome
    ```

    Args:
        name: The organization's name.
        set: PATH=VALUE, as for `edit`; may be repeated.
        acknowledge: Let v1 send its account creation e-mail.
        common: The common options.
    """
    assignments = [Assignment.of_option(assignment) for assignment in set]
    account = OrganizationAccount(organization_name=name)
    for assignment in assignments:
        assignment.apply_to_account(copy.deepcopy(account))  # impossible values are refused offline
    created, recovered = run_async(_create, account, assignments, acknowledge, common)
    with message_instead(f"neon-async: account {created} was created\n"):
        answer(("accountId", "recovered"), [(created, recovered)])


async def _create(
    account: OrganizationAccount,
    assignments: Sequence[Assignment],
    acknowledge: bool,  # noqa: FBT001 - run_async passes by position
    common: CommonOptions,
) -> tuple[int, bool]:
    """Return the account's id, and whether it was recovered after a lost reply."""
    from neon_async import RecoveredId  # noqa: PLC0415 - help does without the client

    async with connect(common) as neon:
        for assignment in await with_options(neon, assignments, "Organization"):
            assignment.apply_to_account(account)
        created = await neon.create_organization_account(
            account,
            consent=consents(assignments),
            send_acknowledge_email=acknowledge or None,
            on_unknown="find",
        )
    return int(created), isinstance(created, RecoveredId)
