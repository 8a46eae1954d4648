"""Models → ordered dotted pairs, under exactly the names that a reference page documents.

`None` is not sent; `""` is, and deletes. Elements of a repeated group are told apart by their
position alone, so each of them sends the same keys, blanks included.

What is to be done for the names of a page is worked out once, as a tree of functions that each
write one part of an object.
"""

from __future__ import annotations

import functools
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeAlias, get_args

import attrs

from neon_async._wire.fields import WireField, wire_fields
from neon_async._wire.scalars import SMALLEST, format_number, format_parameter
from neon_async._wire.text import checked_text
from neon_async._wire.type_guards import is_sequence
from neon_async._wire.unknown_fields import refuse_unknown_fields
from neon_async.errors import ErrorCode, InvalidRequestError
from neon_async.models import ActivityPriority, ConsentStatus, CustomFieldData, PhoneType
from neon_async.models._references import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async._wire.form import Pairs

    _Write: TypeAlias = Callable[[Any, Pairs], None]
    _Step: TypeAlias = tuple[str, str, _Write]  # attribute, its name if it is text, and the rest
    _Spell: TypeAlias = Callable[[Any, "ParameterSet", str], str | None]

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
        operation: the API method.
        root: the first part of every name, such as `"individualAccount"`.
        names: the rest of each name, in the order of the page.
        either: whether the page asks for either half of an id/name pair, and not for both.
    """

    operation: str
    root: str
    names: tuple[str, ...]
    either: bool = False

    def refuse(self, problem: str, name: str, code: ErrorCode | None = None) -> InvalidRequestError:
        """Make the error for one parameter; without a name, for the object as a whole."""
        parameter = f"{self.root}.{name}".removesuffix(".")
        return InvalidRequestError(
            problem, parameter=parameter, code=code, operation=self.operation
        )

    def expect(self, value: object, cls: type[Any], name: str = "") -> None:
        """Refuse a value that is not of the class.

        Raises:
            InvalidRequestError: it is not.
        """
        if not isinstance(value, cls):
            raise self.refuse(f"{cls.__name__} is wanted, not {type(value).__name__}", name)


def flatten(obj: Any, page: ParameterSet) -> Pairs:
    """Return the pairs of an object, as its page documents them.

    Raises:
        InvalidRequestError: a value can't be sent, or the page has no parameter for it.
    """
    refuse_unknown_fields(obj, page)
    pairs: Pairs = []
    _writer(page)(obj, pairs)
    return pairs


@functools.cache
def _writer(page: ParameterSet) -> _Write:
    return _object(page.names, page, "")


def _tree(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Group dotted names by their first part, keeping the order."""
    grouped: dict[str, list[str]] = {}
    for name in names:
        head, _, rest = name.partition(".")
        grouped.setdefault(head, []).extend([rest] if rest else [])
    return {head: tuple(rests) for head, rests in grouped.items()}


def _object(names: tuple[str, ...], page: ParameterSet, path: str) -> _Write:
    """Return what writes an object of any class that has fields for all the names."""

    @functools.cache
    def plan(cls: type[Any]) -> tuple[list[_Step], list[tuple[str, str]]]:
        fields = {field.wire: field for field in wire_fields(cls)}
        documented = [(fields.pop(head), head, rests) for head, rests in _tree(names).items()]
        steps = [_step(field, rests, page, path + head) for field, head, rests in documented]
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
                problem = "the operation has no such parameter, so the value would be lost"
                raise page.refuse(problem, name)

    return write


def _step(field: WireField, rests: tuple[str, ...], page: ParameterSet, name: str) -> _Step:
    text_name = f"{page.root}.{name}" if field.types == (str,) else ""
    return field.attribute, text_name, _value(field, rests, page, name)


def _value(field: WireField, rests: tuple[str, ...], page: ParameterSet, name: str) -> _Write:
    target = field.types[0]
    if not rests:
        return _leaf(_whole if field.wire == _OFFSET else _SPELLINGS[target], page, name)
    if field.item is not None:
        (rests,) = _tree(rests).values()
        return _group(get_args(target)[0], rests, page, f"{name}.{field.item}")
    write_element = _element(target, rests, page, name)

    def write(value: Any, pairs: Pairs) -> None:
        page.expect(value, target, name)
        write_element(value, pairs)

    return write


def _element(target: Any, rests: tuple[str, ...], page: ParameterSet, name: str) -> _Write:
    if issubclass(target, Reference):
        return _halves(rests, page, f"{name}.")
    return _object(rests, page, f"{name}.")


def _group(member: Any, rests: tuple[str, ...], page: ParameterSet, path: str) -> _Write:
    """Return what writes a list whose elements are told apart by their position."""
    write_element = _element(member, rests, page, path)
    names = [f"{page.root}.{path}.{rest}" for rest in rests]
    whole = member is CustomFieldData  # a custom field always sends its whole triple

    def collect(element: Any) -> Pairs:
        pairs: Pairs = []
        write_element(element, pairs)
        return pairs

    def write(elements: Any, pairs: Pairs) -> None:
        if not is_sequence(elements):
            raise page.refuse("a list is wanted", path)
        for element in elements:
            page.expect(element, member, path)
        sent = [collect(element) for element in elements]
        given = {name for element in sent for name, _ in element}
        kept = names if whole else [name for name in names if name in given]
        for element in sent:
            if len(element) < len(kept):
                texts = dict(element)
                pairs += [(name, texts.get(name, "")) for name in kept]
            else:
                pairs += element

    return write


def _halves(rests: tuple[str, ...], page: ParameterSet, path: str) -> _Write:
    """Return what writes a pair: both halves, or the one that the page asks for."""
    names = [(path + rest, f"{page.root}.{path}{rest}") for rest in rests]

    def write(pair: Reference, pairs: Pairs) -> None:
        halves = pair.key_and_name
        consistent = page.either and pair.is_server_value
        if page.either and not consistent and halves.count(None) != 1:
            wanted = " or ".join(rest.lower() for rest in rests)
            and_not = "and neither is" if halves == (None, None) else "and not both"
            raise page.refuse(f"either {wanted} must be given, {and_not}", names[0][0])
        for half, (name, full) in zip(halves, names, strict=True):
            # A blank half says nothing in a reply, but in a request it would delete.
            if half is None or (consistent and not half):
                continue
            pairs.append((full, _text(half, page, name)))
            if consistent:
                return

    return write


def _leaf(spell: _Spell, page: ParameterSet, name: str) -> _Write:
    full = f"{page.root}.{name}"

    def write(value: Any, pairs: Pairs) -> None:
        text = spell(value, page, name)
        if text is not None:
            pairs.append((full, text))

    return write


def _text(value: Any, page: ParameterSet, name: str) -> str:
    if not isinstance(value, str):
        raise page.refuse(f"text is wanted, not {type(value).__name__}", name)
    try:
        return checked_text(value)
    except ValueError as error:
        problem = str(error)
    raise page.refuse(problem, name)


def _id(value: Any, page: ParameterSet, name: str) -> str:
    digits = format_number(value)
    if digits is None:
        code = _INVALID_ID.get(f"{page.root}.{name}")
        raise page.refuse("an id is a positive whole number", name, code)
    return digits


def _whole(value: Any, page: ParameterSet, name: str) -> str:
    digits = format_number(value, SMALLEST)
    if digits is None:
        raise page.refuse("expected a whole number", name)
    return digits


def _moment(value: Any, page: ParameterSet, name: str) -> str:
    page.expect(value, datetime, name)
    if value.utcoffset() is None:
        raise page.refuse("expected a datetime with a time zone, got a naive one", name)
    try:
        return format_parameter(value)
    except OverflowError:
        problem = "the datetime is out of range"
    raise page.refuse(problem, name)


def _priority(value: Any, page: ParameterSet, name: str) -> str:
    return _choice(value, ActivityPriority, page, name).capitalize()


def _truth(value: Any, page: ParameterSet, name: str) -> str:
    page.expect(value, bool, name)
    return "true" if value else "false"


def _date(value: Any, page: ParameterSet, name: str) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise page.refuse(f"date is wanted, not {type(value).__name__}", name)
    return value.isoformat()


def _phone_type(value: Any, page: ParameterSet, name: str) -> str | None:
    # A blank one would be refused, so that it is not sent at all.
    return None if value == "" else _choice(value, PhoneType, page, name).capitalize()


def _consent(value: Any, page: ParameterSet, name: str) -> str:
    return _choice(value, ConsentStatus, page, name)


def _choice(value: Any, members: Any, page: ParameterSet, name: str) -> str:
    known = members.__members__.get(value.upper()) if isinstance(value, str) else None
    if known is None:
        raise page.refuse(f"one of {', '.join(members.__members__)} is wanted", name)
    return str(known)


# The text to send for a value, or None for nothing.
_SPELLINGS: dict[Any, _Spell] = {
    str: _text,
    int: _id,
    bool: _truth,
    date: _date,
    datetime: _moment,
    ActivityPriority: _priority,
    PhoneType: _phone_type,
    ConsentStatus: _consent,
}
