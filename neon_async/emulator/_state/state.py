"""What the API methods work on."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import attrs

from neon_async.emulator._state.contacts import ADDRESSES_EACH
from neon_async.emulator._state.data import Accounts
from neon_async.emulator._state.lists import ReferenceLists
from neon_async.emulator._state.quirks import Quirks
from neon_async.emulator._state.sessions import OpenSessions
from neon_async.emulator._state.store import Document, Store
from neon_async.emulator._state.tables import Tables
from neon_async.emulator._wire.clock import Clock, milliseconds, timestamp
from neon_async.emulator._wire.messages import addresses, inner, is_object

if TYPE_CHECKING:
    from neon_async.emulator._state.store import StoredRow
    from neon_async.emulator._wire.messages import Json


# Results of a search that are kept for its next page, unless they are more than this.
_MOST_RESULTS = 5_000

_SYNTHETIC_LOGIN = re.compile(r"user(\d{1,12})", re.ASCII)


@attrs.define
class Searches:
    """The results of the latest search, for its further pages."""

    _query: object = None
    _results: list[Document] = attrs.field(factory=list["Document"], repr=False)

    def get(self, query: object, version: int | None) -> list[Document] | None:
        """Return the results of a search, if it was the latest one and nothing has changed."""
        is_latest = version is not None and self._query == (query, version)
        return self._results if is_latest else None

    def keep(self, query: object, version: int | None, results: list[Document]) -> None:
        """Keep the results of a search, unless they are too many."""
        # One search, and not a large one: its documents are held in memory.
        few = len(results) <= _MOST_RESULTS
        self._query, self._results = ((query, version), results) if few else (None, [])


@attrs.define
class EmulatorState:
    """One emulated organization.

    Attributes:
        people: the synthetic accounts, for values that need no complete record.
        garbled: what replies show of a record instead, by the name of its id and the id.
    """

    store: Store
    people: Accounts
    sessions: OpenSessions
    clock: Clock
    page_size_limit: int
    quirks: Quirks = attrs.field(factory=Quirks)
    lists: ReferenceLists = attrs.field(factory=ReferenceLists)
    garbled: dict[tuple[str, int], Any] = attrs.field(
        factory=dict[tuple[str, int], Any], repr=False
    )

    searches: Searches = attrs.field(factory=Searches, init=False, repr=False)
    _tables: Tables | None = attrs.field(default=None, init=False, repr=False)

    @property
    def tables(self) -> Tables:
        """Donations, events and memberships, made when they are first asked for."""
        if self._tables is None:
            self._tables = Tables.seeded(self.people.seed, self.people)
        return self._tables

    def shown(self, id_column: str, number: int, record: Json) -> Json:
        instead = self.garbled.get((id_column, number))
        return record if instead is None else _garbled(record, instead)

    def now(self) -> int:
        """Return the time in milliseconds since 1970."""
        return milliseconds(self.clock())

    def now_text(self) -> str:
        """Return the time as v1 writes it."""
        return timestamp(self.now())

    def account(self, number: int, kind: str | None = None) -> StoredRow | None:
        """Return an account as requests see it, or None if there is none of that kind."""
        row = self.store.accounts.row(number)
        if row is None or row.document is None or kind not in {None, row.document["kind"]}:
            return None
        return row

    def owner_of_login(self, username: str) -> int | None:
        owner = self.store.owner("login", "username", username)
        if owner is not None:
            return owner
        # Synthetic logins are in no table: the name itself says whose it is.
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


def _garbled(record: Json, instead: Json) -> Json:
    shown = dict(record)
    for name, value in instead.items():
        if value is ...:
            shown.pop(name, None)
        elif is_object(value) and is_object(shown.get(name)):
            shown[name] = _garbled(shown[name], value)
        else:
            shown[name] = value
    return shown
