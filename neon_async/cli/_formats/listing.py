"""Records on a terminal: a table that grows page by page, with the columns that identify them."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from neon_async import Account, Activity, IndividualAccount
from neon_async.cli._formats.output import Kept
from neon_async.cli._formats.terminal_table import shown
from neon_async.cli._streams import STDOUT
from neon_async.models import Model

_GAP = "  "
_NARROWEST = 8
# Widths that don't depend on a page, so that columns run through; None shares what is left.
_ACCOUNT: dict[str, int | None] = {
    "id": 10,
    "kind": 12,
    "name": None,
    "e-mail": None,
    "last modified": 22,
}
_ACTIVITY: dict[str, int | None] = {
    "id": 10,
    "subject": None,
    "status": 14,
    "begins": 22,
    "last modified": 22,
}


class Listing:
    """Prints records of one kind to stdout, with the header before the first."""

    def __init__(self, name: str) -> None:
        """Fit the columns to the terminal."""
        self._columns, self._row = _KINDS[name]
        self._console = Console()
        self._widths = _widths(self._columns.values(), self._console.width)
        self._pages = self._records = 0

    def write(self, records: Sequence[Model], /) -> None:
        """Print a page."""
        if records and not self._records:
            self._print(self._columns, "bold")
        for record in records:
            self._print(self._row(record))
        self._pages += 1
        self._records += len(records)

    def leave(self) -> None:
        """Do nothing: a terminal is read."""

    def finish(self) -> None:
        """Do nothing: there is nothing to close."""

    def keep(self) -> Kept:
        """Return how much was printed."""
        return Kept(STDOUT if self._pages else "", self._pages, self._records)

    def _print(self, cells: Iterable[object], style: str = "") -> None:
        shaped = map(_shaped, cells, self._widths)
        self._console.print(Text(_GAP.join(shaped), style), soft_wrap=True)


def _widths(columns: Collection[int | None], width: int) -> list[int]:
    taken = sum(filter(None, columns)) + len(_GAP) * (len(columns) - 1)
    share = max(_NARROWEST, (width - taken) // [*columns].count(None))
    return [share if column is None else column for column in columns]


def _shaped(value: object, width: int) -> str:
    text = shown(value).replace("\n", " ")
    if cell_len(text) > width:
        text = f"{set_cell_size(text, width - 1)}…"
    return set_cell_size(text, width)


def _account(account: Account) -> Iterator[object]:
    contact = account.primary_contact
    yield account.account_id
    if isinstance(account, IndividualAccount):
        yield "individual"
        yield " ".join(filter(None, (contact.first_name, contact.last_name))) if contact else None
    else:
        yield "organization"
        yield account.organization_name
    yield contact.email1 if contact else None
    yield _minute(account.last_modified_date_time)


def _activity(activity: Activity) -> Iterator[object]:
    yield activity.activity_id
    yield activity.subject
    yield activity.activity_status.name if activity.activity_status else None
    yield _minute(activity.start_date_time)
    yield _minute(activity.last_modified_date_time)


def _minute(time: datetime | None) -> str | None:
    # A time without its zone would be another instant on each reader's clock.
    return None if time is None else time.isoformat(" ", "minutes")


_KINDS: dict[str, tuple[dict[str, int | None], Callable[[Any], Iterator[object]]]] = {
    "accounts": (_ACCOUNT, _account),
    "activities": (_ACTIVITY, _activity),
}
