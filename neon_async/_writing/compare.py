"""Compare two versions of an account: addresses and custom fields by id, in any order."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeVar, get_args

import attrs

from neon_async._wire.converter import unstructure
from neon_async._wire.fields import wire_fields
from neon_async._writing.account_type import contact_of, kind_of
from neon_async._writing.custom_fields import compare_custom_fields
from neon_async._writing.diff import Difference, DifferenceKind, is_blank
from neon_async.models import Account, Address, CustomFieldData, IdName, PhoneType
from neon_async.models._references import Reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

AccountT = TypeVar("AccountT", bound=Account)

MOVING = "last_modified_date_time", "last_modified_by"
"""What every write moves, and undoing a later edit as well."""


def equal_ignoring_order(left: Account, right: Account, *, ignoring: Iterable[str] = ()) -> bool:
    """Whether two readings say the same in all attributes but some, whatever the order."""
    return _sorted(left, ignoring) == _sorted(right, ignoring)


def _sorted(account: AccountT, ignoring: Iterable[str]) -> AccountT:
    result = copy.deepcopy(account)
    for attribute in ignoring:
        setattr(result, attribute, None)
    for holder in (result, contact_of(result)):
        for field in wire_fields(type(holder)):
            elements = getattr(holder, field.attribute)
            if field.item is not None and elements is not None:
                setattr(holder, field.attribute, sorted(elements, key=_content))
    return result


def _content(element: object) -> str:
    return repr(unstructure(element))


def compare(old: Account, new: Account) -> list[Difference]:
    """List what differs, with every parameter spelled as its page does."""
    spec = kind_of(new).spec
    spelled = {f"{spec.root}.{name}".lower(): f"{spec.root}.{name}" for name in spec.names}
    return [
        attrs.evolve(entry, parameter=spelled.get(entry.parameter.lower(), entry.parameter))
        for entry in _members(old, new, type(new), spec.root, "")
    ]


def same_reference(left: Reference, right: Reference) -> bool:
    """Whether two pairs name the same entry, by the first half that both have."""
    parts = zip(left.key_and_name, right.key_and_name, strict=True)
    # Only what both have can differ: requests send a key or a name, replies show both.
    known = next(((mine, theirs) for mine, theirs in parts if mine and theirs), ("", "-"))
    return known[0].casefold() == known[1].casefold()


def with_new_ids(expected: AccountT, actual: Account) -> AccountT:
    """Return the expected version with the ids that v1 gave to its new addresses."""
    result = copy.deepcopy(expected)
    # One by one: the caller may have put the same object in twice.
    contact = contact_of(result)
    contact.addresses = contact.addresses and [
        copy.copy(candidate) for candidate in contact.addresses
    ]
    addresses = contact.addresses or []
    ids = {address.address_id for address in addresses}
    free = [
        candidate
        for candidate in contact_of(actual).addresses or []
        if candidate.address_id not in ids
    ]
    # v1 gives a new address its id (update page), so it is known again by its content.
    for address in (address for address in addresses if address.address_id is None):
        fits = (
            candidate for candidate in free if not [*_members(address, candidate, Address, "", "")]
        )
        match = next(fits, None)
        if match is not None:
            free.remove(match)
            address.address_id = match.address_id
    return result


def _members(old: Any, new: Any, cls: type[Any], path: str, element: str) -> Iterator[Difference]:  # noqa: ANN401 - models
    """Compare two objects, either of which may be None, except for an address's id."""
    for field in wire_fields(cls):
        before, after = getattr(old, field.attribute, None), getattr(new, field.attribute, None)
        name, kind = f"{path}.{field.wire}", field.types[0]
        if field.item is not None:
            listed = _LISTS[get_args(kind)[0]]
            yield from listed(before or [], after or [], f"{name}.{field.item}")
        elif issubclass(kind, Reference):
            yield from _reference(before, after, name, element)
        elif attrs.has(kind):
            yield from _members(before, after, kind, name, element)
        # Written as `Home`, read as `HOME`: v1's newer spelling of the same value.
        elif kind is PhoneType:
            yield from _scalar(_upper(before), _upper(after), name, element)
        # The id is how an address was matched, and v1 chooses those of new ones.
        elif field.wire != "addressId":
            yield from _scalar(before, after, name, element)


def _upper(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _scalar(old: Any, new: Any, name: str, element: str) -> Iterator[Difference]:  # noqa: ANN401
    # A truth value that is left out is false.
    nothing = (is_blank(old) or old is False) and (is_blank(new) or new is False)
    if old != new and not nothing:
        yield Difference(_kind(old, new), name, old, new, element)


def _kind(old: object, new: object) -> DifferenceKind:
    if is_blank(new):
        return DifferenceKind.DELETED
    return DifferenceKind.SET if is_blank(old) else DifferenceKind.CHANGED


def _reference(
    old: Reference | None, new: Reference | None, name: str, element: str
) -> Iterator[Difference]:
    before = None if old is None or is_blank(old) else old
    after = None if new is None or is_blank(new) else new
    named = after or before
    if named is not None and not (before and after and same_reference(before, after)):
        parts = zip(wire_fields(type(named)), named.key_and_name, strict=True)
        part = next(field.wire for field, text in parts if text)
        yield Difference(_kind(before, after), f"{name}.{part}", before, after, element)


def _types(old: list[IdName], new: list[IdName], name: str) -> Iterator[Difference]:
    for entry in old:
        if not any(same_reference(entry, other) for other in new):
            yield Difference(DifferenceKind.DELETED, f"{name}.id", entry, None, entry.id or "")
    for entry in new:
        if not any(same_reference(entry, other) for other in old):
            part = "id" if entry.id else "name"
            yield Difference(DifferenceKind.SET, f"{name}.{part}", None, entry, entry.id or "")


def _addresses(old: list[Address], new: list[Address], name: str) -> Iterator[Difference]:
    before, after = [*old], [*new]
    for address in new:
        known = next((candidate for candidate in before if _is(candidate, address)), None)
        if known is not None:
            before.remove(known)
            after.remove(address)
            element = str(address.address_id or "")
            yield from _members(known, address, Address, name, element)
    for address in before:
        element = str(address.address_id or "")
        kind = DifferenceKind.ADDRESS_REMOVED
        yield Difference(kind, f"{name}.addressId", address, None, element)
    for address in after:
        yield Difference(DifferenceKind.ADDRESS_ADDED, f"{name}.addressId", None, address)


def _is(left: Address, right: Address) -> bool:
    """Whether two addresses are the same one: by their id, without one by all that they say."""
    # Without an id only equal content says that it is the same address.
    if left.address_id is None:
        return left == right
    return left.address_id == right.address_id


_LISTS: dict[Any, Callable[[list[Any], list[Any], str], Iterator[Difference]]] = {
    Address: _addresses,
    CustomFieldData: compare_custom_fields,
    IdName: _types,
}
