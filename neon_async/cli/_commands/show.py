"""`neon-async show`: one account or activity, as a whole."""

import sys
from collections.abc import Iterator
from typing import Annotated, Any, cast

from cyclopts import Parameter

from neon_async import (
    Address,
    AsyncClient,
    CodeName,
    CustomFieldData,
    IdName,
    InvalidRequestError,
    OrganizationAccount,
    unstructure,
)
from neon_async.cli._accounts import account_id
from neon_async.cli._credentials import credentials
from neon_async.cli._formats.terminal_table import answer, say
from neon_async.cli._interrupts import run_async
from neon_async.cli._streams import message
from neon_async.models import Model
from neon_async.warehouse.fields import fields


def show(
    record_id: int | str,
    /,
    *,
    activity: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
) -> None:
    """Show one account or activity.

    On a terminal it is a table with the paths that `edit` takes, otherwise one line of JSON.

    ```
    neon-async show 10002
    neon-async show ada@example.org
    neon-async show 10002 | jq .primaryContact.email1
    neon-async show 653 --activity
    ```

    Args:
        record_id: Id of the account or activity, or the e-mail address of exactly one account.
        activity: The id is that of an activity.
    """
    if activity and isinstance(record_id, str):
        raise InvalidRequestError("expected the id of an activity")
    retrieve = _retrieve_activity if activity else _retrieve
    record: Model = run_async(retrieve, account_id(record_id))
    if sys.stdout.isatty():
        answer(("path", "value"), paths(record), whole="path")
    else:
        say(unstructure(record))
    if record.oddities:
        odd = ", ".join(record.oddities)
        message(f"odd values (not of their documented types): {odd}\n")


async def _retrieve_activity(activity_id: int) -> Model:
    async with AsyncClient(**credentials()) as neon:
        return await neon.retrieve_activity(activity_id)


async def _retrieve(number: int) -> Model:
    async with AsyncClient(**credentials()) as neon:
        if await is_organization(neon, number):
            return await neon.retrieve_organization_account(number)
        return await neon.retrieve_individual_account(number)


async def is_organization(neon: AsyncClient, number: int) -> bool:
    """Whether an account is an organization's.

    One that is not there counts as an individual's, so that v1 itself says that it is not there.
    """
    accounts = await neon.sync_accounts(account_ids=[number]).collect()
    return any(isinstance(account, OrganizationAccount) for account in accounts)


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
