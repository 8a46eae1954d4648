"""An account as it was read, with the JSON that it was read from."""

from __future__ import annotations

import copy
from typing import Any, Generic

import attrs

from neon_async._wire.converter import structure_member
from neon_async._wire.fields import wire_fields
from neon_async._wire.type_guards import is_sequence
from neon_async._writing.account_type import AccountT, AccountType, contact_of
from neon_async._writing.losses import Loss, is_empty, losses
from neon_async._writing.place import models_in
from neon_async.errors import LossyReadError
from neon_async.models import Account, CustomFieldData, Login
from neon_async.models._extra import NOTHING
from neon_async.models._references import Reference
from neon_async.operations._identity import check_account_id


@attrs.frozen
class Reading(Generic[AccountT]):
    """One reading of an account."""

    kind: AccountType[AccountT] = attrs.field(repr=False)
    payload: dict[str, Any] = attrs.field(repr=False)
    account: AccountT = attrs.field(repr=False)

    def losses(self) -> list[Loss]:
        record = self.payload[self.kind.retrieve.member]
        return losses(record, self.account, self.kind.spec, self.kind.whole)

    def without(self, dropped: list[Loss]) -> AccountT:
        """Return a copy of the account that lacks what can't be sent."""
        account = copy.deepcopy(self.account)
        for loss in dropped:
            if loss.drops:
                loss.place.clear(account)
        drop_blanks(account)
        return account


def parse_reading(
    kind: AccountType[AccountT], account_id: int, payload: dict[str, Any]
) -> Reading[AccountT]:
    """Return the reading that a reply holds.

    Raises:
        LossyReadError: it holds an account of the other kind.
        ProtocolError: it has not the documented shape, or holds another account.
    """
    member, operation = kind.retrieve.member, kind.retrieve.path.rpartition("/")[2]
    # An account of the other type, under its own member: written back as this one it would lose all
    # that only the other type has.
    if is_empty(payload.get(member)) and not is_empty(payload.get(kind.other)):
        message = f"the reply holds an {kind.other}, not an {member}"
        raise LossyReadError(message, paths=[kind.other], operation=operation)
    account = structure_member(payload, member, kind.cls, operation)
    check_account_id(account, account_id, member, operation)
    return Reading(kind, payload, account)


def strip(account: Account) -> None:
    """Take out what has no parameter and can't be sent: all that is in `extra`."""
    for _, model in [*models_in(account)]:
        for field in wire_fields(model.__class__):
            value = getattr(model, field.attribute)
            if isinstance(value, Reference):
                setattr(model, field.attribute, _without_extra(value))
            elif is_sequence(value):
                setattr(model, field.attribute, [_without_extra(element) for element in value])
        if not isinstance(model, Reference):
            model.extra = NOTHING
    drop_blanks(account)


def _without_extra(value: Any) -> Any:  # noqa: ANN401 - any element
    if not isinstance(value, Reference) or not value.extra:
        return value
    # Not by attrs.evolve, after which the halves would count as made by hand.
    copied = copy.copy(value)
    object.__setattr__(copied, "extra", NOTHING)
    return copied


def drop_blanks(account: Account) -> None:
    """Take out pairs, logins and elements of lists that say nothing.

    Sent, they would be refused, or would take a position among elements that say something.
    """
    for holder in (account, contact_of(account)):
        for field in wire_fields(type(holder)):
            value = getattr(holder, field.attribute)
            if field.item is not None and value:
                setattr(
                    holder,
                    field.attribute,
                    [element for element in value if _says_something(element)],
                )
            elif isinstance(value, Reference | Login) and not _says_something(value):
                setattr(holder, field.attribute, None)


def _says_something(model: Any) -> bool:  # noqa: ANN401 - any model
    if model.extra:
        return True
    if isinstance(model, CustomFieldData):
        # An entry of nothing but its field's id would be refused (codes 10017 and 10018).
        return bool(model.field_option_id or model.field_value)
    return any(getattr(model, field.attribute) for field in wire_fields(model.__class__))
