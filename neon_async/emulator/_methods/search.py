"""listAccounts, listActivities, listDonations, listEvents and listMemberships."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import attrs

from neon_async.emulator._methods.pages import cut_page
from neon_async.emulator._methods.search_fields import (
    ACCOUNT_COLUMNS,
    ACCOUNT_CRITERIA,
    ACTIVITY_COLUMNS,
    Column,
    custom_field,
)
from neon_async.emulator._state.state import EmulatorState
from neon_async.emulator._state.store import Document
from neon_async.emulator._wire.codes import malformed

if TYPE_CHECKING:
    from neon_async.emulator._state.store import Collection
    from neon_async.emulator._wire.messages import Fields, Json

_LISTED = re.compile(r'"([^"]*)"')
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_VALUELESS = ("BLANK", "NOT_BLANK")
# List methods allow 200 at most (page Querying). The sync pages name no limit.
LARGEST_PAGE = 200
KEY, OPERATOR, VALUE = (f"searches.search.{name}" for name in ("key", "searchOperator", "value"))
FIELD_ID, FIELD_NAME = (f"outputfields.idnamepair.{name}" for name in ("id", "name"))


def _order(value: str) -> tuple[bool, float, str]:
    """Return what values are compared by: numbers as numbers, and other text without case."""
    is_number = _NUMBER.fullmatch(value) is not None
    # No page says how v1 compares. Numbers come before text, so that a sort is an order at all.
    return not is_number, float(value) if is_number else 0.0, value.casefold()


def _compare(test: Callable[[Any, Any], bool]) -> Callable[[list[str], str], bool]:
    return lambda values, wanted: any(value and test(_order(value), wanted) for value in values)


def _listed(values: list[str], wanted: str) -> bool:
    chosen = {choice.casefold() for choice in _LISTED.findall(wanted)}
    return any(value.casefold() in chosen for value in values)


def _equal(values: list[str], wanted: str) -> bool:
    return any(_order(value) == _order(wanted) for value in values)


def _contains(values: list[str], wanted: str) -> bool:
    return any(wanted.casefold() in value.casefold() for value in values)


OPERATORS: dict[str, Callable[[list[str], str], bool]] = {
    "EQUAL": _equal,
    "NOT_EQUAL": lambda values, wanted: not _equal(values, wanted),
    "BLANK": lambda values, _: not any(values),
    "NOT_BLANK": lambda values, _: any(values),
    "LESS_THAN": _compare(lambda value, wanted: value < _order(wanted)),
    "LESS_AND_EQUAL": _compare(lambda value, wanted: value <= _order(wanted)),
    "GREATER_THAN": _compare(lambda value, wanted: value > _order(wanted)),
    "GREATER_AND_EQUAL": _compare(lambda value, wanted: value >= _order(wanted)),
    "CONTAIN": _contains,
    "NOT_CONTAIN": lambda values, wanted: not _contains(values, wanted),
    "IN_RANGE": _listed,
    "NOT_IN_RANGE": lambda values, wanted: not _listed(values, wanted),
}
"""What each operator asks of a record's values of a field."""


@attrs.frozen
class Section:
    """What one of the methods searches.

    Attributes:
        id_column: its first column, by which rows are sorted unless a request says otherwise.
        columns: the fields that it shows.
        version: returns a number that changes when a record does; None where that is unknown.
        criteria: fields that can be asked for and not shown.
        components: whose custom fields it knows.
    """

    id_column: str
    columns: Mapping[str, Column]
    records: Callable[[EmulatorState], list[Document]]
    version: Callable[[EmulatorState], int | None] = lambda _: None
    criteria: Mapping[str, Column] = attrs.field(factory=dict[str, Column])
    components: frozenset[str] = frozenset()


@attrs.frozen
class _Criterion:
    column: Column
    operator: str
    value: str = attrs.field(repr=False)

    def meets(self, document: Document) -> bool:
        return OPERATORS[self.operator](self.column(document), self.value)


def search(section: Section) -> Callable[[EmulatorState, Fields], Json]:
    def answer(state: EmulatorState, fields: Fields) -> Json:
        shown = _shown(section, state, fields)
        criteria = _criteria(section, state, fields)
        order = fields.text("page.sortColumn") or section.id_column
        known = {name.casefold(): column for name, column in [*shown, *_id(section)]}
        if order.casefold() not in known:
            raise malformed("page.sortColumn is not among the output fields.")
        descending = fields.text("page.sortDirection").upper() == "DESC"
        query = section.id_column, tuple(_triples(fields)), order.casefold(), descending
        # The pages of one search are asked for one after the other, and a section is filtered as a
        # whole.
        results = state.searches.get(query, section.version(state))
        if results is None:
            results = [d for d in section.records(state) if all(c.meets(d) for c in criteria)]
            column = known[order.casefold()]
            results.sort(key=lambda d: [_order(value) for value in column(d)], reverse=descending)
            state.searches.keep(query, section.version(state), results)
        page, rows = cut_page(fields, results, min(LARGEST_PAGE, state.page_size_limit))
        return {"page": page, "searchResults": {"nameValuePairs": [_row(shown, r) for r in rows]}}

    return answer


def _id(section: Section) -> list[tuple[str, Column]]:
    return [(section.id_column, section.columns[section.id_column])]


def _row(shown: Sequence[tuple[str, Column]], document: Document) -> Json:
    values = [(name, "|".join(filter(None, column(document)))) for name, column in shown]
    # A blank value is left out, as in what public programs have met.
    pairs = [{"name": name, **({"value": value} if value else {})} for name, value in values]
    return {"nameValuePair": pairs}


def _field(section: Section, state: EmulatorState, name: str) -> tuple[str, Column] | None:
    # Page Querying has two parameters, a name or the id of a custom field.
    if name.isdigit():
        for field in state.lists.custom_fields:
            if str(field["fieldId"]) == name and field["component"] in section.components:
                return field["fieldName"], custom_field(name)
        return None
    matching = (known for known in section.columns if known.casefold() == name.casefold())
    return next(((known, section.columns[known]) for known in matching), None)


def _shown(section: Section, state: EmulatorState, fields: Fields) -> list[tuple[str, Column]]:
    names, numbers = fields.every(FIELD_NAME), fields.every(FIELD_ID)
    pairs = zip_longest(names, numbers, fillvalue="")
    # Public programs leave the ids out, or some of them: each value that is there is a field.
    requested = [value for pair in pairs for value in pair if value] or [section.id_column]
    shown = [_field(section, state, name) for name in requested]
    if None in shown:
        unknown = requested[shown.index(None)]
        raise malformed(f"outputfields.idnamepair: {unknown} is not a field of this search.")
    return [field for field in shown if field is not None]


def _criteria(section: Section, state: EmulatorState, fields: Fields) -> list[_Criterion]:
    return [_criterion(section, state, *triple) for triple in _triples(fields)]


def _triples(fields: Fields) -> list[tuple[str, str, str]]:
    keys, operators, values = map(fields.every, (KEY, OPERATOR, VALUE))
    operators = [operator.upper() for operator in operators]
    needed = [index for index, operator in enumerate(operators) if operator not in _VALUELESS]
    if len(values) == len(needed) != len(operators):
        # The values of BLANK and NOT_BLANK were left out, as v1's page has it.
        spread = dict(zip(needed, values, strict=True))
        values = [spread.get(position, "") for position in range(len(operators))]
    if not len(keys) == len(operators) == len(values):
        raise malformed("Each criterion needs a key, an operator and a value.")
    # A form may have been sent with nothing filled in.
    return [triple for triple in zip(keys, operators, values, strict=True) if any(triple)]


def _criterion(
    section: Section, state: EmulatorState, key: str, operator: str, value: str
) -> _Criterion:
    if operator not in OPERATORS:
        raise malformed(f"searches.search.searchOperator must be one of {', '.join(OPERATORS)}.")
    special = [name for name in section.criteria if name.casefold() == key.casefold()]
    field = (key, section.criteria[special[0]]) if special else _field(section, state, key)
    if field is None:
        raise malformed(f"searches.search.key: {key} is not a field of this search.")
    return _Criterion(field[1], operator, value)


def _stored(collection: Collection) -> list[Document]:
    everything = collection.index.everything()
    return list(collection.documents(everything.ids(0, len(everything))).values())


def _rows(rows: list[dict[str, str]]) -> list[Document]:
    return [{"record": row} for row in rows]


def _table(names: str) -> dict[str, Column]:
    def column(name: str) -> Column:
        return lambda document: [document["record"].get(name, "")]

    return {name: column(name) for name in names.split(", ")}


ACCOUNTS = Section(
    id_column="Account ID",
    components=frozenset({"ACCOUNT", "INDIVIDUAL", "ORGANIZATION"}),
    columns=ACCOUNT_COLUMNS,
    criteria=ACCOUNT_CRITERIA,
    records=lambda state: _stored(state.store.accounts),
    version=lambda state: state.store.accounts.index.version,
)
ACTIVITIES = Section(
    id_column="Activity ID",
    components=frozenset({"ACTIVITY"}),
    columns=ACTIVITY_COLUMNS,
    records=lambda state: _stored(state.store.activities),
    version=lambda state: state.store.activities.index.version,
)
DONATIONS = Section(
    id_column="Donation ID",
    columns=_table(
        "Donation ID, Account ID, First Name, Last Name, Donation Amount, Donation Date, "
        "Donation Status, Campaign ID, Campaign Name, Fund Name, Purpose"
    ),
    records=lambda state: _rows(state.tables.donations),
)
EVENTS = Section(
    id_column="Event ID",
    columns=_table(
        "Event ID, Event Name, Event Category Name, Event Start Date, Event Start Time, "
        "Event End Date, Event End Time, Event Summary, Campaign ID, Campaign Name, Total Revenue"
    ),
    records=lambda state: _rows(state.tables.events),
)
MEMBERSHIPS = Section(
    id_column="Membership ID",
    columns=_table(
        "Membership ID, Account ID, First Name, Last Name, Full Name (F), Membership Name, "
        "Membership Cost, Membership Start Date, Membership Expiration Date, "
        "Membership Enrollment Type"
    ),
    records=lambda state: _rows(state.tables.memberships),
)

list_accounts = search(ACCOUNTS)
list_activities = search(ACTIVITIES)
list_donations = search(DONATIONS)
list_events = search(EVENTS)
list_memberships = search(MEMBERSHIPS)
