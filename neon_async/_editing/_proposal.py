"""From a reading and a change to what would be sent, with everything refused that can be known."""

from __future__ import annotations

import copy
import inspect
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any, Generic, Literal, TypeAlias

import attrs

from neon_async._editing._compare import absent, adopt, compare
from neon_async._editing._diff import AccountDiff, Difference, DifferenceKind
from neon_async._editing._kinds import AccountT, Kind, contact_of
from neon_async._editing._lossless import Loss
from neon_async._editing._record import Record, prune
from neon_async._wire.flatten import READ_ONLY
from neon_async._wire.names import wire_fields
from neon_async._wire.shapes import is_sequence
from neon_async.errors import ErrorCode, InvalidRequestError
from neon_async.models import Account, Address, ConsentInformation, ConsentStatus, Model

Change: TypeAlias = Callable[[AccountT], AccountT | None]

_FIXED = READ_ONLY | {"accountId", "primaryContact.contactId"}
# What every write changes, and what can't be read back.
_NOT_VERIFIED = {"lastmodifieddatetime", "lastmodifiedby", "login.password"}
_ADDRESS = "primaryContact.addresses.address"


def _names(given: Any) -> frozenset[str]:  # noqa: ANN401 - whatever a caller passes
    # A name alone would be taken for its characters, and None for everything.
    named: list[Any] = [0] if given is None or isinstance(given, str) else [*given]
    if not all(isinstance(name, str) for name in named):
        raise InvalidRequestError("allow_clear and accept_loss are several names, and not one")
    roots = ("individualAccount.", "organizationAccount.")
    return frozenset(name.removeprefix(roots[0]).removeprefix(roots[1]) for name in named)


def _either(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    if value not in {"raise", "retry"}:
        raise InvalidRequestError("either 'raise' or 'retry' is wanted", parameter=attribute.name)


@attrs.frozen(kw_only=True)
class Options:
    """How to edit; see `AsyncClient.edit_individual_account`.

    Attributes:
        allow_clear: names of what may be deleted.
        accept_loss: paths of what may be lost.
        restores: whether it brings back what was there, so that anything may be deleted.
    """

    consent: ConsentInformation | None = attrs.field(default=None, repr=False)
    dry_run: bool = False
    allow_clear: frozenset[str] = attrs.field(default=frozenset[str](), converter=_names)
    accept_loss: frozenset[str] = attrs.field(default=frozenset[str](), converter=_names)
    on_conflict: Literal["raise", "retry"] = attrs.field(default="raise", validator=_either)
    verify: bool = True
    restores: bool = False


@attrs.frozen
class Proposal(Generic[AccountT]):
    """What would be sent.

    Attributes:
        account: the whole account.
        diff: what it changes; empty when there is nothing to send.
        given_up: names of what is not sent because it can't be.
    """

    account: AccountT = attrs.field(repr=False)
    diff: AccountDiff
    given_up: frozenset[str]

    def unexpected(self, read: Account) -> list[Difference]:
        """List in what a reading after the write is not what was sent."""
        expected = adopt(self.account, read)
        ignored = {*_NOT_VERIFIED, *(name.lower() for name in self.given_up)}
        if getattr(expected, "existing_organization_id", None) is not None:
            # The name of the linked organization may well be shown.
            ignored.add("organizationname")
        return [entry for entry in compare(expected, read) if _rest(entry.parameter) not in ignored]


def _rest(parameter: str) -> str:
    return parameter.partition(".")[2].lower()


def propose(
    record: Record[AccountT], change: Change[AccountT], options: Options
) -> Proposal[AccountT]:
    """Apply a change to a reading.

    Raises:
        LossyReadError: the record can't be sent back, and `accept_loss` does not allow for it.
        InvalidRequestError: the change can't be sent, or deletes what `allow_clear` does not name.
    """
    kind = record.kind
    draft = _Draft(kind, *record.writable(options.accept_loss))
    after = draft.changed(change)
    before, found = draft.before, draft.found
    kind.update(after, options.consent).params()
    prune(after)
    _forget_names(before, after)
    entries = compare(before, after)
    _refuse_fixed(entries, kind)
    _refuse_unsendable(before, after, kind)
    if not options.restores:
        _refuse_deletions(entries, options.allow_clear, kind)
    consents = list(_consents(options.consent))
    asked = any(entry.kind is DifferenceKind.CONSENT_SET for entry in consents)
    if entries or asked:
        entries = [*_accepted(found, kind), *entries, *consents]
    given_up = frozenset(loss.name for loss in found if loss.drop is not None)
    return Proposal(after, AccountDiff(tuple(entries)), given_up)


@attrs.define
class _Draft(Generic[AccountT]):
    """An account about to be changed, for the frames that an error of the change runs through."""

    kind: Kind[AccountT] = attrs.field(repr=False)
    before: AccountT = attrs.field(repr=False)
    found: list[Loss] = attrs.field(repr=False)
    copied: AccountT = attrs.field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Make the copy that is to be changed."""
        self.copied = copy.deepcopy(self.before)

    def changed(self, change: Change[AccountT]) -> AccountT:
        """Return what the change makes of the copy."""
        result: Any = change(self.copied)
        after = self.copied if result is None else result
        operation, cls = self.kind.page.operation, self.kind.cls
        if inspect.iscoroutine(result):
            result.close()
            problem = "a change is a plain function: what it waits for belongs before the edit"
            raise InvalidRequestError(problem, operation=operation)
        if not isinstance(after, cls):
            problem = f"a change returns {cls.__name__} or None, not {type(after).__name__}"
            raise InvalidRequestError(problem, operation=operation)
        return copy.deepcopy(after)


def _forget_names(before: Account, after: Account) -> None:
    """Take out the name of the option before from beside another option.

    The page wants nothing beside an option; what v1 would make of two that differ is unknown.
    """
    known = before.custom_field_data_list or []
    named = {(one.field_id, one.field_value) for one in known if one.field_option_id}
    for one in after.custom_field_data_list or []:
        if one.field_option_id and one not in known and (one.field_id, one.field_value) in named:
            one.field_value = None


def _refuse_fixed(entries: list[Difference], kind: Kind[Any]) -> None:
    for entry in entries:
        name = entry.parameter.removeprefix(f"{kind.page.root}.")
        if name in _FIXED:
            raise kind.page.refuse("v1 sets it, and an edit can't change it", name)


def _refuse_unsendable(before: AccountT, after: AccountT, kind: Kind[AccountT]) -> None:
    known = [model.extra for model in _models(before)]
    for model in _models(after):
        if model.extra and model.extra not in known:
            problem = "what stands in `extra` is kept and not sent, so it can't be changed"
            raise kind.page.refuse(problem, next(iter(model.extra)))
    mine = {address.address_id for address in contact_of(before).addresses or []}
    given = Counter(address.address_id for address in contact_of(after).addresses or [])
    for address_id, count in given.items():
        if address_id is not None and (count > 1 or address_id not in mine):
            problem = "a new address has no id, and every other keeps its own"
            code = ErrorCode.ADDRESS_ID_FOREIGN
            raise kind.page.refuse(problem, f"{_ADDRESS}.addressId", code)
    for address in contact_of(after).addresses or []:
        if address.state is not None and not absent(address.state) and not absent(address.province):
            problem = "v1 ignores it beside a state, so that it would be lost"
            raise kind.page.refuse(problem, f"{_ADDRESS}.province")


def _models(model: Any) -> Iterator[Any]:  # noqa: ANN401 - models
    """Go through an object and all objects in it."""
    yield model
    for field in wire_fields(model.__class__):
        value = getattr(model, field.attribute)
        for inner in value if is_sequence(value) else [value]:
            if isinstance(inner, Model):
                yield from _models(inner)


def _refuse_deletions(entries: list[Difference], allowed: frozenset[str], kind: Kind[Any]) -> None:
    prefix = f"{kind.page.root}."
    unnamed = [
        entry.parameter
        for entry in entries
        if entry.deletes and allowed.isdisjoint(name.removeprefix(prefix) for name in entry.names)
    ]
    if unnamed:
        said = ", ".join(name.removeprefix(prefix) for name in dict.fromkeys(unnamed))
        problem = f"the change would delete data: name it in allow_clear if it is meant ({said})"
        raise InvalidRequestError(problem, parameter=unnamed[0], operation=kind.page.operation)


def _accepted(found: list[Loss], kind: Kind[Any]) -> Iterator[Difference]:
    for loss in found:
        parameter = f"{kind.page.root}.{loss.path}"
        yield Difference(DifferenceKind.LOSS_ACCEPTED, parameter, None, loss.problem)


def _consents(consent: ConsentInformation | None) -> Iterator[Difference]:
    """Say what becomes of all consents: v1 never shows them, and resets what is not sent."""
    for field in wire_fields(ConsentInformation):
        given = getattr(consent, field.attribute, None)
        kind = DifferenceKind.CONSENT_RESET if given is None else DifferenceKind.CONSENT_SET
        new = str(given or ConsentStatus.NOT_ASKED)
        yield Difference(kind, f"consentInformation.{field.wire}", None, new)


def restoring(record: Record[AccountT]) -> Change[AccountT]:
    """Return the change that brings an earlier version back."""
    target, _ = record.writable(None)
    for model in _models(target):
        model.extra.clear()

    def restore(current: AccountT) -> AccountT:
        for field in wire_fields(record.kind.cls):
            if field.wire in READ_ONLY:
                setattr(target, field.attribute, getattr(current, field.attribute))
        mine = {address.address_id for address in contact_of(current).addresses or []}
        for address in contact_of(target).addresses or []:
            _renew(address, mine)
        return target

    return restore


def _renew(address: Address, known: set[int | None]) -> None:
    """Let an address that is gone become a new one."""
    if address.address_id not in known:
        address.address_id = None
