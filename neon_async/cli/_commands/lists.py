"""`neon-async lists`: the organization's reference lists."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Literal, TypeAlias

from neon_async import AsyncClient
from neon_async.cli._credentials import credentials
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._interrupts import run_async
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


def lists(name: Name, /, *, component: str = "Account") -> None:
    """Show one of the lists that fields refer to by id or code.

    ```
    neon-async lists sources
    neon-async lists custom-fields --component Individual
    ```

    Args:
        name: The list.
        component: Component of the custom fields: Account, Individual, Organization, Activity, …
    """
    entries = run_async(_retrieve, name, component)
    if entries and not isinstance(entries[0], str):
        columns = fields(entries[0].__class__).values()
        rows = [[getattr(entry, column.attribute) for column in columns] for entry in entries]
        answer([column.name for column in columns], rows)
    else:
        answer(["name"], [[entry] for entry in entries])


async def _retrieve(name: Name, component: str) -> Sequence[object]:
    async with AsyncClient(**credentials()) as neon:
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
