"""Find fields that an update would lose."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import attrs

from neon_async._wire.fields import wire_fields
from neon_async._wire.flatten import READ_ONLY, ParameterSet
from neon_async._wire.lists import unwrap
from neon_async._wire.text import checked_text
from neon_async._wire.type_guards import is_array, is_object
from neon_async._writing.place import Place
from neon_async.models import Address, CustomFieldData, Login, Model, PhoneType
from neon_async.models._references import Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from neon_async._wire.fields import WireField
    from neon_async.models import Account

_UNKNOWN = "is not known to this package"
_ODD = "does not fit its documented type"
_NO_PARAMETER = "has no parameter in the update"
_REFUSED = "is not a value that the update accepts"
_UNLISTED = "is not on the update's page, so that v1 may ignore it although it is sent"
_INDEX = re.compile(r"\[[0-9]+\]")


@attrs.frozen
class Loss:
    """Something that would not survive being sent back.

    Attributes:
        path: where it is in the record, in wire names; elements of lists by their index from 0.
        place: where it is in the account.
        drops: whether it can't be sent at all, and is taken out; otherwise it is sent as well as
            it can be.
        unlisted: whether only the page of the other kind of account lists a parameter for it.
        odd: the odd value, where there should be text, a number, a date or the like.
    """

    path: str
    reason: str
    place: Place = attrs.field(repr=False)
    drops: bool = False
    unlisted: bool = False
    odd: Any = attrs.field(default=None, repr=False)

    @property
    def name(self) -> str:
        """The path without indexes, which is how a parameter is spelled."""
        return without_indexes(self.path)


def without_indexes(path: str) -> str:
    return _INDEX.sub("", path)


def is_empty(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether a JSON value holds no data, at any depth. False and 0 are data."""
    if is_object(value):
        return all(is_empty(inner) for inner in value.values())
    if is_array(value):
        return all(is_empty(inner) for inner in value)
    return value is None or value == ""


def losses(
    record: dict[str, Any], account: Account, spec: ParameterSet, whole: ParameterSet
) -> list[Loss]:
    """List what an update would lose of a record.

    Args:
        record: the JSON object of the account.
        account: the same as a model.
        spec: the parameters of the update.
        whole: the same with those that only the page of the other kind of account lists.
    """
    losses = [*_Reader(spec, whole).members(record, account, Place(), ""), *_employer(record)]
    # An element that an odd id leaves without a name goes as a whole: the later entry counts.
    return [*{loss.path: loss for loss in losses}.values()]


def _employer(record: dict[str, Any]) -> Iterator[Loss]:
    name = "organizationName"
    # Code 10004: replies may show both, requests may have one.
    if not is_empty(record.get(name)) and not is_empty(record.get("existingOrganizationId")):
        reason = "can't be sent beside existingOrganizationId"
        yield Loss(name, reason, Place(attribute="organization_name"), drops=True)


@attrs.frozen
class _Reader:
    """Goes through a record and its model side by side."""

    spec: ParameterSet
    whole: ParameterSet

    def members(
        self,
        record: dict[str, Any],
        model: Any,  # noqa: ANN401 - any model
        place: Place,
        prefix: str,
    ) -> Iterator[Loss]:
        """Go through the members of an object that hold data to be lost."""
        fields = {field.wire: field for field in wire_fields(model.__class__)}
        for key, value in record.items():
            field, path = fields.get(key), prefix + key
            inner = None if field is None else getattr(model, field.attribute)
            odd = field is not None and inner is None and key in model.extra
            if is_empty(value) and not odd:
                continue
            if field is None:
                yield Loss(path, _UNKNOWN, place)
            elif _documents(self.spec, path):
                yield from self._member(value, inner, field, place, path)
            # False is what such a flag is without being said.
            elif key not in READ_ONLY and str(value).lower() != "false":
                listed = _documents(self.whole, path)
                yield _unlisted(value, inner, field, place, path, listed=listed)

    def _member(
        self,
        value: Any,  # noqa: ANN401 - any JSON value
        inner: Any,  # noqa: ANN401 - what it became
        field: WireField,
        place: Place,
        path: str,
    ) -> Iterator[Loss]:
        if inner is None:
            odd = None if field.item is not None or attrs.has(field.types[0]) else value
            yield Loss(path, _ODD, place.at(field.attribute), drops=True, odd=odd)
        elif field.item is not None:
            yield from self._list(value, inner, field, place, path)
        elif isinstance(inner, Login):
            yield from _login(value, place.at(field.attribute), path)
        elif isinstance(inner, Reference):
            yield from _pair(value, inner, place.inside(field.attribute), path)
        elif isinstance(inner, Model):
            yield from self.members(value, inner, place.inside(field.attribute), f"{path}.")
        else:
            yield from _leaf(value, field, place, path)

    def _list(
        self,
        wrapper: Any,  # noqa: ANN401 - an object, or the list itself
        models: list[Model],
        field: WireField,
        place: Place,
        path: str,
    ) -> Iterator[Loss]:
        _, elements, beside = unwrap(wrapper, field.item)
        unknown = [key for key, value in beside.items() if not is_empty(value)]
        yield from (Loss(f"{path}.{key}", _UNKNOWN, place) for key in unknown)
        for index, (element, model) in enumerate(zip(elements, models, strict=True)):
            if not is_empty(element):
                inside = place.inside(field.attribute, model)
                yield from self._element(element, model, inside, f"{path}.{field.item}[{index}]")

    def _element(
        self, element: dict[str, Any], model: Model, place: Place, path: str
    ) -> Iterator[Loss]:
        if isinstance(model, Reference):
            yield from _pair(element, model, place, path)
            return
        yield from self.members(element, model, place, f"{path}.")
        if isinstance(model, Address):
            yield from _address(element, place, path)
        # Code 10015: the update takes no entry without its field's id.
        elif isinstance(model, CustomFieldData) and not model.field_id:
            reason = "is missing, and nothing else names it"
            yield Loss(f"{path}.fieldId", reason, place, drops=True)


def _unlisted(
    value: Any,  # noqa: ANN401 - any JSON value
    inner: Any,  # noqa: ANN401 - what it became
    field: WireField,
    place: Place,
    path: str,
    *,
    listed: bool,
) -> Loss:
    place = place.at(field.attribute)
    if inner is None:
        return Loss(path, _ODD, place, drops=True, odd=value)
    if not listed:
        return Loss(path, _NO_PARAMETER, place, drops=True)
    if not _sendable(value, field.types[0]):
        return Loss(path, _REFUSED, place, drops=True)
    return Loss(path, _UNLISTED, place, unlisted=True)


def _documents(spec: ParameterSet, path: str) -> bool:
    # One page spells one half of a pair with a capital.
    parameter = without_indexes(path).lower()
    names = [name.lower() for name in spec.names]
    return any(name == parameter or name.startswith(f"{parameter}.") for name in names)


def _login(login: dict[str, Any], place: Place, path: str) -> Iterator[Loss]:
    known = {field.wire for field in wire_fields(Login)}
    # Codes 10011 and 10013: v1 takes username and password together, and returns one of them.
    for key in [key for key, value in login.items() if not is_empty(value)]:
        if key in known:
            reason = "can't be sent without the password, which v1 never returns"
            yield Loss(f"{path}.{key}", reason, place, drops=True)
        else:
            yield Loss(f"{path}.{key}", _UNKNOWN, place)


def _pair(pair: dict[str, Any], model: Reference, place: Place, path: str) -> Iterator[Loss]:
    """Look at the half that would be sent: the first of the two that is there."""
    fields = {field.wire: field for field in wire_fields(type(model))}
    keys = [key for key, value in pair.items() if not is_empty(value)]
    # Either half is enough ("either id or name", both pages); the key is what is sent.
    sent = next((key for key in fields if key in keys), "")
    for key in keys:
        if key not in fields:
            yield Loss(f"{path}.{key}", _UNKNOWN, place)
        elif getattr(model, fields[key].attribute) is None:
            yield Loss(f"{path}.{key}", _ODD, place.at(fields[key].attribute), drops=True)
        elif key == sent:
            yield from _leaf(pair[key], fields[key], place, f"{path}.{key}")


def _address(address: dict[str, Any], place: Place, path: str) -> Iterator[Loss]:
    # Update page, Updating Addresses: without its id it would be created once more.
    if is_empty(address.get("addressId")):
        reason = "is missing, so the address would become a new one"
        yield Loss(f"{path}.addressId", reason, place)
    # Update page, province: ignored if a state is sent.
    if not is_empty(address.get("state")) and not is_empty(address.get("province")):
        reason = "is ignored beside a state"
        yield Loss(f"{path}.province", reason, place.at("province"), drops=True)


def _leaf(value: Any, field: WireField, place: Place, path: str) -> Iterator[Loss]:  # noqa: ANN401
    kind, place = field.types[0], place.at(field.attribute)
    # Replies of 2012 have zipCode and phones as JSON numbers: 05448 arrives as 5448.
    if kind is str and not isinstance(value, str):
        yield Loss(path, "was received as a number, so leading zeros may be lost", place)
    elif kind is date and "T" in value:
        # A date with an offset, as of 2012, is the date that it says. A time of another zone
        # may belong to the day before or after.
        yield Loss(path, "was received with a time, so the day depends on the time zone", place)
    elif not _sendable(value, kind):
        yield Loss(path, _REFUSED, place, drops=True)


def _sendable(value: Any, kind: type[Any]) -> bool:  # noqa: ANN401 - any JSON value
    # Update page: Home, Work, Mobile.
    if kind is PhoneType:
        return str(value).upper() in PhoneType.__members__
    # Every whole number of an update is an id, and ids count from 1.
    if kind is int:
        return int(value) > 0
    try:
        checked_text(str(value))
    except ValueError:
        return False
    return True
