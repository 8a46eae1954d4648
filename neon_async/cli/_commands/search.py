"""`neon-async search`: records that meet criteria, with some of their fields."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import attrs
from cyclopts import Parameter

from neon_async.cli._common import COMMON, AnswerForm, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._formats.terminal_table import answer, default_form, say
from neon_async.cli._not_found import check_start
from neon_async.cli._values import AtLeastOne
from neon_async.errors import InvalidRequestError

if TYPE_CHECKING:
    from neon_async import AsyncClient, Paginator, SearchPage, SearchRow

Section: TypeAlias = Literal["accounts", "activities", "donations", "events", "memberships"]
Triple: TypeAlias = tuple[str, str, str]

# Names that v1's pages and public programs use. An organization can rename them.
_FIELDS: dict[Section, tuple[str, ...]] = {
    "accounts": ("First Name", "Last Name", "Email 1"),
    "activities": (),
    "donations": ("Account ID", "Donation Amount", "Donation Date"),
    "events": ("Event Name", "Event Start Date"),
    "memberships": ("Account ID", "Membership Name", "Membership Expiration Date"),
}


def search(
    section: Section,
    /,
    *criteria: str,
    where: Annotated[list[Triple] | None, Parameter(negative=())] = None,
    field: Annotated[list[str] | None, Parameter(negative=())] = None,
    sort: str | None = None,
    descending: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    page_size: AtLeastOne = 200,
    start_page: AtLeastOne = 1,
    form: AnswerForm = None,
    common: CommonOptions = COMMON,
) -> None:
    """Search for records that meet all criteria.

    On a terminal it is a table, otherwise one line of JSON per record. Fields go by the names
    that your organization gives them in reports, and custom fields also by their ids.

    ```
    neon-async search accounts Email=ada@example.org
    neon-async search accounts "Last Name=Example" --field City --field 45
    neon-async search events --where "Event Start Date" GREATER_THAN 2026-01-01
    neon-async search memberships --where "Membership Name" BLANK "" --sort "Account ID"
    ```

    Args:
        section: What to search.
        criteria: FIELD=VALUE; may be repeated, and every one has to be met.
        where: A criterion with another operator than EQUAL: field, operator, value.
        field: A field to show; may be repeated. Without it, a few usual ones. The id always is.
        sort: The shown field to sort by; without it, the id.
        descending: Sort in descending order.
        page_size: Records per page, at most 200.
        start_page: The page to begin with.
        form: How to print them; a table on a terminal, otherwise lines of JSON.
        common: The common options.
    """
    triples = [*map(_equals, criteria), *(where or ())]
    fields = _FIELDS[section] if field is None else tuple(field)
    direction = "DESC" if descending else None
    query = _Query(section, triples, fields, sort, direction, page_size, start_page)
    if (form or default_form()) == "json":
        run_async(_each, query, say, common)
        return
    # Which columns there are, only all rows together show.
    rows: list[dict[str, str]] = []
    run_async(_each, query, rows.append, common)
    columns = list(dict.fromkeys(name for row in rows for name in row))
    answer(columns, [[row.get(column, "") for column in columns] for row in rows], form=form)


def _equals(criterion: str) -> Triple:
    name, equals, value = criterion.partition("=")
    if not (name and equals):
        raise InvalidRequestError("expected FIELD=VALUE as a criterion")
    return name, "EQUAL", value


@attrs.frozen
class _Query:
    section: Section
    criteria: list[Triple] = attrs.field(repr=False)
    fields: tuple[str, ...]
    sort: str | None
    direction: str | None
    page_size: int
    start_page: int

    def paginator(self, neon: "AsyncClient") -> "Paginator[SearchPage, SearchRow]":
        methods = {
            "accounts": neon.search_accounts,
            "activities": neon.search_activities,
            "donations": neon.search_donations,
            "events": neon.search_events,
            "memberships": neon.search_memberships,
        }
        return methods[self.section](
            self.criteria,
            output_fields=self.fields,
            page_size=self.page_size,
            start_page=self.start_page,
            sort_column=self.sort,
            sort_direction=self.direction,
        )


async def _each(
    query: _Query, write: Callable[[dict[str, str]], None], common: CommonOptions
) -> None:
    async with connect(common) as neon:
        async for page in query.paginator(neon).pages():
            check_start(query.start_page, page.page, page.items)
            for row in page.items:
                write(_named(row))


def _named(row: "SearchRow") -> dict[str, str]:
    """Return a row with a name of its own for each value, also where two fields share one."""
    named: dict[str, str] = {}
    for name, value in row.pairs:
        number, unique = 1, name
        while unique in named:
            number += 1
            unique = f"{name} ({number})"
        named[unique] = value
    return named
