"""Searches: listAccounts, listActivities, listDonations, listEvents and listMemberships.

They share one shape: criteria, output fields, and a page of rows of names and values. Page:
https://developer.neoncrm.com/api/querying/
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, TypeGuard

import attrs

from neon_async._wire.search import structure_search_page, structure_search_page_in_steps
from neon_async._wire.spelling import SpellingError, expected, spell_id, spell_text
from neon_async._wire.type_guards import is_sequence
from neon_async.errors import APIError, InvalidRequestError, NeonError, ValidationError
from neon_async.models import SearchPage
from neon_async.operations._paged import PagedOperation

if TYPE_CHECKING:
    from neon_async._wire.form import Pairs
    from neon_async._wire.steps import Steps

Criterion: TypeAlias = (
    "tuple[str | int, SearchOperator | str, str | int | date] | tuple[str | int, str]"
)
"""Field, operator and value; `BLANK` and `NOT_BLANK` need no value."""

_KEY, _OPERATOR, _VALUE = "key", "searchOperator", "value"
_TRIPLE = 3


class SearchOperator(enum.StrEnum):
    """How a criterion compares a field with its value.

    The value of `IN_RANGE` and `NOT_IN_RANGE` is a list in v1's own spelling, such as
    `("Bob","Robert")`.
    """

    EQUAL = "EQUAL"
    NOT_EQUAL = "NOT_EQUAL"
    BLANK = "BLANK"
    NOT_BLANK = "NOT_BLANK"
    LESS_THAN = "LESS_THAN"
    LESS_AND_EQUAL = "LESS_AND_EQUAL"
    GREATER_THAN = "GREATER_THAN"
    GREATER_AND_EQUAL = "GREATER_AND_EQUAL"
    CONTAIN = "CONTAIN"
    NOT_CONTAIN = "NOT_CONTAIN"
    IN_RANGE = "IN_RANGE"
    NOT_IN_RANGE = "NOT_IN_RANGE"


_VALUELESS = {SearchOperator.BLANK, SearchOperator.NOT_BLANK}


def _listed(values: Any) -> tuple[Any, ...]:
    # Anything else is refused with the other parameters. A text would be a list of letters.
    return tuple(values) if _is_list(values) else (values,)


def _is_list(values: object) -> TypeGuard[Iterable[Any]]:
    return isinstance(values, Iterable) and not isinstance(values, (str, bytes, Mapping))


@attrs.frozen(kw_only=True)
class Search(PagedOperation[SearchPage]):
    """What all five searches ask for. No representation shows criteria: they hold donors' data.

    Attributes:
        criteria: triples of field, operator and value, all of which a record has to meet. A field
            is a name, or the id of a custom field.
        output_fields: the fields to return: names, or ids of custom fields. The id column is
            asked for in any case.
        id_field: the name of the id column, where the organization has renamed it.
    """

    reply = SearchPage
    default_id_field: ClassVar[str]

    criteria: tuple[Criterion, ...] = attrs.field(default=(), converter=_listed, repr=False)
    output_fields: tuple[str | int, ...] = attrs.field(default=(), converter=_listed, repr=False)
    id_field: str | None = attrs.field(default=None, repr=False)

    @property
    def id_column(self) -> str:
        """The name of the id column."""
        return self.default_id_field if self.id_field is None else self.id_field

    def prepared(self, page_size: int) -> Search:
        """Return it with what an iteration needs: a page size, and a lasting order."""
        return attrs.evolve(
            self,
            page_size=page_size if self.page_size is None else self.page_size,
            sort_column=self.id_column if self.sort_column is None else self.sort_column,
        )

    def params(self) -> Pairs:
        """Return the parameters in the order of the page's example.

        Raises:
            InvalidRequestError: a criterion, a field or an operator can't be sent, the page's
                number or size is not positive, or the sort column is none of the output fields.
        """
        columns = self._columns()
        pairs: Pairs = []
        for field in columns:
            # A standard field goes by its name, a custom field by its id: page Querying.
            number, name = (field, "") if _is_id(field) else ("", field)
            pairs += [
                ("outputfields.idnamepair.id", number),
                ("outputfields.idnamepair.name", name),
            ]
        for position, criterion in enumerate(self.criteria, 1):
            pairs += self._criterion(criterion, position)
        self._check_sort_column(columns)
        return pairs + self._page_params()

    def _columns(self) -> list[str]:
        """Return the output fields: the id column first, and then each other one once."""
        name = "outputfields.idnamepair"
        fields = [self._pair(name, _spell_field, field)[1] for field in self.output_fields]
        # Each once, whatever its case: a row holds one value for each name.
        columns = {field.casefold(): field for field in (self.id_column, *fields)}
        return list(columns.values())

    def _criterion(self, criterion: object, position: int) -> Pairs:
        try:
            return [(f"searches.search.{name}", text) for name, text in _spell_criterion(criterion)]
        except ValueError as error:
            # Neither name nor value is shown: the text in the wrong place may be an e-mail.
            message = f"criterion {position}: {error}"
        raise InvalidRequestError(message, parameter="searches.search", operation=self.name)

    def _check_sort_column(self, columns: list[str]) -> None:
        # Custom fields are asked for by id, and sorted by under a name that is not known here.
        has_custom_fields = any(map(_is_id, columns))
        column: Any = self.sort_column
        if has_custom_fields or not isinstance(column, str):
            return
        if column.casefold() not in {known.casefold() for known in columns}:
            message = "expected one of the output fields: v1 sorts by no other"
            raise InvalidRequestError(message, parameter="page.sortColumn", operation=self.name)

    def parse(self, payload: dict[str, Any]) -> SearchPage:
        """Return the page.

        Raises:
            ProtocolError: the page block is not as documented.
        """
        return structure_search_page(payload, self.id_column, self.name)

    def _steps(self, payload: dict[str, Any]) -> Steps[SearchPage]:
        return structure_search_page_in_steps(payload, self.id_column, self.name)

    def explain(self, error: NeonError) -> NeonError:
        """Say what a refused search most often is: a field that the organization has renamed."""
        # Only the general codes: a refused session or permission says itself what it is about.
        if type(error) not in {APIError, ValidationError} or not isinstance(error, APIError):
            return error
        explained = ValidationError(error.code, error.server_message, error.errors, self.name)
        explained.advice = _UNKNOWN_FIELD
        return explained


_UNKNOWN_FIELD = (
    "Most often a field's name is unknown: an organization can rename fields, and the names of "
    "criteria and of output fields differ (Email, Email 1). server_message has the server's words"
)


def _is_id(field: str) -> bool:
    return field.isascii() and field.isdigit()


def _spell_field(value: Any) -> str:
    if isinstance(value, int):
        return spell_id(value)
    text = spell_text(value)
    if not text.strip():
        raise SpellingError("expected a field's name, or the id of a custom field, got a blank")
    return text


def _spell_criterion(criterion: object) -> Pairs:
    if not is_sequence(criterion) or len(criterion) not in {_TRIPLE - 1, _TRIPLE}:
        raise SpellingError("expected a field, an operator and a value")
    field, operator, *value = criterion
    known = operator.upper() if isinstance(operator, str) else ""
    if known not in SearchOperator.__members__:
        raise SpellingError(f"expected an operator: {', '.join(SearchOperator)}")
    if not value and known not in _VALUELESS:
        raise SpellingError(f"expected a value for {known}")
    if known in _VALUELESS and value and value[0] not in {"", None}:
        raise SpellingError(f"expected no value for {known}")
    # In a repeated group each element sends the same keys, blanks included.
    text = "" if known in _VALUELESS else _spell_value(value[0])
    return [(_KEY, _spell_field(field)), (_OPERATOR, known), (_VALUE, text)]


def _spell_value(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, date) and not isinstance(value, datetime):
        return value.isoformat()
    if not isinstance(value, str):
        raise SpellingError(expected("text, an integer or a date as the value", value))
    return spell_text(value)


@attrs.frozen(kw_only=True)
class ListAccounts(Search):
    """Accounts that meet criteria."""

    path = "account/listAccounts"
    default_id_field: ClassVar[str] = "Account ID"


@attrs.frozen(kw_only=True)
class ListActivities(Search):
    """Activities that meet criteria."""

    path = "account/listActivities"
    default_id_field: ClassVar[str] = "Activity ID"


@attrs.frozen(kw_only=True)
class ListDonations(Search):
    """Donations that meet criteria."""

    path = "donation/listDonations"
    default_id_field: ClassVar[str] = "Donation ID"


@attrs.frozen(kw_only=True)
class ListEvents(Search):
    """Events that meet criteria."""

    path = "event/listEvents"
    default_id_field: ClassVar[str] = "Event ID"


@attrs.frozen(kw_only=True)
class ListMemberships(Search):
    """Memberships that meet criteria."""

    path = "membership/listMemberships"
    default_id_field: ClassVar[str] = "Membership ID"
