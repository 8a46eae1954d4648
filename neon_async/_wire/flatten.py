"""Turn models into ordered dotted pairs, under the names that a reference page documents.

`None` is not sent; `""` is, and deletes. Elements of a repeated group are distinguished by their
position alone, so each of them sends the same keys, blanks included, but for the dates of the last
ones.

The work for the names of a page is planned once, as a tree of functions that each
write one part of an object.
"""

from __future__ import annotations

import functools
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

import attrs

from neon_async._wire.fields import WireField, wire_fields
from neon_async._wire.spelling import (
    expected,
    spell_boolean,
    spell_choice,
    spell_date,
    spell_id,
    spell_integer,
    spell_text,
    spell_timestamp,
)
from neon_async._wire.type_guards import is_sequence
from neon_async._wire.unknown_fields import validate_no_unknown_fields
from neon_async.errors import ErrorCode, InvalidRequestError
from neon_async.models import ActivityPriority, ConsentStatus, CustomFieldData, PhoneType
from neon_async.models._references import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async._wire.form import Pairs

    _Write: TypeAlias = Callable[[Any, Pairs], None]
    _Step: TypeAlias = tuple[str, str, _Write]  # attribute, its name if it is text, and the rest
    _Spell: TypeAlias = Callable[[Any], str | None]

# What v1 keeps itself: read, and never sent.
READ_ONLY = frozenset(
    {
        "lastModifiedDateTime",
        "lastModifiedBy",
        "createdDateTime",
        "createdBy",
        "primaryContactAccountId",
    }
)
_INVALID_ID = {
    "individualAccount.accountId": ErrorCode.INDIVIDUAL_ACCOUNT_ID_INVALID,
    "individualAccount.primaryContact.contactId": ErrorCode.CONTACT_ID_INVALID,
    "individualAccount.primaryContact.addresses.address.addressId": ErrorCode.ADDRESS_ID_INVALID,
    "individualAccount.existingOrganizationId": ErrorCode.EXISTING_ORGANIZATION_INVALID,
    "organizationAccount.accountId": ErrorCode.ACCOUNT_ID_INVALID,
    "organizationAccount.primaryContact.contactId": ErrorCode.COMPANY_CONTACT_ID_INVALID,
    "Activity.activityId": ErrorCode.ACTIVITY_ID_INVALID,
}
# A number that is no id.
_OFFSET = "timeZoneOffset"


@attrs.frozen(cache_hash=True)
class ParameterSet:
    """The parameters that a reference page documents for one object.

    Attributes:
        root: the first part of every name, such as `"individualAccount"`.
        names: the rest of each name, in the order of the page.
        either: whether the page asks for either key or name of a reference, and not for both.
    """

    operation: str
    root: str
    names: tuple[str, ...]
    either: bool = False

    def invalid(
        self, message: str, name: str, code: ErrorCode | None = None
    ) -> InvalidRequestError:
        """Make the error for one parameter, or for the whole object without a name."""
        return InvalidRequestError(
            message,
            parameter=f"{self.root}.{name}".removesuffix("."),
            code=code,
            operation=self.operation,
        )

    def require_type(self, value: object, cls: type[Any], name: str = "") -> None:
        """Refuse a value that is not of the class.

        Raises:
            InvalidRequestError: it is not.
        """
        if not isinstance(value, cls):
            raise self.invalid(expected(cls.__name__, value), name)


def flatten(obj: Any, spec: ParameterSet) -> Pairs:
    """Return the pairs of an object, as its page documents them.

    Raises:
        InvalidRequestError: a value can't be sent, or the page has no parameter for it.
    """
    validate_no_unknown_fields(obj, spec)
    pairs: Pairs = []
    _writer(spec)(obj, pairs)
    return pairs


@functools.cache
def _writer(spec: ParameterSet) -> _Write:
    return _object(spec.names, spec, "")


def _tree(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Group dotted names by their first part, keeping the order."""
    grouped: dict[str, list[str]] = {}
    for name in names:
        head, _, rest = name.partition(".")
        grouped.setdefault(head, []).extend([rest] if rest else [])
    return {head: tuple(rests) for head, rests in grouped.items()}


def _object(names: tuple[str, ...], spec: ParameterSet, path: str) -> _Write:
    """Return what writes an object of any class that has fields for all the names."""

    @functools.cache
    def plan(cls: type[Any]) -> tuple[list[_Step], list[tuple[str, str]]]:
        fields = {field.wire: field for field in wire_fields(cls)}
        documented = [(fields.pop(head), head, rests) for head, rests in _tree(names).items()]
        steps = [_step(field, rests, spec, path + head) for field, head, rests in documented]
        left = fields.keys() - READ_ONLY
        return steps, [(fields[wire].attribute, path + wire) for wire in fields if wire in left]

    def write(obj: Any, pairs: Pairs) -> None:
        steps, undocumented = plan(obj.__class__)
        for attribute, text_name, write_value in steps:
            value = getattr(obj, attribute)
            if value is None:
                continue
            # Most values are plain text, for which the calls would cost more than the work.
            if text_name and value.__class__ is str and value.isascii() and "\0" not in value:
                pairs.append((text_name, value))
            else:
                write_value(value, pairs)
        for attribute, name in undocumented:
            if getattr(obj, attribute):
                message = "the operation has no such parameter, so the value would be lost"
                raise spec.invalid(message, name)

    return write


def _step(field: WireField, rests: tuple[str, ...], spec: ParameterSet, name: str) -> _Step:
    text_name = f"{spec.root}.{name}" if field.types == (str,) else ""
    return field.attribute, text_name, _value(field, rests, spec, name)


def _value(field: WireField, rests: tuple[str, ...], spec: ParameterSet, name: str) -> _Write:
    target = field.types[0]
    if not rests:
        return _leaf(spell_integer if field.wire == _OFFSET else SPELLINGS[target], spec, name)
    if field.item is not None:
        (rests,) = _tree(rests).values()
        return _group(get_args(target)[0], rests, spec, f"{name}.{field.item}")
    write_element = _element(target, rests, spec, name)

    def write(value: Any, pairs: Pairs) -> None:
        if value.__class__ is not target:
            spec.require_type(value, target, name)
        write_element(value, pairs)

    return write


def _element(target: Any, rests: tuple[str, ...], spec: ParameterSet, name: str) -> _Write:
    if issubclass(target, Reference):
        return _reference(rests, spec, f"{name}.")
    return _object(rests, spec, f"{name}.")


def _group(member: Any, rests: tuple[str, ...], spec: ParameterSet, path: str) -> _Write:
    """Return what writes a list whose elements are distinguished by their position."""
    write_element = _element(member, rests, spec, path)
    names = [f"{spec.root}.{path}.{rest}" for rest in rests]
    whole = member is CustomFieldData  # a custom field always sends its whole triple
    # Of these a blank only keeps a position, which the last elements don't need: one client found
    # blank dates refused, although a blank deletes elsewhere.
    never_blank = {
        f"{spec.root}.{path}.{inner.wire}"
        for inner in wire_fields(member)
        if inner.types == (date,)
    }

    def collect(element: Any) -> Pairs:
        pairs: Pairs = []
        write_element(element, pairs)
        return pairs

    def write(elements: Any, pairs: Pairs) -> None:
        if not is_sequence(elements):
            raise spec.invalid(expected("list", elements), path)
        for element in elements:
            if element.__class__ is not member:
                spec.require_type(element, member, path)
        sent = [collect(element) for element in elements]
        # Nothing is blank where each element is whole, or stands alone.
        if {len(names)}.issuperset(map(len, sent)) or (len(sent) == 1 and not whole):
            for element in sent:
                pairs += element
            return
        last = {name: index for index, element in enumerate(sent) for name, _ in element}
        kept = names if whole else [name for name in names if name in last]
        for index, element in enumerate(sent):
            if len(element) < len(kept):
                texts = dict(element)
                pairs += [
                    (name, texts.get(name, ""))
                    for name in kept
                    if name not in never_blank or index <= last[name]
                ]
            else:
                pairs += element

    return write


def _reference(rests: tuple[str, ...], spec: ParameterSet, path: str) -> _Write:
    """Return what writes a reference: key and name, or the one that the page asks for."""
    write_key, write_name = (_leaf(spell_text, spec, path + rest) for rest in rests)

    def write(reference: Reference, pairs: Pairs) -> None:
        key, name = reference.key_and_name
        if spec.either and reference.is_server_value:
            # Reference page Update Individual Account: "either id or name". A reply has both. A
            # blank one says nothing in a reply, but in a request it would delete.
            if key:
                write_key(key, pairs)
            elif name:
                write_name(name, pairs)
            return
        if spec.either and (key is None) == (name is None):
            either = " or ".join(rest.lower() for rest in rests)
            got = "neither" if key is None else "both"
            raise spec.invalid(f"expected either {either}, got {got}", path + rests[0])
        if key is not None:
            write_key(key, pairs)
        if name is not None:
            write_name(name, pairs)

    return write


def _leaf(spell: _Spell, spec: ParameterSet, name: str) -> _Write:
    full = f"{spec.root}.{name}"

    def write(value: Any, pairs: Pairs) -> None:
        try:
            text = spell(value)
        except ValueError as error:
            message = str(error)
        else:
            if text is not None:
                pairs.append((full, text))
            return
        # Out of the except block, so that nothing leads to the first error.
        code = _INVALID_ID.get(full) if spell is spell_id else None
        raise spec.invalid(message, name, code)

    return write


def _phone_type(value: Any) -> str | None:
    # A blank one would be refused, so that it is not sent at all.
    return None if value == "" else spell_choice(value, PhoneType).capitalize()


def _priority(value: Any) -> str:
    return spell_choice(value, ActivityPriority).capitalize()


def _consent(value: Any) -> str:
    return spell_choice(value, ConsentStatus)


# The text to send for an attribute of the type, or None for nothing.
SPELLINGS: dict[Any, _Spell] = {
    str: spell_text,
    int: spell_id,
    bool: spell_boolean,
    date: spell_date,
    datetime: spell_timestamp,
    ActivityPriority: _priority,
    PhoneType: _phone_type,
    ConsentStatus: _consent,
}
