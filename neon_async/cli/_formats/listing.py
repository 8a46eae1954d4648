"""Records on a terminal: a table that grows page by page, with the columns that identify them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.text import Text

from neon_async import Account, Activity, IndividualAccount
from neon_async.cli._console import AnswerConsole
from neon_async.cli._formats.output import Kept
from neon_async.cli._formats.terminal_table import shown
from neon_async.cli._streams import STDOUT
from neon_async.models import Model

_GAP = "  "
_NARROWEST = 12
_LEAST_IMPORTANT = ("last modified", "kind", "begins", "e-mail", "status")
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
        columns, row = _KINDS[name]
        self._console = AnswerConsole()
        self._widths = _widths(columns, self._console.width)
        self._columns, self._row = [*self._widths], row
        self._pages = self._records = 0

    def write(self, records: Sequence[Model], /) -> None:
        """Print a page."""
        if records and not self._records:
            self._print(self._columns, "bold")
        for record in records:
            cells = dict(self._row(record))
            self._print(cells[column] for column in self._columns)
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
        shaped = map(_shaped, cells, self._widths.values())
        self._console.print(Text(_GAP.join(shaped), style), soft_wrap=True)


def _widths(columns: Mapping[str, int | None], width: int) -> dict[str, int]:
    """Return the width of each column that a terminal has room for, the least important last."""
    names = [*columns]
    for least in _LEAST_IMPORTANT:
        if _share(columns, names, width) >= _NARROWEST:
            break
        names = [name for name in names if name != least]
    share = max(_NARROWEST, _share(columns, names, width))
    return {name: columns[name] or share for name in names}


def _share(columns: Mapping[str, int | None], names: Sequence[str], width: int) -> int:
    """Return what is left of a line for each column without a width of its own."""
    widths = [columns[name] for name in names]
    return (width - sum(filter(None, widths)) - len(_GAP) * (len(names) - 1)) // widths.count(None)


def _shaped(value: object, width: int) -> str:
    text = shown(value).replace("\n", " ")
    if cell_len(text) > width:
        text = f"{set_cell_size(text, width - 1)}…"
    return set_cell_size(text, width)


def _account(account: Account) -> Iterator[tuple[str, object]]:
    contact = account.primary_contact
    yield "id", account.account_id
    if isinstance(account, IndividualAccount):
        names = (contact.first_name, contact.last_name) if contact else ()
        yield "kind", "individual"
        yield "name", " ".join(filter(None, names))
    else:
        yield "kind", "organization"
        yield "name", account.organization_name
    yield "e-mail", contact.email1 if contact else None
    yield "last modified", _minute(account.last_modified_date_time)


def _activity(activity: Activity) -> Iterator[tuple[str, object]]:
    yield "id", activity.activity_id
    yield "subject", activity.subject
    yield "status", activity.activity_status.name if activity.activity_status else None
    yield "begins", _minute(activity.start_date_time)
    yield "last modified", _minute(activity.last_modified_date_time)


def _minute(time: datetime | None) -> str | None:
    # A time without its zone would be another instant on each reader's clock.
    return None if time is None else time.isoformat(" ", "minutes")


_KINDS: dict[str, tuple[dict[str, int | None], Callable[[Any], Iterator[tuple[str, object]]]]] = {
    "accounts": (_ACCOUNT, _account),
    "activities": (_ACTIVITY, _activity),
}
