"""The tables of one kind of records, and the changes that go into them."""

from collections.abc import Iterable, Iterator
from typing import Any, Generic, TypeVar

import attrs

from neon_async import Account, Activity, Change, Deleted, Merged, Upserted
from neon_async.warehouse._table import Names, Row, Table

RecordT = TypeVar("RecordT", bound=Account | Activity)


@attrs.frozen
class NetChanges(Generic[RecordT]):
    """The state to which changes lead: the last change of each id.

    Attributes:
        upserted: the records that were created or changed.
        deleted: the deletions.
        merged: the merges, which accounts alone have.
    """

    upserted: tuple[RecordT, ...]
    deleted: tuple[Deleted, ...]
    merged: tuple[Merged, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        """The ids of all three: what a copy has of them is replaced, child rows as a whole."""
        changes = (*self.upserted, *self.deleted, *self.merged)
        return tuple(change.id for change in changes)


def net(changes: Iterable[Change[RecordT]]) -> NetChanges[RecordT]:
    """Return the state to which the changes of a batch lead.

    Args:
        changes: `batch.changes`, in order. The same id may be among them more than once.

    Raises:
        LookupError: a record has no id.
    """
    latest = {change.id: change for change in changes}.values()
    return NetChanges(
        tuple(change.record for change in latest if isinstance(change, Upserted)),
        tuple(change for change in latest if isinstance(change, Deleted)),
        tuple(change for change in latest if isinstance(change, Merged)),
    )


@attrs.frozen
class RecordTables:
    """The tables of one kind of records.

    Attributes:
        records: the records themselves.
        children: the tables that are joined by the record's id.
        deletions: ids that were deleted.
        merges: accounts that were merged into others; None for activities.
    """

    records: Table
    children: tuple[Table, ...]
    deletions: Table
    merges: Table | None

    def __iter__(self) -> Iterator[Table]:
        """Iterate over all of them."""
        yield from (self.records, *self.children, self.deletions)
        if self.merges is not None:
            yield self.merges

    def id_column(self, names: Names = "v1") -> str:
        """Return the name of the column that each of them has for the record's id."""
        return self.records.key(names)[0]

    def rows(
        self, changes: Iterable[Change[Account] | Change[Activity]], names: Names = "v1"
    ) -> dict[str, list[Row]]:
        """Return the rows of all tables, by their names, for the net changes of a batch.

        To apply them, delete what is stored under the ids of `net(changes)`, in all tables, and
        insert the rows: an account that has lost its last address has no row to say so.

        Args:
            changes: `batch.changes`, of the same kind of records.
            names: how columns are named.

        Raises:
            LookupError: a record has no id.
        """
        return self.rows_of(net(changes), names)

    def rows_of(self, state: NetChanges[Any], names: Names = "v1") -> dict[str, list[Row]]:
        """Return the rows of all tables, by their names, for changes that `net` has returned.

        Args:
            state: the net changes, of the same kind of records.
            names: how columns are named.

        Raises:
            LookupError: a record has no id.
        """
        of_part: dict[str, tuple[Any, ...]] = {"deletions": state.deleted, "merges": state.merged}
        return {
            table.name: list(table.rows(of_part.get(table.part, state.upserted), names))
            for table in self
        }
