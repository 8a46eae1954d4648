"""Records and pages that a command line names: whether they were there."""

from collections.abc import Iterator

import attrs

from neon_async import AccountsPage, ActivitiesPage
from neon_async.cli._not_found import NoSuchRecordError, check_start
from neon_async.cli._pull_options import PullOptions

_FEW = 10


@attrs.define
class NamedRecords:
    """What a pull was asked for by number: ids, and the page to begin with."""

    name: str
    options: PullOptions
    _ids: set[int] = attrs.field(factory=set[int], init=False)
    _deleted: set[int] = attrs.field(factory=set[int], init=False)

    def check_page(self, page: AccountsPage | ActivitiesPage) -> None:
        """Refuse a page behind the last one, which v1 answers without records.

        Raises:
            NoSuchRecordError: it is.
        """
        check_start(self.options.start_page, page.page, page.items)

    def count(self, page: AccountsPage | ActivitiesPage) -> None:
        """Note which records came."""
        if not self.options.ids:
            return
        self._ids.update(record.id for record in page.items)
        self._deleted.update(page.deleted_ids)

    def check_all_came(self) -> None:
        """Pass when every record with a given id came."""
        missing = sorted({*self.options.ids}.difference(self._ids))
        if missing:
            raise NoSuchRecordError("; ".join(self._reasons(missing)))

    def _reasons(self, missing: list[int]) -> Iterator[str]:
        deleted = [number for number in missing if number in self._deleted]
        others = [number for number in missing if number not in self._deleted]
        if others:
            where = " in this range of time" if self.options.time_from else ""
            yield f"no {_singular(self.name)} has {_listed(others)}{where}"
        if deleted:
            yield f"deleted: {_singular(self.name)} with {_listed(deleted)}"


def _singular(name: str) -> str:
    return {"accounts": "account", "activities": "activity"}[name]


def _listed(numbers: list[int]) -> str:
    more = ", …" if len(numbers) > _FEW else ""
    listed = ", ".join(map(str, numbers[:_FEW]))
    return f"the id {listed}" if len(numbers) == 1 else f"an id of {listed}{more}"
