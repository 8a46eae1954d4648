"""Make a draft of a write from a reading and a change, or refuse it."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeAlias

import attrs

from neon_async._wire.fields import wire_fields
from neon_async._wire.flatten import READ_ONLY
from neon_async._writing.account_type import AccountT, AccountType, contact_of
from neon_async._writing.compare import compare, with_new_ids
from neon_async._writing.diff import AccountDiff, Difference, DifferenceKind
from neon_async._writing.losses import Loss
from neon_async._writing.options import EditOptions, shortened
from neon_async._writing.reading import Reading, strip
from neon_async._writing.validation import (
    validate_deletions,
    validate_extra,
    validate_read_only,
    validate_sendable,
)
from neon_async.errors import InvalidRequestError, LossyReadError

if TYPE_CHECKING:
    from neon_async.models import Account, Address

Change: TypeAlias = Callable[[AccountT], AccountT | None]

# What every write changes, and what can't be read back.
_NOT_VERIFIED = {"lastmodifieddatetime", "lastmodifiedby", "login.password"}


@attrs.frozen
class Draft(Generic[AccountT]):
    """What would be sent.

    Attributes:
        diff: what it changes; empty when there is nothing to send.
        dropped: names of the fields that can't be sent, or may be ignored.
        is_whole: whether it holds what only the page of the other kind of account lists.
        undecided: paths of what must be decided before it can be sent.
    """

    account: AccountT = attrs.field(repr=False)
    diff: AccountDiff
    dropped: frozenset[str]
    is_whole: bool = False
    undecided: tuple[str, ...] = ()

    def unexpected(self, read: Account) -> list[Difference]:
        """List in what a reading after the write is not what was sent."""
        expected = with_new_ids(self.account, read)
        # v1 sets the first ones itself, and never returns the last.
        ignored = {*_NOT_VERIFIED, *(name.lower() for name in self.dropped)}
        if getattr(expected, "existing_organization_id", None) is not None:
            # The name of the linked organization may well be shown.
            ignored.add("organizationname")
        return [entry for entry in compare(expected, read) if _rest(entry.parameter) not in ignored]


def _rest(parameter: str) -> str:
    return parameter.partition(".")[2].lower()


def build_draft(
    reading: Reading[AccountT], change: Change[AccountT], options: EditOptions
) -> Draft[AccountT]:
    """Apply a change to a reading.

    Raises:
        InvalidRequestError: the change can't be sent, or deletes what `allow_clear` does not name.
        LossyReadError: something is undecided, and it is no dry run.
    """
    builder = _DraftBuilder(reading.kind, options, reading.losses())
    builder.open(reading)
    builder.apply(change)
    return builder.draft()


@attrs.define
class _DraftBuilder(Generic[AccountT]):
    """An account before and after its change, and what stands in the way of writing it."""

    _kind: AccountType[AccountT] = attrs.field(repr=False)
    _options: EditOptions = attrs.field(repr=False)
    _losses: list[Loss] = attrs.field(repr=False)
    _before: AccountT = attrs.field(init=False, repr=False)
    _after: AccountT = attrs.field(init=False, repr=False)

    def open(self, reading: Reading[AccountT]) -> None:
        """Make the copies that are to be changed and compared."""
        self._before = reading.without(
            [loss for loss in self._losses if self._options.accepts(loss)]
        )
        self._after = copy.deepcopy(self._before)

    def apply(self, change: Change[AccountT]) -> None:
        """Let the change change the copy, or return another account."""
        result: Any = change(self._after)
        operation, cls = self._kind.spec.operation, self._kind.cls
        # It would run after the comparison, when nothing waits for it any more.
        if inspect.iscoroutine(result):
            result.close()
            message = "`change` must be a regular function; await before calling edit"
            raise InvalidRequestError(message, operation=operation)
        if result is not None and not isinstance(result, cls):
            message = f"`change` must return {cls.__name__} or None, got {type(result).__name__}"
            raise InvalidRequestError(message, operation=operation)
        # Copied, because the caller may keep and change what the function returned.
        self._after = copy.deepcopy(self._after if result is None else result)

    def draft(self) -> Draft[AccountT]:
        """Refuse what can't be sent, and return the rest.

        The change's own faults come first: only a possible change is worth decisions.
        """
        validate_extra(self._before, self._after, self._kind)
        # A change that sets a value repairs it, or wipes it by a deletion of its own.
        left = [loss for loss in self._losses if loss.place.same(self._before, self._after)]
        for loss in left:
            if loss.drops and not self._options.accepts(loss):
                loss.place.clear(self._before)
                loss.place.clear(self._after)
        left += self._options.restored or ()
        accepted = {loss.path: loss for loss in left if self._options.accepts(loss)}
        lost = [loss for loss in left if loss.path not in accepted]
        strip(self._before)
        strip(self._after)
        for loss in self._losses:
            if loss.odd is not None and loss not in left:
                loss.place.put(self._before, loss.odd)  # so that the diff shows what is repaired
        unlisted = [loss for loss in left if loss.unlisted]
        self._check(lost, unlisted)
        entries = self._entries()
        consents = [*self._options.consents()]
        if entries or any(entry.kind is DifferenceKind.CONSENT_SET for entry in consents):
            undecided = self._undecided(lost)
            losses = [_accepted(loss, self._kind) for loss in accepted.values()]
            entries = [*losses, *entries, *consents, *_line(undecided)]
        else:
            undecided = ()
        dropped = frozenset(loss.name for loss in accepted.values() if loss.drops or loss.unlisted)
        diff = AccountDiff(tuple(entries))
        return Draft(self._after, diff, dropped, bool(unlisted), undecided)

    def _check(self, lost: list[Loss], unlisted: list[Loss]) -> None:
        """Refuse fields that break a rule of the page, unless a loss is the reason."""
        listed = copy.deepcopy(self._after) if unlisted else self._after
        for loss in unlisted:
            loss.place.clear(listed)
        try:
            self._kind.update(listed, self._options.consent).params()
        except InvalidRequestError as error:
            name = (error.parameter or "").removeprefix(f"{self._kind.spec.root}.")
            if not any(f"{name}.".startswith(f"{loss.name}.") for loss in lost):
                raise

    def _entries(self) -> list[Difference]:
        _forget_names(self._before, self._after)
        entries = compare(self._before, self._after)
        validate_read_only(entries, self._kind)
        validate_sendable(self._before, self._after, self._kind)
        # An undo deletes what the edit added; that was decided by the edit.
        if self._options.restored is None:
            validate_deletions(entries, self._options, self._kind)
        return entries

    def _undecided(self, lost: list[Loss]) -> tuple[str, ...]:
        consents = self._options.undecided_consents()
        undecided = tuple(dict.fromkeys([*(loss.path for loss in lost), *consents]))
        # v1 resets consents that are not sent to NOT_ASKED (update page), and shows none.
        if undecided and not self._options.dry_run:
            reasons = [f"{loss.path} {loss.reason}" for loss in lost]
            if consents:
                names = ", ".join(name.rpartition(".")[2] for name in consents)
                reasons.append(
                    f"v1 returns no consents and resets those that it is not sent ({names})"
                )
            raise LossyReadError(
                f"the account can't be written back as it was read: {'; '.join(reasons)}",
                paths=undecided,
                advice="Name what may be lost in accept_loss, or set it: consents in consent, "
                "the rest in the change",
                operation=self._kind.spec.operation,
            )
        return undecided


def _accepted(loss: Loss, kind: AccountType[Any]) -> Difference:
    parameter = f"{kind.spec.root}.{loss.path}"
    return Difference(DifferenceKind.LOSS_ACCEPTED, parameter, None, loss.reason)


def _line(undecided: tuple[str, ...]) -> list[Difference]:
    """Return the one line of a dry run's diff for all that is undecided."""
    if not undecided:
        return []
    return [Difference(DifferenceKind.UNDECIDED, ", ".join(shortened(undecided)), None, undecided)]


def _forget_names(before: Account, after: Account) -> None:
    """Take out the name of the option before from beside another option.

    The page wants nothing beside an option; what v1 would make of two that differ is unknown.
    """
    known = before.custom_field_data_list or []
    named = {(entry.field_id, entry.field_value) for entry in known if entry.field_option_id}
    for entry in after.custom_field_data_list or []:
        if (
            entry.field_option_id
            and entry not in known
            and (entry.field_id, entry.field_value) in named
        ):
            entry.field_value = None


def restoring(reading: Reading[AccountT], losses: list[Loss]) -> Change[AccountT]:
    """Return the change that brings an earlier version back, but for what of it is lost."""
    target = reading.without(losses)
    strip(target)

    def restore(current: AccountT) -> AccountT:
        for field in wire_fields(reading.kind.cls):
            if field.wire in READ_ONLY:
                setattr(target, field.attribute, getattr(current, field.attribute))
        mine = {address.address_id for address in contact_of(current).addresses or []}
        for address in contact_of(target).addresses or []:
            _renew(address, mine)
        return target

    return restore


def _renew(address: Address, known: set[int | None]) -> None:
    """Let an address that is gone become a new one."""
    # Removed meanwhile, it has no id any more (codes 10036 and 10037): it becomes a new one.
    if address.address_id not in known:
        address.address_id = None
