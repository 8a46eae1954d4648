"""Methods that change the emulated organization from outside, as its users would."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from neon_async.emulator._methods.account_writes import give_ids
from neon_async.emulator._methods.sync import MODIFIED
from neon_async.emulator._state.data import INDIVIDUAL, ORGANIZATION
from neon_async.emulator._state.store import StoredRow
from neon_async.emulator._wire.clock import milliseconds, parse_timestamp, timestamp
from neon_async.emulator._wire.messages import addresses, copied, is_object, legacy

if TYPE_CHECKING:
    from neon_async.emulator._state.state import EmulatorState
    from neon_async.emulator._state.store import Changes, Collection, Document
    from neon_async.emulator._wire.messages import Json

_USER = "Emulator"
_LARGEST_ID = 999_999_999_999


class TestControls:
    """Creates, changes, deletes and merges records.

    Arguments and results are dicts in the JSON shape of v1. Records are stored unchecked: planted
    fields, numbers instead of text, and unusual dates come back in replies.
    Every method may be called from any thread.
    """

    _state: EmulatorState

    def create_individual(self, **fields: Any) -> int:
        """Create an individual account and return its id.

        Args:
            fields: top-level fields, such as `primaryContact={"firstName": "Ada"}`. What a
                record needs is added: ids, times, names and wrappers. A field given as None
                is left out, `lastModifiedDateTime=None` and an address's `addressId=None` too.
                `lastModifiedDateTime` may be a datetime or text, so that several records can
                share an instant. `accountId` may be any id that was never used.
        """
        return self._create_account(INDIVIDUAL, fields)

    def create_organization(self, **fields: Any) -> int:
        """Create an organization account and return its id (see `create_individual`)."""
        return self._create_account(ORGANIZATION, fields)

    def change_account(self, account_id: int, /, **fields: Any) -> None:
        """Change an account.

        Args:
            account_id: the account.
            fields: what changes, merged into the record: objects field by field, lists as a
                whole, None removes. The last-modified time becomes now unless it is given.

        Raises:
            LookupError: there is no such account.
        """
        self._change(self._state.store.accounts, account_id, fields)

    def garble_account(self, account_id: int, /, **fields: Any) -> None:
        """Let replies show an account with odd values, as an old database may hold them.

        The stored record stays as it is, as do sorting, counting, writes and the result of
        `account`. Each call replaces the one before; a call without fields ends it.

        Args:
            account_id: the account.
            fields: what replies show instead, of any shape: a date such as `"0000-00-00"`, null for
                the `accountId`, text for an object. Objects are merged field by field, and a field
                given as `...` is missing. Text may hold half of a surrogate pair, which is sent as
                its escape; one of U+DC80 to U+DCFF is sent as a byte that is not UTF-8.
        """
        self._garble("accountId", account_id, fields)

    def garble_activity(self, activity_id: int, /, **fields: Any) -> None:
        """Let replies show an activity with odd values (see `garble_account`)."""
        self._garble("activityId", activity_id, fields)

    def _garble(self, id_column: str, number: int, fields: Json) -> None:
        state = self._state
        with state.store.lock:
            state.garbled.pop((id_column, number), None)
            if fields:
                state.garbled[id_column, number] = fields

    def delete_account(self, account_id: int) -> None:
        """Delete an account.

        Raises:
            LookupError: there is no such account.
        """
        self._delete(self._state.store.accounts, account_id)

    def merge_accounts(self, old: int, into: int) -> None:
        """Merge an account into another, which is changed by it, and drop the old id.

        Raises:
            LookupError: one of them does not exist.
            ValueError: both are the same.
        """
        if old == into:
            raise ValueError(f"expected two different accounts, got {old} twice")
        state = self._state
        with state.store.lock:
            accounts = state.store.accounts
            self._latest(accounts, old)
            survivor = self._latest(accounts, into)
            self._merge(survivor, {})
            changes: Changes = [
                # For a sync the old id is deleted, as in v1: only the merge history says more.
                (accounts, StoredRow(old, state.now(), None, into)),
                (accounts, StoredRow(into, _time(survivor), survivor)),
            ]
            self._commit(changes)

    def account(self, account_id: int) -> Json | None:
        """Return an account as the retrieve methods show it, or None if there is none."""
        document = self._visible(self._state.store.accounts, account_id)
        return None if document is None else self._shown(document)

    def consent(self, account_id: int) -> dict[str, str] | None:
        """Return an account's consent information, which no method of v1 shows."""
        document = self._visible(self._state.store.accounts, account_id)
        return None if document is None else document["consent"]

    def account_ids(self) -> list[int]:
        """Return the ids of all accounts, in order."""
        return self._ids(self._state.store.accounts)

    def create_activity(self, **fields: Any) -> int:
        """Create an activity and return its id (see `create_individual`)."""
        state = self._state
        with state.store.lock:
            number = self._new_id(state.store.activities, fields.pop("activityId", None))
            now_text = state.now_text()
            record: Json = {
                "createdDateTime": now_text,
                "createdBy": _USER,
                MODIFIED: now_text,
                "activityId": number,
                "subject": "",
                "note": "",
                "startDateTime": now_text,
                "endDateTime": now_text,
                "systemUserId": 101_130,
                "activityStatus": {"id": "2", "name": "Not Started"},
                "activityPriority": "NORMAL",
            }
            fields = {MODIFIED: now_text} | fields
            self._put(state.store.activities, number, {"record": record}, fields)
        return number

    def change_activity(self, activity_id: int, /, **fields: Any) -> None:
        """Change an activity (see `change_account`).

        Raises:
            LookupError: there is no such activity.
        """
        self._change(self._state.store.activities, activity_id, fields)

    def delete_activity(self, activity_id: int) -> None:
        """Delete an activity.

        Raises:
            LookupError: there is no such activity.
        """
        self._delete(self._state.store.activities, activity_id)

    def activity(self, activity_id: int) -> Json | None:
        """Return an activity as syncActivities shows it, or None if there is none."""
        document = self._visible(self._state.store.activities, activity_id)
        return None if document is None else self._shown(document)

    def activity_ids(self) -> list[int]:
        """Return the ids of all activities, in order."""
        return self._ids(self._state.store.activities)

    def _create_account(self, kind: str, fields: Json) -> int:
        state = self._state
        with state.store.lock:
            number = self._new_id(state.store.accounts, fields.pop("accountId", None))
            document = _new_account(state, kind, number)
            self._put(state.store.accounts, number, document, fields)
        return number

    def _change(self, collection: Collection, number: int, fields: Json) -> None:
        with self._state.store.lock:
            self._put(collection, number, self._latest(collection, number), fields)

    def _put(self, collection: Collection, number: int, document: Document, fields: Json) -> None:
        self._merge(document, fields)
        self._commit([(collection, StoredRow(number, _time(document), document))])

    def _new_id(self, collection: Collection, chosen: object) -> int:
        state, store = self._state, self._state.store
        next_id = state.new_account_id if collection is store.accounts else state.new_activity_id
        number = next_id() if chosen is None else _valid_id(chosen)
        while store.latest(collection, number) is not None:
            if chosen is not None:
                raise ValueError(f"the id {number} is in use, or was")
            number = next_id()
        return number

    def _delete(self, collection: Collection, number: int) -> None:
        with self._state.store.lock:
            self._latest(collection, number)
            self._commit([(collection, StoredRow(number, self._state.now(), None))])

    def _ids(self, collection: Collection) -> list[int]:
        state = self._state
        with state.store.lock:
            state.store.flush_due(state.now())
            everything = collection.index.everything()
            return everything.ids(0, len(everything))

    def _latest(self, collection: Collection, number: int) -> Document:
        """Return a copy of a record that may be changed."""
        row = self._state.store.latest(collection, number)
        if row is None or row.document is None:
            raise LookupError(f"there is no record with the id {number}")
        return copied(row.document)

    def _visible(self, collection: Collection, number: int) -> Document | None:
        state = self._state
        with state.store.lock:
            state.store.flush_due(state.now())
            row = collection.row(number)
        return None if row is None or row.document is None else copied(row.document)

    def _shown(self, document: Document) -> Json:
        record: Json = document["record"]
        return legacy(record) if self._state.quirks.legacy_json else record

    def _merge(self, document: Document, fields: Json) -> None:
        """Merge fields into a record (RFC 7396), as changed now if they say no other time."""
        record = document["record"]
        values: Json = {MODIFIED: self._state.now_text()} | fields
        # Activities have none in the sample of page Sync Activities.
        if "lastModifiedBy" in record:
            values = {"lastModifiedBy": _USER} | values
        if isinstance(values[MODIFIED], datetime):
            values[MODIFIED] = timestamp(milliseconds(values[MODIFIED]))
        values = copied(values)
        for name in ("accountId", "activityId"):
            if name in values and values[name] != record.get(name):
                raise ValueError(f"{name} can't be changed")
        _number_addresses(self._state, values)
        document["record"] = _patched(record, values)

    def _commit(self, changes: Changes) -> None:
        state = self._state
        delay = state.quirks.commit_delay
        state.store.flush_due(state.now())
        state.store.commit(changes, state.now() + int(delay * 1000) if delay > 0 else None)


def _valid_id(chosen: object) -> int:
    if not isinstance(chosen, int) or isinstance(chosen, bool) or not 0 < chosen <= _LARGEST_ID:
        raise ValueError(f"expected an id of at most 12 digits, got {chosen!r}")
    return chosen


def _new_account(state: EmulatorState, kind: str, number: int) -> Document:
    record: Json = {"lastModifiedDateTime": "", "lastModifiedBy": "", "accountId": number}
    if kind == ORGANIZATION:
        record["organizationName"] = f"Organization {number}"
    name = {"firstName": "", "lastName": ""}
    if kind == INDIVIDUAL:
        name = {"firstName": "Person", "lastName": f"Number {number}"}
    record |= {
        "primaryContact": name
        | {"middleName": "", "deceased": False, "addresses": {"address": []}},
        "noSolicitation": False,
        "customFieldDataList": {"customFieldData": []},
        "source": {},
        f"{kind}Types": {f"{kind}Type": []},
        "createdDateTime": state.now_text(),
        "createdBy": _USER,
    }
    give_ids(state, record)
    return {"kind": kind, "record": record, "consent": {}}


def _number_addresses(state: EmulatorState, fields: Json) -> None:
    """Give ids to new addresses, unless their id is None."""
    for address in addresses(fields):
        if "addressId" not in address:
            address["addressId"] = state.new_address_id()
        elif address["addressId"] is None:
            del address["addressId"]


def _patched(target: Json, patch: Json) -> Json:
    """Return an object with a merge patch applied (RFC 7396)."""
    merged = dict(target)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif is_object(value):
            inside = merged.get(name)
            merged[name] = _patched(inside if is_object(inside) else {}, value)
        else:
            merged[name] = value
    return merged


def _time(document: Document) -> int | None:
    """Return a record's last-modified time in milliseconds."""
    text = document["record"].get(MODIFIED)
    if text is None:
        return None
    at = parse_timestamp(str(text))
    if at is None:
        raise ValueError(
            f"{MODIFIED}: expected a time such as 2014-01-10T15:50:28.153+08:00, got {text!r}"
        )
    return at // 1000
