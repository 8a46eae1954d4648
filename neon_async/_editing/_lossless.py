"""What of a record, as it was read, can't be sent back as it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, get_args

import attrs

from neon_async._wire.flatten import READ_ONLY, Documented
from neon_async._wire.names import wire_fields
from neon_async._wire.shapes import is_array, is_object
from neon_async._wire.text import checked_text
from neon_async.models import Address, CustomFieldData, Login, PhoneType
from neon_async.models._pairs import Pair

if TYPE_CHECKING:
    from neon_async._wire.names import WireField

_UNKNOWN = "is not known to this package"
_NO_PARAMETER = "has no parameter in the update"
_INDEX = re.compile(r"\[[0-9]+\]")


@attrs.frozen
class Loss:
    """Something that would not survive being sent back.

    Attributes:
        path: where it is in the record, in wire names; elements of lists by their index from 0.
        problem: what is wrong with it.
        drop: takes it out of the record; None for what is sent as well as it can be.
    """

    path: str
    problem: str
    drop: Callable[[], object] | None = attrs.field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The path without indexes, which is how a parameter is spelled."""
        return without_indexes(self.path)


def without_indexes(path: str) -> str:
    """Return a path as a parameter is spelled."""
    return _INDEX.sub("", path)


def is_blank(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a JSON value holds no data, at any depth. False and 0 are data."""
    if is_object(value):
        return all(is_blank(inner) for inner in value.values())
    if is_array(value):
        return all(is_blank(inner) for inner in value)
    return value is None or value == ""


def losses(record: dict[str, Any], cls: type[Any], page: Documented) -> list[Loss]:
    """List what an update would lose of a record.

    Args:
        record: the JSON object of the account, of which the losses' `drop` takes things out.
            It can be structured as `cls`.
        cls: the account's model.
        page: the parameters of the update.
    """
    return [*_Reader(page).members(record, cls, ""), *_employer(record)]


def _employer(record: dict[str, Any]) -> Iterator[Loss]:
    name = "organizationName"
    if not is_blank(record.get(name)) and not is_blank(record.get("existingOrganizationId")):
        problem = "can't be sent beside existingOrganizationId"
        yield Loss(name, problem, partial(record.pop, name))


@attrs.frozen
class _Reader:
    """Goes through a record, guided by the models."""

    page: Documented

    def members(self, record: dict[str, Any], cls: type[Any], prefix: str) -> Iterator[Loss]:
        """Go through the members of an object; those that hold no data can't be lost."""
        fields = {field.wire: field for field in wire_fields(cls)}
        for key, value in record.items():
            field, path = fields.get(key), prefix + key
            if is_blank(value):
                continue
            if field is None:
                yield Loss(path, _UNKNOWN)
            elif not self._documented(path):
                yield from _without_parameter(record, key, path)
            else:
                yield from self._member(record, field, path)

    def _documented(self, path: str) -> bool:
        # One page spells one half of a pair with a capital.
        wanted = without_indexes(path).lower()
        names = [name.lower() for name in self.page.names]
        return any(name == wanted or name.startswith(f"{wanted}.") for name in names)

    def _member(self, record: dict[str, Any], field: WireField, path: str) -> Iterator[Loss]:
        value, kind = record[field.wire], field.types[0]
        if field.item is not None:
            yield from self._list(value, field, path)
        elif issubclass(kind, Login):
            yield from _login(record, field.wire, path)
        elif issubclass(kind, Pair):
            yield from _pair(value, kind, path)
        elif is_object(value):
            yield from self.members(value, kind, f"{path}.")
        else:
            yield from _leaf(record, field.wire, kind, path)

    def _list(self, wrapper: Any, field: WireField, path: str) -> Iterator[Loss]:  # noqa: ANN401
        (cls,) = get_args(field.types[0])
        elements: Any = wrapper
        if is_object(wrapper):
            beside = [key for key in wrapper if key != field.item and not is_blank(wrapper[key])]
            yield from (Loss(f"{path}.{key}", _UNKNOWN) for key in beside)
            elements = wrapper.get(str(field.item))
        for index, element in enumerate(elements if is_array(elements) else [elements]):
            if not is_blank(element):
                yield from self._element(element, cls, f"{path}.{field.item}[{index}]")

    def _element(self, element: Any, cls: type[Any], path: str) -> Iterator[Loss]:  # noqa: ANN401
        if issubclass(cls, Pair):
            yield from _pair(element, cls, path)
            return
        yield from self.members(element, cls, f"{path}.")
        if cls is Address:
            yield from _address(element, path)
        elif cls is CustomFieldData and is_blank(element.get("fieldId")):
            yield Loss(f"{path}.fieldId", "is missing, and nothing else names it", element.clear)


def _without_parameter(record: dict[str, Any], key: str, path: str) -> Iterator[Loss]:
    # False is what such a flag is without being said.
    if key not in READ_ONLY and str(record[key]).lower() != "false":
        yield Loss(path, _NO_PARAMETER, partial(record.pop, key))


def _login(record: dict[str, Any], key: str, path: str) -> Iterator[Loss]:
    known = {field.wire for field in wire_fields(Login)}
    for inner in [inner for inner, value in record[key].items() if not is_blank(value)]:
        if inner in known:
            problem = "can't be sent without the password, which v1 never returns"
            yield Loss(f"{path}.{inner}", problem, partial(record.pop, key, None))
        else:
            yield Loss(f"{path}.{inner}", _UNKNOWN)


def _pair(pair: dict[str, Any], cls: type[Pair], path: str) -> Iterator[Loss]:
    """Look at the half that would be sent: the first of the two that is there."""
    halves = [field.wire for field in wire_fields(cls)]
    given = [key for key, value in pair.items() if not is_blank(value)]
    sent = next((half for half in halves if half in given), "")
    for key in given:
        if key not in halves:
            yield Loss(f"{path}.{key}", _UNKNOWN)
        elif key == sent:
            yield from _leaf(pair, key, str, f"{path}.{key}")


def _address(address: dict[str, Any], path: str) -> Iterator[Loss]:
    if is_blank(address.get("addressId")):
        yield Loss(f"{path}.addressId", "is missing, so that the address would become a new one")
    if not is_blank(address.get("state")) and not is_blank(address.get("province")):
        drop = partial(address.pop, "province")
        yield Loss(f"{path}.province", "is ignored beside a state", drop)


def _leaf(record: dict[str, Any], key: str, kind: type[Any], path: str) -> Iterator[Loss]:
    value = record[key]
    if kind is str and not isinstance(value, str):
        yield Loss(path, "came as a number, so that leading zeros may be gone")
    elif kind is date and "T" in value:
        # A date with an offset, as of 2012, is the date that it says. A time of another zone
        # may belong to the day before or after.
        yield Loss(path, "came with a time, so that the day depends on the zone")
    elif not _sendable(value, kind):
        yield Loss(path, "is not a value that the update accepts", partial(record.pop, key))


def _sendable(value: Any, kind: type[Any]) -> bool:  # noqa: ANN401 - any JSON value
    if kind is PhoneType:
        return str(value).upper() in PhoneType.__members__
    if kind is int:
        return int(value) > 0
    try:
        checked_text(str(value))
    except ValueError:
        return False
    return True
