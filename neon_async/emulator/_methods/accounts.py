"""The account methods that read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.emulator._methods.sync import SyncMethod, answer
from neon_async.emulator._state.data import INDIVIDUAL, ORGANIZATION
from neon_async.emulator._wire.codes import refused
from neon_async.emulator._wire.messages import parse_id

if TYPE_CHECKING:
    from neon_async.emulator._state.state import EmulatorState
    from neon_async.emulator._state.store import Document, StoredRow
    from neon_async.emulator._wire.messages import Fields, Json

_DETAILS = frozenset(("createdDateTime", "createdBy", "url", "login"))
_HIDDEN = {
    INDIVIDUAL: _DETAILS
    | {"organizationName", "existingOrganizationId", "facebookPage", "twitterPage"},
    ORGANIZATION: _DETAILS,
}
"""What only the retrieve methods show."""


def _summary(document: Document) -> Json:
    hidden = _HIDDEN[document["kind"]]
    return {name: value for name, value in document["record"].items() if name not in hidden}


SYNC = SyncMethod(
    ids="accountIds.accountId",
    time_from="syncAccountTimeFrom",
    time_to="syncAccountTimeTo",
    # Accounts have no documented code of their own for it.
    nothing_asked="Date range or account id is required.",
    id_column="accountId",
    shown=_summary,
    columns=frozenset(
        [
            "accountId",
            "lastModifiedBy",
            "lastModifiedDateTime",
            "noSolicitation",
            "organizationName",
            "primaryContactAccountId",
        ]
    ),
)


def sync_accounts(state: EmulatorState, fields: Fields) -> Json:
    """Answer syncAccounts."""
    result = answer(state, state.store.accounts, SYNC, fields)
    changed = state.store.accounts.changed(result.ids)
    records: dict[str, list[Json]] = {INDIVIDUAL: [], ORGANIZATION: []}
    for number in result.ids:
        if number in changed:
            kind, record = changed[number]["kind"], _summary(changed[number])
        else:
            # Unchanged records are computed without what a page does not show.
            kind, record = state.people.kind(number), state.people.summary(number)
        records[kind].append(state.shown("accountId", number, record))
    return {
        "individualAccounts": {"individualAccount": records[INDIVIDUAL]},
        "organizationAccounts": {"organizationAccount": records[ORGANIZATION]},
        "deletedAccountList": {"accountId": result.deleted},
        "page": result.page,
    }


def retrieve_individual_account(state: EmulatorState, fields: Fields) -> Json:
    # No code is known of the retrieve methods; these are those of the update.
    number = identifier(fields.text("accountId"), 10030, 10031)
    return {"individualAccount": _details(state, number, INDIVIDUAL, 10031)}


def retrieve_organization_account(state: EmulatorState, fields: Fields) -> Json:
    number = identifier(fields.text("accountId"), 10131, 10132)
    return {"organizationAccount": _details(state, number, ORGANIZATION, 10132)}


def _details(state: EmulatorState, number: int, kind: str, invalid: int) -> Json:
    # A quirk: what v1 answers for the id of a merged account is on no page.
    followed = _survivor(state, number) if state.quirks.merged_ids_followed else None
    number = number if followed is None else followed
    record: Json = existing(state, number, kind, invalid)["record"]
    return state.shown("accountId", number, record)


def identifier(text: str, required: int, invalid: int) -> int:
    """Return an id, or refuse a missing or impossible one with its code."""
    if not text:
        raise refused(required)
    number = parse_id(text)
    if number is None:
        raise refused(invalid)
    return number


def existing(state: EmulatorState, number: int, kind: str, invalid: int) -> Document:
    row = state.account(number, kind)
    if row is None or row.document is None:
        raise refused(invalid)
    return row.document


def retrieve_duplicate_merge_history(state: EmulatorState, fields: Fields) -> Json:
    searched = identifier(fields.text("accountId"), 10131, 10132)
    current = _survivor(state, searched)
    if current is None:
        raise refused(10132)
    history = {
        "searchedAccountId": searched,
        "currentAccountId": current,
        "previousAccountIds": _merged(state, current),
    }
    return {"mergeHistory": history}


def _survivor(state: EmulatorState, number: int) -> int | None:
    row: StoredRow | None = state.store.accounts.row(number)
    # Merges chain: the survivor may have been merged away since.
    while row is not None and row.merged_into is not None:
        row = state.store.accounts.row(row.merged_into)
    return None if row is None or row.document is None else row.number


def _merged(state: EmulatorState, into: int) -> list[int]:
    """Return all ids that ended in this one, each after those that ended in itself."""
    ids: list[int] = []
    for number in state.store.accounts.merged_into(into):
        ids += [*_merged(state, number), number]
    return ids
