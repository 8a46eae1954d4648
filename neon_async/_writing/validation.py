"""Refuse what no edit may do, whatever its options."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from neon_async._wire.flatten import READ_ONLY
from neon_async._writing.account_type import AccountType, contact_of
from neon_async._writing.diff import is_blank
from neon_async._writing.place import models_in
from neon_async.errors import ErrorCode, InvalidRequestError
from neon_async.models import Account, OrganizationAccount

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neon_async._writing.diff import Difference
    from neon_async._writing.options import EditOptions

_FIXED: Final = READ_ONLY | {"accountId", "primaryContact.contactId"}
_ADDRESS: Final = "primaryContact.addresses.address"
_CUSTOM_FIELD: Final = "customFieldDataList.customFieldData"


def validate_extra(before: Account, after: Account, kind: AccountType[Any]) -> None:
    """Refuse what a change puts into `extra`: it is kept and never sent.

    Raises:
        InvalidRequestError: it puts something there.
    """
    known = [model.extra for _, model in models_in(before)]
    for path, model in models_in(after):
        if model.extra and model.extra not in known:
            message = "`extra` is kept and never sent, so a change of it would be lost"
            raise kind.spec.invalid(message, path + _new_key(model.extra, known))


def _new_key(extra: Mapping[str, Any], known: list[Mapping[str, Any]]) -> str:
    """Return what is new in an `extra`, or its first key where something is only missing."""
    entries = [entry for other in known for entry in other.items()]
    new = [key for key, value in extra.items() if (key, value) not in entries]
    return next(iter([*new, *extra]))


def validate_read_only(entries: list[Difference], kind: AccountType[Any]) -> None:
    """Refuse changes of ids, and of what v1 sets itself.

    Raises:
        InvalidRequestError: there is one.
    """
    for entry in entries:
        name = entry.parameter.removeprefix(f"{kind.spec.root}.")
        # accountId and contactId say which record is meant (codes 10031 and 10025).
        if name in _FIXED:
            raise kind.spec.invalid("v1 sets it, and an edit can't change it", name)


def validate_sendable(before: Account, after: Account, kind: AccountType[Any]) -> None:
    """Refuse what would be sent and not do what it says.

    Raises:
        InvalidRequestError: there is something.
    """
    _validate_addresses(before, after, kind)
    _validate_options(before, after, kind)


def _validate_addresses(before: Account, after: Account, kind: AccountType[Any]) -> None:
    # Reference page Update Individual Account: an address without its id becomes a new one, and
    # code 10037 refuses the id of another account's.
    mine = {address.address_id for address in contact_of(before).addresses or []}
    counts = Counter(address.address_id for address in contact_of(after).addresses or [])
    for address_id, count in counts.items():
        if address_id is not None and (count > 1 or address_id not in mine):
            message = "a new address has no id, and every other keeps its own"
            code = ErrorCode.ADDRESS_ID_FOREIGN
            raise kind.spec.invalid(message, f"{_ADDRESS}.addressId", code)
    for address in contact_of(after).addresses or []:
        if (
            address.state is not None
            and not is_blank(address.state)
            and not is_blank(address.province)
        ):
            message = "v1 ignores it beside a state, so that it would be lost"
            raise kind.spec.invalid(message, f"{_ADDRESS}.province")


def _validate_options(before: Account, after: Account, kind: AccountType[Any]) -> None:
    """Refuse a value without an option where the field has options: v1 asks for its option."""
    known = before.custom_field_data_list or []
    # Codes 10018 and 10068: a field with options takes an option's id, and no value.
    with_options = {entry.field_id for entry in known if entry.field_option_id}
    for entry in after.custom_field_data_list or []:
        chosen = entry.field_option_id or entry in known
        if entry.field_id in with_options and not chosen:
            message = f"custom field {entry.field_id} has options: choose one by its fieldOptionId"
            code = ErrorCode.CUSTOM_FIELD_OPTION_REQUIRED
            if isinstance(after, OrganizationAccount):
                code = ErrorCode.ORGANIZATION_CUSTOM_FIELD_OPTION_REQUIRED
            raise kind.spec.invalid(message, f"{_CUSTOM_FIELD}.fieldOptionId", code)


def validate_deletions(
    entries: list[Difference], options: EditOptions, kind: AccountType[Any]
) -> None:
    """Refuse deletions that the caller has not named.

    Raises:
        InvalidRequestError: there is one; its `deletions` name all of them.
    """
    prefix = f"{kind.spec.root}."
    # Unintended deletions are the most frequent complaint of v1's users.
    unnamed = [
        entry
        for entry in entries
        if entry.deletes
        and options.allow_clear.isdisjoint(name.removeprefix(prefix) for name in entry.names)
    ]
    if unnamed:
        error = InvalidRequestError(
            "the change would delete data",
            parameter=unnamed[0].parameter,
            operation=kind.spec.operation,
        )
        error.deletions = tuple(dict.fromkeys(entry.name.removeprefix(prefix) for entry in unnamed))
        raise error
