"""Names of the options of custom fields, which v1 does not show in accounts."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import attrs

from neon_async._wire.type_guards import is_sequence
from neon_async._writing.diff import AccountDiff, Difference
from neon_async.errors import NeonError
from neon_async.models import IdName
from neon_async.operations import ListCustomFields
from neon_async.operations._base import Sender

if TYPE_CHECKING:
    from collections.abc import Iterator

_Option: TypeAlias = tuple[str, str | None]  # the ids of the field and of the option


@attrs.define(eq=False)
class OptionNames:
    """Names that were looked up for the diffs of one client."""

    _sender: Sender = attrs.field(repr=False)
    _names: dict[_Option, str] = attrs.field(factory=dict[_Option, str], init=False)
    _looked_up: set[_Option] = attrs.field(factory=set[_Option], init=False)

    async def look_up(self, diff: AccountDiff, *components: str) -> None:
        """Ask for names that the diff lacks, once for each option.

        A diff goes without names rather than that an edit fails for want of them.
        """
        missing = {option for entry in diff for option in _unnamed(entry)} - self._looked_up
        self._looked_up |= missing
        for component in components:
            if not missing <= self._names.keys():
                try:
                    fields = await self._sender.send(ListCustomFields(component))
                # A user of the API may lack the permission; the diff then shows ids.
                except NeonError:
                    continue
                self._names |= {
                    (field.field_id or "", option.id): option.name
                    for field in fields
                    for option in field.field_options or []
                    if option.name
                }

    def named(self, diff: AccountDiff) -> AccountDiff:
        return AccountDiff(tuple(self._named(entry) for entry in diff))

    def _named(self, entry: Difference) -> Difference:
        if not [*_unnamed(entry)]:
            return entry
        sides = (self._side(side, entry.element) for side in (entry.old, entry.new))
        old, new = sides
        return attrs.evolve(entry, old=old, new=new)

    def _side(self, side: object, field_id: str) -> object:
        if is_sequence(side):
            return tuple(self._side(option, field_id) for option in side)
        if isinstance(side, IdName) and not side.name:
            return IdName(side.id, self._names.get((field_id, side.id)))
        return side


def _unnamed(entry: Difference) -> Iterator[_Option]:
    if ".customFieldData." not in entry.parameter:
        return
    for side in (entry.old, entry.new):
        for option in side if is_sequence(side) else (side,):
            if isinstance(option, IdName) and not option.name:
                yield entry.element, option.id
