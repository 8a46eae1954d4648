"""Hypothesis strategies: JSON, models as replies hold them, and accounts as they can be sent."""

from __future__ import annotations

import functools
import operator
import types
import typing
from datetime import date, datetime, timedelta, timezone
from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st

from neon_async import models as all_models
from neon_async.models import (
    ActivityPriority,
    Component,
    ConsentStatus,
    CustomFieldData,
    FieldDataType,
    IndividualAccount,
    Model,
    OrganizationAccount,
    PhoneType,
)
from tests.support import samples

if typing.TYPE_CHECKING:
    from collections.abc import Callable

# Each model that JSON is read into: not the bases that models share.
MODEL_CLASSES: list[type[Any]] = [
    cls
    for cls in (getattr(all_models, name) for name in all_models.__all__)
    if isinstance(cls, type) and issubclass(cls, Model) and attrs.has(cls)
]

T = TypeVar("T")
AccountT = TypeVar("AccountT", IndividualAccount, OrganizationAccount)

text = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)
words = text.filter(str.strip)
ids = st.integers(1, 2**63 - 1)
json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64) | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
_offsets = st.integers(-24 * 60 + 1, 24 * 60 - 1).map(lambda minutes: timedelta(minutes=minutes))
moments = st.datetimes(timezones=_offsets.map(timezone))
extras = st.dictionaries(
    # Neither NaN, which is not equal to itself, nor a name that the SDK knows.
    st.text(max_size=8).map("unknown{}".format),
    json.filter(lambda value: "nan" not in repr(value)),
    max_size=2,
)
_LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: text,
    int: ids,
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    date: st.dates(),
    datetime: moments,
    PhoneType: st.sampled_from(PhoneType),
    ConsentStatus: st.sampled_from(ConsentStatus),
    ActivityPriority: st.sampled_from(ActivityPriority),
    Component: st.sampled_from(Component),
    FieldDataType: st.sampled_from(FieldDataType),
}


def camel(name: str) -> str:
    """Spell an attribute as the wire does, without asking the package."""
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def fields_of(cls: type[Any]) -> list[tuple[attrs.Attribute[Any], Any]]:
    """The fields that are in JSON, each with its type; of a union the first one."""
    attrs.resolve_types(cls)
    return [
        (field, _first(field.type))
        for field in attrs.fields(cls)
        if field.init and field.name not in {"extra", "unreadable"}
    ]


def _first(annotation: Any) -> Any:
    union = typing.get_origin(annotation) in {typing.Union, types.UnionType}
    return typing.get_args(annotation)[0] if union else annotation


def models(cls: type[T]) -> st.SearchStrategy[T]:
    """Objects as a reply may hold them: any field absent, and unknown ones kept."""
    model: Any = cls
    return _models(model)


# Made once for each class: tests draw from them many times, and making them takes longer.
@functools.cache
def _models(cls: type[Any]) -> st.SearchStrategy[Any]:
    given = {
        field.name: _readable(type_)
        if field.default is attrs.NOTHING
        else _readable(type_) | st.just(_default(field))
        for field, type_ in fields_of(cls)
    }
    for field, type_ in fields_of(cls):
        if field.metadata.get("record_id"):  # on a page, a record without an id is none
            record = models(typing.get_args(type_)[0])
            identified = st.builds(attrs.evolve, record, **{field.metadata["record_id"]: ids})
            given[field.name] = st.lists(identified, max_size=2)
    return st.builds(cls, **given, extra=extras)


def _default(field: attrs.Attribute[Any]) -> Any:
    return [] if isinstance(field.default, attrs.Factory) else field.default  # type: ignore[arg-type]


def _readable(type_: Any) -> st.SearchStrategy[Any]:
    if typing.get_origin(type_) is list:
        return st.lists(_readable(typing.get_args(type_)[0]), max_size=2)
    if isinstance(type_, type) and issubclass(type_, Model):
        return models(type_)
    return _LEAVES[type_]


@st.composite
def sendable(draw: st.DrawFn, cls: type[AccountT], method: str) -> tuple[AccountT, set[str]]:
    """Accounts that may be sent, with the names of the parameters that they fill.

    Every element of a list fills the same ones.
    """
    root = cls.__name__[0].lower() + cls.__name__[1:]
    either = cls is IndividualAccount
    documented = [name for name in samples.parameters(method) if name.startswith(f"{root}.")]
    names = draw(_names(root, documented, either=either))
    return draw(_filled(cls, root, names)), names


@st.composite
def _names(draw: st.DrawFn, root: str, documented: list[str], *, either: bool) -> set[str]:
    names = draw(st.sets(st.sampled_from(documented)))
    for together in _TOGETHER:
        group = {f"{root}.{name}" for name in together}
        if names & group:
            names |= group
    names |= {f"{root}.{name}" for name in _REQUIRED} & set(documented)
    for one, other in _ALTERNATIVES if either else []:
        if {f"{root}.{one}", f"{root}.{other}"} <= names:
            names.remove(f"{root}.{draw(st.sampled_from([one, other]))}")
    return names


_CUSTOM = "customFieldDataList.customFieldData"
_ADDRESS = "primaryContact.addresses.address"
_REQUIRED = [
    "accountId",
    "primaryContact.contactId",
    "primaryContact.firstName",
    "primaryContact.lastName",
    "organizationName",
]
_TOGETHER = [
    {f"{_CUSTOM}.fieldId", f"{_CUSTOM}.fieldOptionId", f"{_CUSTOM}.fieldValue"},
    {"login.username", "login.password", "login.orgId"},
]
_ALTERNATIVES = [
    ("existingOrganizationId", "organizationName"),
    ("source.id", "source.name"),
    ("individualTypes.individualType.id", "individualTypes.individualType.name"),
    ("primaryContact.gender.code", "primaryContact.gender.name"),
    (f"{_ADDRESS}.addressType.id", f"{_ADDRESS}.addressType.Name"),
    (f"{_ADDRESS}.state.code", f"{_ADDRESS}.state.name"),
    (f"{_ADDRESS}.country.id", f"{_ADDRESS}.country.name"),
]
# Blank, the rules of the pages refuse them.
_NOT_BLANK = {"fieldId", "username", "password", "firstName", "lastName", "organizationName"}


def _filled(cls: type[Any], path: str, names: set[str]) -> st.SearchStrategy[Any]:
    """Objects in which exactly the named fields are there."""
    given: dict[str, st.SearchStrategy[Any]] = {}
    for field, type_ in fields_of(cls):
        wire = camel(field.name)
        here = f"{path}.{wire}"
        spelled = {name.replace(".addressType.Name", ".addressType.name") for name in names}
        if typing.get_origin(type_) is list:
            here = f"{here}.{field.metadata['item']}"
            if any(name.startswith(f"{here}.") for name in spelled):
                given[field.name] = _list(typing.get_args(type_)[0], here, spelled)
        elif any(name.startswith(f"{here}.") for name in spelled):
            given[field.name] = _filled(type_, here, spelled)
        elif here in spelled:
            is_type = path.endswith("Type") and not path.endswith("addressType")
            given[field.name] = words if wire in _NOT_BLANK or is_type else _LEAVES[type_]
    return st.builds(cls, **given)


def _list(cls: type[Any], path: str, names: set[str]) -> st.SearchStrategy[list[Any]]:
    elements = _filled(cls, path, names)
    keys: list[Callable[[Any], Any]] = []
    if cls is CustomFieldData:
        keys = [operator.attrgetter("field_id")]
    elif path.endswith("Type"):
        given = [half for half in ("id", "name") if f"{path}.{half}" in names]
        keys = [operator.attrgetter(half) for half in given]
    unique = tuple(keys) or (id,)
    lists = st.lists(elements, min_size=1, max_size=3, unique_by=unique)
    return lists.map(_one_primary) if path.endswith("address") else lists


def _one_primary(addresses: list[Any]) -> list[Any]:
    primary = [address for address in addresses if address.is_primary_address]
    for address in primary[1:]:
        address.is_primary_address = False
    return addresses


def usual(model: Any) -> Any:
    """Return a copy without unknown fields, in the objects inside of it as well."""
    values = {field.name: getattr(model, field.name) for field, _ in fields_of(type(model))}
    return type(model)(**{name: _usual(value) for name, value in values.items()})


def _usual(value: Any) -> Any:
    if isinstance(value, list):
        return [_usual(element) for element in value]
    return usual(value) if isinstance(value, Model) else value
