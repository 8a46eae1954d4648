"""Models → ordered dotted pairs, under exactly the names that a reference page documents.

`None` is not sent; `""` is, and deletes. Elements of a repeated group are told apart by their
position alone, so each of them sends the same keys, blanks included.
"""

from __future__ import annotations

import functools
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, get_args

import attrs

from neon_async._wire.names import WireField, wire_fields
from neon_async._wire.shapes import is_sequence
from neon_async.errors import ErrorCode, InvalidRequestError
from neon_async.models import ConsentStatus, CustomFieldData, PhoneType
from neon_async.models._pairs import Pair

if TYPE_CHECKING:
    from neon_async._wire.params import Pairs

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
    "accountId": ErrorCode.INDIVIDUAL_ACCOUNT_ID_INVALID,
    "contactId": ErrorCode.CONTACT_ID_INVALID,
    "addressId": ErrorCode.ADDRESS_ID_INVALID,
    "existingOrganizationId": ErrorCode.EXISTING_ORGANIZATION_INVALID,
}


@attrs.frozen
class Documented:
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
        """Make the error for one parameter."""
        return InvalidRequestError(
            problem, parameter=f"{self.root}.{name}", code=code, operation=self.operation
        )


def flatten(obj: Any, page: Documented) -> Pairs:
    """Return the pairs of an object, as its page documents them.

    Raises:
        InvalidRequestError: a value can't be sent, or the page has no parameter for it.
    """
    return [(f"{page.root}.{name}", text) for name, text in _object(obj, page.names, page, "")]


def checked_text(value: str) -> str:
    """Return the text when it can be sent.

    Raises:
        ValueError: it holds a NUL or a lone surrogate.
    """
    if "\0" in value:
        problem = "text must not hold a NUL character"
        raise ValueError(problem)
    try:
        value.encode()
    except UnicodeEncodeError:
        problem = "text must not hold lone surrogates"
    else:
        return value
    raise ValueError(problem)


@functools.cache
def _tree(names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Group dotted names by their first part, keeping the order."""
    grouped: dict[str, list[str]] = {}
    for name in names:
        head, _, rest = name.partition(".")
        grouped.setdefault(head, []).extend([rest] if rest else [])
    return {head: tuple(rests) for head, rests in grouped.items()}


def _object(obj: Any, names: tuple[str, ...], page: Documented, path: str) -> Pairs:
    fields = {field.wire: field for field in wire_fields(obj.__class__)}
    pairs: Pairs = []
    for head, rests in _tree(names).items():
        field = fields.pop(head)
        value = getattr(obj, field.attribute)
        if value is not None:
            pairs += _field(value, field, rests, page, path + head)
    for wire, field in fields.items():
        if wire not in READ_ONLY and getattr(obj, field.attribute):
            problem = "the operation has no such parameter, so the value would be lost"
            raise page.refuse(problem, path + wire)
    return pairs


def _field(
    value: Any,
    field: WireField,
    rests: tuple[str, ...],
    page: Documented,
    name: str,
) -> Pairs:
    if not rests:
        return [(name, text) for text in _leaf(value, field, page, name)]
    if field.item is not None:
        (rests,) = _tree(rests).values()
        return _group(value, field, rests, page, f"{name}.{field.item}.")
    _expect(value, field.types[0], page, name)
    return _element(value, rests, page, f"{name}.")


def _group(
    elements: Any,
    field: WireField,
    rests: tuple[str, ...],
    page: Documented,
    path: str,
) -> Pairs:
    (member,) = get_args(field.types[0])
    if not is_sequence(elements):
        raise page.refuse("a list is wanted", path.removesuffix("."))
    for element in elements:
        _expect(element, member, page, path.removesuffix("."))
    sent = [dict(_element(element, rests, page, path)) for element in elements]
    names = [path + rest for rest in rests]
    if member is not CustomFieldData:  # a custom field always sends its whole triple
        names = [name for name in names if any(name in element for element in sent)]
    return [(name, element.get(name, "")) for element in sent for name in names]


def _element(obj: Any, rests: tuple[str, ...], page: Documented, path: str) -> Pairs:
    if isinstance(obj, Pair):
        return _halves(obj, rests, page, path)
    return _object(obj, rests, page, path)


def _halves(pair: Pair, rests: tuple[str, ...], page: Documented, path: str) -> Pairs:
    given = [
        (rest, half) for rest, half in zip(rests, pair.halves, strict=True) if half is not None
    ]
    if page.either and pair.from_reply:
        # A blank half says nothing in a reply, but in a request it would delete.
        given = [(rest, half) for rest, half in given if half][:1]
    elif page.either and len(given) != 1:
        wanted = " or ".join(rest.lower() for rest in rests)
        problem = f"either {wanted} must be given, {'and not both' if given else 'and neither is'}"
        raise page.refuse(problem, path + rests[0])
    return [(path + rest, _text(half, page, path + rest)) for rest, half in given]


def _expect(value: object, cls: type[Any], page: Documented, name: str) -> None:
    if not isinstance(value, cls):
        raise page.refuse(f"{cls.__name__} is wanted, not {type(value).__name__}", name)


def _leaf(value: Any, field: WireField, page: Documented, name: str) -> list[str]:
    """Return the text to send for a value: one, or none where a blank would be refused."""
    kind = field.types[0]
    if kind is PhoneType:
        return [_choice(value, PhoneType, page, name).capitalize()] if value != "" else []
    if kind is ConsentStatus:
        return [_choice(value, ConsentStatus, page, name)]
    if kind is str:
        return [_text(value, page, name)]
    if kind is int:
        return [_id(value, page, name, _INVALID_ID.get(field.wire))]
    if not isinstance(value, kind) or (kind is date and isinstance(value, datetime)):
        raise page.refuse(f"{kind.__name__} is wanted, not {type(value).__name__}", name)
    if kind is bool:
        return [str(value).lower()]
    return [value.isoformat()]


def _id(value: Any, page: Documented, name: str, code: ErrorCode | None) -> str:
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise page.refuse("an id is a positive whole number", name, code)
    return str(value)


def _choice(value: Any, members: Any, page: Documented, name: str) -> str:
    known = members.__members__.get(value.upper()) if isinstance(value, str) else None
    if known is None:
        raise page.refuse(f"one of {', '.join(members.__members__)} is wanted", name)
    return str(known)


def _text(value: Any, page: Documented, name: str) -> str:
    if not isinstance(value, str):
        raise page.refuse(f"text is wanted, not {type(value).__name__}", name)
    try:
        return checked_text(value)
    except ValueError as error:
        problem = str(error)
    raise page.refuse(problem, name)
