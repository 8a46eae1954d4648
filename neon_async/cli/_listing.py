"""Records on a terminal: a table that grows by pages, of what tells one record from another."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from neon_async import Account, Activity, IndividualAccount
from neon_async.cli._output import Write
from neon_async.cli._tables import shown
from neon_async.models import Model

# Widths that don't depend on a page, so that columns run through; None shares what is left.
_ACCOUNT: dict[str, int | None] = {
    "id": 10,
    "kind": 12,
    "name": None,
    "e-mail": None,
    "last modified": 16,
}
_ACTIVITY: dict[str, int | None] = {
    "id": 10,
    "subject": None,
    "status": 14,
    "begins": 16,
    "last modified": 16,
}


def listing(name: str) -> Write:
    """Return what prints records of one kind to stdout, with the header before the first."""
    columns, row = _KINDS[name]
    console = Console()
    headed = False

    def write(records: Sequence[Model]) -> None:
        nonlocal headed
        table = Table(box=None, expand=True, pad_edge=False, show_header=not headed)
        for title, width in columns.items():
            table.add_column(
                title, width=width, ratio=None if width else 1, no_wrap=True, overflow="ellipsis"
            )
        for record in records:
            table.add_row(*(Text(shown(cell)) for cell in row(record)))
        if records:
            console.print(table)
            headed = True

    return write


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
    return None if time is None else f"{time:%Y-%m-%d %H:%M}"


_KINDS: dict[str, tuple[dict[str, int | None], Callable[[Any], Iterator[object]]]] = {
    "accounts": (_ACCOUNT, _account),
    "activities": (_ACTIVITY, _activity),
}
