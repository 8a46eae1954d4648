"""Options of an edit: what it may delete, lose and reset."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import attrs

from neon_async._wire.fields import wire_fields
from neon_async._writing.diff import Difference, DifferenceKind
from neon_async._writing.losses import Loss
from neon_async.errors import InvalidRequestError
from neon_async.models import ConsentInformation, ConsentStatus
from neon_async.operations._validation import require_choice

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_CONSENTS = "consentInformation"


def _names(argument: Any) -> frozenset[str]:  # noqa: ANN401 - whatever a caller passes
    # A name alone would be taken for its characters, and None for everything.
    named: list[Any] = [0] if argument is None or isinstance(argument, str) else [*argument]
    if not all(isinstance(name, str) for name in named):
        raise InvalidRequestError("allow_clear and accept_loss: expected a list of names")
    roots = ("individualAccount.", "organizationAccount.")
    return frozenset(name.removeprefix(roots[0]).removeprefix(roots[1]) for name in named)


def _either(_: object, attribute: attrs.Attribute[Any], value: object) -> None:
    require_choice(value, ("raise", "retry"), attribute.name)


@attrs.frozen(kw_only=True)
class EditOptions:
    """What an edit decides, the same for one edit, for many, in plans and in undoings.

    Attributes:
        consent: the consents to set; one that is None in it is not decided.
        dry_run: whether to stop before the write; the result says what would happen, and
            `AccountEdit.undecided` what would be refused.
        allow_clear: what the change may delete, by the parameter's name, such as
            `"primaryContact.fax"`, or `"primaryContact.addresses.address.addressId=76325"` and
            `"customFieldDataList.customFieldData.fieldId=22"` for one address and one custom
            field, `"customFieldDataList.customFieldData.fieldOptionId=17"` for one of several
            options; without `=` for any.
        accept_loss: what may be lost, by the paths of `LossyReadError.paths`, with or without the
            indexes of elements. What only the page of the other kind of account lists, such as
            shipping fields of a person's address, is sent as it is.
        on_conflict: `"raise"`, or `"retry"` to apply the change to the newer version when
            somebody else changed the account between the two readings, four times at most.
        verify: whether to read the account after the write.
        restored: in an undo, what is lost of the version to be brought back; anything may be
            deleted then. None in an edit.
    """

    consent: ConsentInformation | None = attrs.field(default=None, repr=False)
    dry_run: bool = False
    allow_clear: frozenset[str] = attrs.field(default=frozenset[str](), converter=_names)
    accept_loss: frozenset[str] = attrs.field(default=frozenset[str](), converter=_names)
    on_conflict: Literal["raise", "retry"] = attrs.field(default="raise", validator=_either)
    verify: bool = True
    restored: tuple[Loss, ...] | None = None

    def accepts(self, loss: Loss) -> bool:
        """Whether a loss was accepted, by its path with or without indexes."""
        return not self.accept_loss.isdisjoint({loss.path, loss.name})

    def consents(self) -> Iterator[Difference]:
        """Say what is decided about consents.

        v1 shows none, and sets each that it is not sent to NOT_ASKED (reference page Update
        Individual Account).
        """
        for attribute, name in _consent_names():
            status = getattr(self.consent, attribute, None)
            if status is not None:
                yield Difference(DifferenceKind.CONSENT_SET, name, None, str(status))
            elif not self.accept_loss.isdisjoint({_CONSENTS, name}):
                # The default of the update page for a consent that is not sent.
                reset = str(ConsentStatus.NOT_ASKED)
                yield Difference(DifferenceKind.CONSENT_RESET, name, None, reset)

    def undecided_consents(self) -> list[str]:
        """Name the consents about which nothing is decided."""
        decided = {entry.parameter for entry in self.consents()}
        return [name for _, name in _consent_names() if name not in decided]


def _consent_names() -> list[tuple[str, str]]:
    fields = wire_fields(ConsentInformation)
    return [(field.attribute, f"{_CONSENTS}.{field.wire}") for field in fields]


def shortened(paths: Iterable[str]) -> list[str]:
    """Return paths with one name for all consents, if all are among them."""
    names = {name for _, name in _consent_names()}
    if not names <= {*paths}:
        return [*paths]
    return [*(path for path in paths if path not in names), _CONSENTS]


def merged(
    consent: ConsentInformation | None, recorded: ConsentInformation | None
) -> ConsentInformation | None:
    """Return the consents that are given now, and for the rest those of an earlier decision."""
    if recorded is None or not isinstance(consent, ConsentInformation):
        return recorded if consent is None else consent
    changes = {
        attribute: value
        for attribute, _ in _consent_names()
        if (value := getattr(consent, attribute)) is not None
    }
    return attrs.evolve(recorded, **changes)
