"""What the demo has pulled, as a table."""

from collections.abc import Sequence

import attrs
from rich.table import Table

from neon_async import (
    AccountsPage,
    ActivitiesPage,
    Contact,
    IndividualAccount,
)

_NEAR = 1.2
"""How much longer than the ideal needs no explanation."""


@attrs.define
class Pulled:
    """The result of one pull.

    Attributes:
        expected: how many records there are.
        ids: the ids of those that came; each counts once.
        editable: the ids of those that an update can carry whole.
        deleted: the ids that were reported as deleted.
    """

    name: str
    expected: int
    ids: set[int] = attrs.field(factory=set[int])
    editable: list[int] = attrs.field(factory=list[int])
    deleted: list[int] = attrs.field(factory=list[int])
    pages: int = 0
    seconds: float = 0.0

    def count(self, page: AccountsPage | ActivitiesPage) -> None:
        self.pages += 1
        self.ids.update(record.id for record in page.items)
        if isinstance(page, AccountsPage):
            people = [person for person in page.individual_accounts if not _has_shipping(person)]
            self.editable += [person.account_id for person in people if person.account_id]
            self.deleted += page.deleted_account_ids

    @property
    def missing(self) -> int:
        """How many records did not come."""
        return self.expected - len(self.ids)


@attrs.frozen
class Duration:
    """How long all pulls took together.

    Attributes:
        seconds: from begin to end.
        computing: seconds that this process computed meanwhile.
    """

    seconds: float
    computing: float


def _has_shipping(person: IndividualAccount) -> bool:
    """Whether an address is a shipping address, for which updates have no parameter."""
    contact = person.primary_contact or Contact()
    return any(address.is_shipping_address for address in contact.addresses or ())


def summary(
    pulls: Sequence[Pulled], duration: Duration, *, concurrency: int, latency: float
) -> Table:
    """Draw the table, with a last row for all pulls together, which ran at the same time."""
    ideal = sum(pulled.pages for pulled in pulls) / concurrency * latency
    caption = f"ideal: pages ÷ {concurrency} requests at once × {latency:g} s latency"
    if duration.seconds > _NEAR * ideal:
        caption += (
            f"\n{duration.seconds - ideal:.2f} s more: the client computed for "
            f"{duration.computing:.2f} s, and waited\nfor the emulator, which shares this machine"
        )
    table = Table(caption=caption)
    table.add_column("")
    for name in ("records", "of", "pages", "seconds", "ideal"):
        table.add_column(name, justify="right")
    for pulled in pulls:
        table.add_row(*_cells(pulled.name, [pulled], pulled.seconds), "")
    table.add_row(*_cells("together", pulls, duration.seconds), f"{ideal:.2f}", style="bold")
    return table


def counts(pulls: Sequence[Pulled], duration: Duration) -> str:
    """Return what is most important in the table, for a terminal that is too narrow for it."""
    lines = [
        f"{name}: {records} of {expected} records"
        for name, records, expected, *_ in (
            _cells(pulled.name, [pulled], pulled.seconds) for pulled in pulls
        )
    ]
    return "\n".join([*lines, f"together: {duration.seconds:.2f} s"])


def _cells(name: str, pulls: Sequence[Pulled], seconds: float) -> list[str]:
    records = sum(len(pulled.ids) for pulled in pulls)
    expected = sum(pulled.expected for pulled in pulls)
    pages = sum(pulled.pages for pulled in pulls)
    return [name, f"{records:,}", f"{expected:,}", f"{pages:,}", f"{seconds:.2f}"]
