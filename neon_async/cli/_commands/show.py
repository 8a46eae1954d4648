"""`neon-async show`: one account or activity, as a whole."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, cast

from cyclopts import Parameter

from neon_async.cli._accounts import account_id
from neon_async.cli._common import COMMON, AnswerForm, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._formats.terminal_table import answer, default_form, say
from neon_async.cli._streams import answer_text, message
from neon_async.cli._values import AccountName
from neon_async.errors import InvalidRequestError
from neon_async.models import (
    Activity,
    Address,
    CodeName,
    CustomFieldData,
    IdName,
    Model,
    OrganizationAccount,
)
from neon_async.warehouse.fields import fields

if TYPE_CHECKING:
    from neon_async import AsyncClient


def show(
    record_id: AccountName,
    /,
    *,
    activity: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    form: AnswerForm = None,
    common: CommonOptions = COMMON,
) -> None:
    """Show one account or activity.

    On a terminal it is a table with the paths that `edit` takes, otherwise one line of JSON. CSV
    has the columns of `pull`, for `plan`.

    ```
    neon-async show 10002
    neon-async show ada@example.org
    neon-async show 10002 | jq .primaryContact.email1
    neon-async show 653 --activity
    ```

    Args:
        record_id: Id of the account or activity, or the e-mail address of exactly one account.
        activity: The id is that of an activity.
        form: How to print it; a table on a terminal, otherwise a line of JSON.
        common: The common options.
    """
    if activity and isinstance(record_id, str):
        raise InvalidRequestError("RECORD_ID: expected the id of an activity")
    retrieve = _retrieve_activity if activity else _retrieve
    record: Model = run_async(retrieve, account_id(record_id, common), common)
    match form or default_form():
        case "table":
            answer(("path", "value"), paths(record), whole="path", form="table")
        case "csv":
            from neon_async.cli._formats.csv import csv_lines, header  # noqa: PLC0415 - here only

            name = "activities" if isinstance(record, Activity) else "accounts"
            answer_text((header(name) + csv_lines([record])).decode())
        case _:
            say(record)
    if record.oddities:
        odd = ", ".join(record.oddities)
        message(f"odd values (not of their documented types): {odd}\n")


async def _retrieve_activity(activity_id: int, common: CommonOptions) -> Model:
    async with connect(common) as neon:
        return await neon.retrieve_activity(activity_id)


async def _retrieve(number: int, common: CommonOptions) -> Model:
    async with connect(common) as neon:
        if await is_organization(neon, number):
            return await neon.retrieve_organization_account(number)
        return await neon.retrieve_individual_account(number)


async def is_organization(neon: "AsyncClient", number: int) -> bool:
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
