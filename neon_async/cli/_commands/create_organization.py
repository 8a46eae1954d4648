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

    A lost reply never leads to a duplicate. The account is then looked for: if it is found, it is
    "recovered", otherwise that is an error, which names what was found.

    ```
    neon-async create-organization "Example Fund" --set organizationTypes=1 --set source=1
    neon-async create-organization "Example Fund" --set primaryContact.addresses[new].city=Rome
    ```

    Args:
        name: The organization's name.
        set: PATH=VALUE, as for `edit`; may be repeated.
        acknowledge: Let v1 send its account creation e-mail.
    """
    wanted = [Assignment.of_option(one) for one in set]
    account = OrganizationAccount(organization_name=name)
    for one in wanted:
        one.apply_to_account(copy.deepcopy(account))  # what can't be meant is refused offline
    made = run_async(_create, account, wanted, acknowledge)
    answer(("accountId", "recovered"), [(int(made), isinstance(made, RecoveredId))])


async def _create(
    account: OrganizationAccount,
    wanted: Sequence[Assignment],
    acknowledge: bool,  # noqa: FBT001 - run_async passes by position
) -> int:
    async with AsyncClient(**credentials()) as neon:
        for one in await with_options(neon, wanted, "Organization"):
            one.apply_to_account(account)
        return await neon.create_organization_account(
            account,
            consent=consents(wanted),
            send_acknowledge_email=acknowledge or None,
            on_unknown="find",
        )
