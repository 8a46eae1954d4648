"""Search results: rows of names and values, as v1 spells them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from neon_async.models._base import extra_field
from neon_async.models._pages import PageInfo, ResultPage, Unreadable, unreadable_field

_ID = re.compile(r"\s*[0-9]{1,19}\s*", re.ASCII)


@attrs.frozen(eq=False, repr=False)
class SearchRow(Mapping[str, str]):
    """One row of a search: a mapping of field names to values, in the order of the reply.

    Names are as the reply spells them, which need not be as they were asked for: v1 has answered
    `Account Id` for `Account ID`. They are looked up exactly, and then without regard to case.
    Values are text, as v1 wrote them; a missing one is `""`. The representation shows the names
    only. `unstructure(row)`, like `dict(row)`, is a plain dictionary.

    Attributes:
        id: the record's id, from the section's id column.
        pairs: all names and values in order, with the doubles that a mapping can't hold: two
            custom fields may have the same name, and the mapping has the first.
    """

    id: int
    pairs: tuple[tuple[str, str], ...]

    def __getitem__(self, name: str) -> str:
        """Return the value of a field.

        Raises:
            KeyError: there is no such field; the message lists the fields.
        """
        folded = name.casefold()
        values = dict(reversed(self.pairs))
        if name in values:
            return values[name]
        for known, value in self.pairs:
            if known.casefold() == folded:
                return value
        message = f"no field {name!r} in this row; it has {', '.join(map(repr, self))}"
        raise KeyError(message)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the names, each once."""
        return iter(dict.fromkeys(name for name, _ in self.pairs))

    def __len__(self) -> int:
        """Count the names."""
        return len({name for name, _ in self.pairs})

    def __repr__(self) -> str:
        """Show the id and the names: values are donors' data."""
        return f"SearchRow(id={self.id}, fields=[{', '.join(map(repr, self))}])"

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:
        """Show the same where Rich would look into the mapping."""
        yield "id", self.id
        yield "fields", list(self)


def row_id(pairs: tuple[tuple[str, str], ...], id_field: str) -> int | None:
    """Return the id in a row, or None without an id column or a positive number in it."""
    folded = id_field.casefold()
    values = [value for name, value in pairs if name.casefold() == folded]
    number = int(values[0]) if values and _ID.fullmatch(values[0]) else 0
    return number or None


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class SearchPage(ResultPage):
    """One page of a search.

    Attributes:
        rows: the rows with a usable id.
        page: which page it is.
        response_date_time: when v1 replied.
        unreadable: rows without a usable id, which are in none of the lists.
        extra: what else the reply holds.
    """

    rows: list[SearchRow] = attrs.field(factory=list[SearchRow])
    page: PageInfo | None = None
    response_date_time: datetime | None = None
    unreadable: tuple[Unreadable, ...] = unreadable_field()
    extra: Mapping[str, Any] = extra_field()

    @property
    def items(self) -> list[SearchRow]:
        """The rows."""
        return self.rows

    @property
    def keys(self) -> list[object]:
        """The row's identity."""
        return [row.id for row in self.rows]
