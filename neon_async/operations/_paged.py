"""What every operation with result pages has: which page, how large, in what order."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import attrs

from neon_async._wire.converter import structure_page, structure_page_in_steps
from neon_async._wire.spelling import spell_choice, spell_id, spell_text
from neon_async.operations._base import Effect, Operation
from neon_async.operations._validation import validate

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    from neon_async._wire.form import Pairs
    from neon_async._wire.steps import Steps

PageT = TypeVar("PageT")


class SortDirection(enum.StrEnum):
    """Which end of the sort order comes first."""

    ASC = "ASC"
    DESC = "DESC"


@attrs.frozen(kw_only=True)
class PagedOperation(Operation[PageT]):
    """A read of one result page: `attrs.evolve(operation, page=2)` reads the next.

    Attributes:
        page: number of the page, from 1.
        page_size: records a page; v1 decides when None.
        sort_column: name of the field to sort by; v1 decides when None.
        sort_direction: `"ASC"` or `"DESC"`; v1 decides when None.
    """

    effect = Effect.READ
    id_parameter: ClassVar[str] = ""

    page: int = 1
    page_size: int | None = None
    sort_column: str | None = None
    sort_direction: SortDirection | str | None = None

    @property
    def ids(self) -> tuple[int, ...]:
        """The requested record ids, or none where the records are found otherwise."""
        return ()

    @property
    def ignore_deleted(self) -> bool | None:
        """Whether the ids of deleted records are left out of the pages, where there are any."""
        return None

    def parts(self) -> tuple[Self, ...]:
        """Return the operations for the first page of each query, as one request can ask for."""
        return (self,)

    def parse(self, payload: dict[str, Any]) -> PageT:
        page: PageT = structure_page(payload, self.reply, self.name)
        return page

    def parse_in_steps(self, payload: dict[str, Any]) -> Steps[PageT]:
        """Return the page like `parse`, with pauses where other tasks may run.

        It may take the payload apart, to release the JSON of each record that is made.

        A class that has a `parse` of its own is parsed by that, at once.

        Raises:
            ProtocolError: as for `parse`.
        """
        cls = type(self)
        # A class nearer than the one with the steps knows something that they don't.
        first = next(base for base in cls.__mro__ if {"parse", "_steps"} & vars(base).keys())
        if "_steps" in vars(first):
            return (yield from self._steps(payload))
        return self.parse(payload)

    def _steps(self, payload: dict[str, Any]) -> Steps[PageT]:
        return structure_page_in_steps(payload, self.reply, self.name)

    def _page_params(self) -> Pairs:
        """Return the parameters of the page, in the order of the reference pages."""
        # Pages count from 1. Without a page size, v1 chooses one and echoes it in the reply.
        pairs = [self._pair("page.currentPage", spell_id, self.page)]
        for name, spell, value in (
            ("page.pageSize", spell_id, self.page_size),
            ("page.sortColumn", spell_text, self.sort_column),
            ("page.sortDirection", _spell_direction, self.sort_direction),
        ):
            if value is not None:
                pairs.append(self._pair(name, spell, value))
        return pairs

    def _pair(self, name: str, spell: Callable[[Any], str], value: Any) -> tuple[str, str]:
        return name, validate(spell, value, name, self.name)


def _spell_direction(value: Any) -> str:
    return spell_choice(value, SortDirection)
