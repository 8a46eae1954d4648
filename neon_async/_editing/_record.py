"""An account as it was read, with the JSON that it was read from."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, Generic

import attrs

from neon_async._editing._kinds import AccountT, Kind, contact_of
from neon_async._editing._lossless import Loss, is_blank, losses
from neon_async._wire.converter import structure_member
from neon_async._wire.names import wire_fields
from neon_async.errors import LossyReadError
from neon_async.models import Account, CustomFieldData, Login, Model
from neon_async.models._pairs import Pair

if TYPE_CHECKING:
    from collections.abc import Container

_CONSENT = "consentInformation"


@attrs.frozen
class Record(Generic[AccountT]):
    """One reading of an account.

    Attributes:
        kind: which kind of account it is.
        payload: the payload of the reply.
        account: the same as a model.
    """

    kind: Kind[AccountT] = attrs.field(repr=False)
    payload: dict[str, Any] = attrs.field(repr=False)
    account: AccountT = attrs.field(repr=False)

    def writable(self, accepted: Container[str] | None) -> tuple[AccountT, list[Loss]]:
        """Return a copy that can be sent, and what it lacks.

        Args:
            accepted: paths of what may be lost, with or without indexes; None for anything.

        Raises:
            LossyReadError: more would be lost.
        """
        payload = copy.deepcopy(self.payload)
        found = self._losses(payload)
        refused = [
            loss
            for loss in found
            if accepted is not None and loss.path not in accepted and loss.name not in accepted
        ]
        if refused:
            said = "; ".join(f"{loss.path} {loss.problem}" for loss in refused)
            problem = f"the account can't be written back as it was read: {said}"
            paths = [loss.path for loss in refused]
            raise LossyReadError(problem, paths=paths, operation=self.kind.page.operation)
        for loss in found:
            if loss.drop is not None:
                loss.drop()
        kind = self.kind
        account = structure_member(payload, kind.retrieve.member, kind.cls, _name(kind))
        prune(account)
        return account, found

    def _losses(self, payload: dict[str, Any]) -> list[Loss]:
        record = payload[self.kind.retrieve.member]
        found = losses(record, self.kind.cls, self.kind.page)
        if not is_blank(payload.get(_CONSENT)):
            found.append(Loss(_CONSENT, "is not known to this package in a reply"))
        return found


def open_record(kind: Kind[AccountT], account_id: int, payload: dict[str, Any]) -> Record[AccountT]:
    """Return the reading that a reply holds.

    Raises:
        LossyReadError: it holds an account of the other kind, or another one.
        ProtocolError: it has not the documented shape.
    """
    member = kind.retrieve.member
    if is_blank(payload.get(member)) and not is_blank(payload.get(kind.other)):
        problem = f"the reply holds an {kind.other}, and not an {member}"
        raise LossyReadError(problem, paths=[kind.other], operation=_name(kind))
    account = structure_member(payload, member, kind.cls, _name(kind))
    if account.account_id != account_id:
        problem = "the reply holds another account than the one asked for"
        raise LossyReadError(problem, paths=["accountId"], operation=_name(kind))
    return Record(kind, payload, account)


def _name(kind: Kind[Any]) -> str:
    return kind.retrieve.path.rpartition("/")[2]


def prune(account: Account) -> None:
    """Take out pairs, logins and elements of lists that say nothing.

    Sent, they would be refused, or would take a position among elements that say something.
    """
    for holder in (account, contact_of(account)):
        for field in wire_fields(type(holder)):
            value = getattr(holder, field.attribute)
            if field.item is not None and value:
                setattr(holder, field.attribute, [one for one in value if _says_something(one)])
            elif isinstance(value, Pair | Login) and not _says_something(value):
                setattr(holder, field.attribute, None)


def _says_something(model: Model) -> bool:
    if isinstance(model, CustomFieldData):
        return bool(model.field_option_id or model.field_value)
    return any(getattr(model, field.attribute) for field in wire_fields(type(model)))
