"""`neon-async create-organization`: a new account."""

import copy
from collections.abc import Sequence
from typing import Annotated

from cyclopts import Parameter

from neon_async import AsyncClient, OrganizationAccount, RecoveredId
from neon_async.cli._assignments import Assignment, consents
from neon_async.cli._credentials import credentials
from neon_async.cli._custom_fields import with_options
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._interrupts import run_async


def create_organization(
    name: str,
    /,
    *,
    set: Annotated[tuple[str, ...], Parameter(negative=(), show_default=False)] = (),  # noqa: A002
    acknowledge: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
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
    """
    assignments = [Assignment.of_option(assignment) for assignment in set]
    account = OrganizationAccount(organization_name=name)
    for assignment in assignments:
        assignment.apply_to_account(copy.deepcopy(account))  # impossible values are refused offline
    created = run_async(_create, account, assignments, acknowledge)
    answer(("accountId", "recovered"), [(int(created), isinstance(created, RecoveredId))])


async def _create(
    account: OrganizationAccount,
    assignments: Sequence[Assignment],
    acknowledge: bool,  # noqa: FBT001 - run_async passes by position
) -> int:
    async with AsyncClient(**credentials()) as neon:
        for assignment in await with_options(neon, assignments, "Organization"):
            assignment.apply_to_account(account)
        return await neon.create_organization_account(
            account,
            consent=consents(assignments),
            send_acknowledge_email=acknowledge or None,
            on_unknown="find",
        )
