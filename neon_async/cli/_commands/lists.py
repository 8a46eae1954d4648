"""`neon-async lists`: the organization's reference lists."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypeAlias

from neon_async.cli._common import COMMON, AnswerForm, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._formats.terminal_table import answer
from neon_async.warehouse.fields import fields

Name: TypeAlias = Literal[
    "prefixes",
    "genders",
    "states",
    "countries",
    "address-types",
    "sources",
    "individual-types",
    "organization-types",
    "custom-fields",
]


def lists(
    name: Name,
    /,
    *,
    component: str = "Account",
    form: AnswerForm = None,
    common: CommonOptions = COMMON,
) -> None:
    """Show one of the lists that fields refer to by id or code.

    ```
    neon-async lists sources
    neon-async lists custom-fields --component Individual
    ```

    Args:
        name: The list.
        component: Component of the custom fields: Account, Individual, Organization, Activity, …
        form: How to print it; a table on a terminal, otherwise lines of JSON.
        common: The common options.
    """
    entries = run_async(_retrieve, name, component, common)
    if entries and not isinstance(entries[0], str):
        columns = fields(entries[0].__class__).values()
        rows = [[getattr(entry, column.attribute) for column in columns] for entry in entries]
        answer([column.name for column in columns], rows, form=form)
    else:
        answer(["name"], [[entry] for entry in entries], form=form)


async def _retrieve(name: Name, component: str, common: CommonOptions) -> Sequence[object]:
    async with connect(common) as neon:
        if name == "custom-fields":
            return await neon.list_custom_fields(component)
        ways: dict[str, Callable[[], Awaitable[Sequence[object]]]] = {
            "prefixes": neon.list_prefixes,
            "genders": neon.list_genders,
            "states": neon.list_states,
            "countries": neon.list_countries,
            "address-types": neon.list_address_types,
            "sources": neon.list_sources,
            "individual-types": neon.list_individual_types,
            "organization-types": neon.list_organization_types,
        }
        return await ways[name]()
