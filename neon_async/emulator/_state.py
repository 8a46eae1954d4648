"""What the API methods work on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import attrs

from ._clock import Clock, milliseconds, timestamp
from ._contacts import ADDRESSES_EACH
from ._data import Accounts
from ._lists import ReferenceLists
from ._quirks import Quirks
from ._sessions import Sessions
from ._store import Store
from ._wire import addresses, inner

if TYPE_CHECKING:
    from ._store import Row


_SYNTHETIC_LOGIN = re.compile(r"user(\d{1,12})", re.ASCII)


@attrs.define
class State:
    """One emulated organization.

    Attributes:
        people: the synthetic accounts, for what can be known without making the records.
    """

    store: Store
    people: Accounts
    sessions: Sessions
    clock: Clock
    page_size_limit: int
    quirks: Quirks = attrs.field(factory=Quirks)
    lists: ReferenceLists = attrs.field(factory=ReferenceLists)

    def now(self) -> int:
        """Return the time in milliseconds since 1970."""
        return milliseconds(self.clock())

    def stamp(self) -> str:
        """Return the time as v1 writes it."""
        return timestamp(self.now())

    def account(self, number: int, kind: str | None = None) -> Row | None:
        """Return an account as requests see it; None if there is none of that kind."""
        row = self.store.accounts.row(number)
        if row is None or row.document is None or kind not in {None, row.document["kind"]}:
            return None
        return row

    def owner_of_login(self, username: str) -> int | None:
        """Return the account that has this login name."""
        owner = self.store.owner("login", "username", username)
        if owner is not None:
            return owner
        synthetic = _SYNTHETIC_LOGIN.fullmatch(username)
        row = None if synthetic is None else self.account(int(synthetic[1]))
        if row is None or row.document is None:
            return None
        known = inner(row.document, "record", "login", "username")
        return row.number if known == username else None

    def owner_of_address(self, address_id: int) -> int | None:
        """Return the account whose contact has this address."""
        noted = self.store.owner("address", "id", address_id)
        row = self.account(address_id // ADDRESSES_EACH if noted is None else noted)
        if row is None or row.document is None:
            return None
        mine = [address.get("addressId") for address in addresses(row.document["record"])]
        return row.number if address_id in mine else None

    def new_account_id(self) -> int:
        """Return an account id that was never used."""
        return self.store.next_number("next account", self.people.base.ids.stop)

    def new_address_id(self) -> int:
        """Return an address id that was never used."""
        first = self.people.base.ids.stop * ADDRESSES_EACH
        return self.store.next_number("next address", first)

    def new_activity_id(self) -> int:
        """Return an activity id that was never used."""
        base = self.store.activities.synthetic.base
        return self.store.next_number("next activity", base.ids.stop)
