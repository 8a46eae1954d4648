"""`neon-async show`: one account, as a whole."""

import sys
from collections.abc import Iterator
from typing import Any, cast

from neon_async import (
    Account,
    Address,
    AsyncClient,
    CodeName,
    CustomFieldData,
    IdName,
    OrganizationAccount,
    unstructure,
)
from neon_async.cli._credentials import credentials
from neon_async.cli._formats.fields import fields
from neon_async.cli._formats.terminal_table import answer, say
from neon_async.cli._interrupts import run_async
from neon_async.cli._streams import message
from neon_async.models import Model


def show(account_id: int, /) -> None:
    """Show an account, of an individual or an organization.

    On a terminal it is a table with the paths that `edit` takes, otherwise a line of JSON.

    ```
    neon-async show 10002
    neon-async show 10002 | jq .primaryContact.email1
    ```

    Args:
        account_id: The account.
    """
    account = run_async(_retrieve, account_id)
    if sys.stdout.isatty():
        answer(("path", "value"), paths(account), whole="path")
    else:
        say(unstructure(account))
    if account.oddities:
        odd = ", ".join(account.oddities)
        message(f"odd values, which do not fit their documented types: {odd}\n")


async def _retrieve(account_id: int) -> Account:
    async with AsyncClient(**credentials()) as neon:
        if await is_organization(neon, account_id):
            return await neon.retrieve_organization_account(account_id)
        return await neon.retrieve_individual_account(account_id)


async def is_organization(neon: AsyncClient, account_id: int) -> bool:
    """Whether an account is an organization's.

    One that is not there counts as an individual's, so that v1 itself says that it is not there.
    """
    found = await neon.sync_accounts(account_ids=[account_id]).collect()
    return any(isinstance(account, OrganizationAccount) for account in found)


def paths(model: Any, prefix: str = "") -> Iterator[tuple[str, object]]:  # noqa: ANN401 - any model
    """Go through the fields of a model that have a value, by their paths."""
    for field in fields(model.__class__).values():
        value, path = getattr(model, field.attribute), prefix + field.name
        if field.kind is Address:
            for address in cast("list[Address]", value or []):
                yield from paths(address, f"{path}[{address.address_id}].")
        elif field.kind is CustomFieldData:
            for entry in cast("list[CustomFieldData]", value or []):
                yield f"{path}[{entry.field_id}]", entry.field_value or entry.field_option_id
        elif isinstance(value, Model) and not isinstance(value, IdName | CodeName):
            yield from paths(value, f"{path}.")
        elif value:
            yield path, value
    for name, value in model.extra.items():
        yield prefix + name, value
