"""The cattrs converter: JSON of v1, of either generation, from and to the models.

Absent data is a missing key, `""`, `{}`, `[]` or null; a list with one element may have collapsed
to that element; text may come as a number. What a model has no field for goes to its `extra`, and
so does a value that does not fit its field.
"""

from __future__ import annotations

from datetime import date, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from cattrs import Converter

from neon_async._wire import scalars
from neon_async._wire.codegen import generate
from neon_async._wire.fields import wire_fields
from neon_async._wire.interning import intern_references
from neon_async._wire.iso8601 import format_timestamp
from neon_async._wire.lenient import LenientPayload
from neon_async._wire.lists import unwrap
from neon_async._wire.page_lists import PageList, PageReader
from neon_async._wire.scalars import StructureError
from neon_async._wire.structuring import (
    Hook,
    field_hook,
    is_model,
    model_hook,
    structure_all,
    value_hook,
)
from neon_async._wire.unstructuring import unstructure_hook
from neon_async.errors import ProtocolError
from neon_async.models._references import Reference
from neon_async.models._search import SearchRow

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async._wire.steps import Steps

T = TypeVar("T")


def structure(payload: Any, cls: type[T], *, operation: str | None = None) -> T:
    """Make an object of the class `cls` from the JSON value `payload`.

    A value that does not fit its documented type is kept in the `extra` of its object, and is
    among the `oddities` of the result.

    Args:
        payload: what `json.loads` returned for one object of a reply.
        cls: a class of `neon_async.models`.
        operation: the API method that replied, for the error's text.

    Raises:
        ProtocolError: the value is no object, lacks what it can't do without, such as the
            numbers of a page block, or is nested too deeply; `path` says where, in wire names.
    """
    return _convert(lambda cattrs_converter: cattrs_converter.structure(payload, cls), operation)


def structure_page(payload: dict[str, Any], cls: type[T], operation: str) -> T:
    """Make a page from a reply's payload, which is a little faster than `structure`.

    Raises:
        ProtocolError: as for `structure`.
    """
    # orjson refuses text with half of a surrogate pair, which needs no check then.
    checked = isinstance(payload, LenientPayload)
    return _convert(
        lambda cattrs_converter: cattrs_converter.structure(payload, cls),
        operation,
        checked=checked,
    )


def structure_page_in_steps(payload: dict[str, Any], cls: type[T], operation: str) -> Steps[T]:
    """Do the same with pauses between the records, where something else may run.

    The payload's lists are emptied: the JSON of a record is released once the record is made.

    Raises:
        ProtocolError: as for `structure`.
    """
    checked = isinstance(payload, LenientPayload)
    reader: Any = converter(checked=checked).get_structure_hook(cls)
    steps: Steps[T] = reader.consume(payload, cls)
    try:
        page = yield from steps
    except StructureError as mismatch:
        message, path = str(mismatch), mismatch.path
    else:
        return page
    raise ProtocolError(message, path=path, operation=operation)


def structure_member(payload: dict[str, Any], key: str, cls: type[T], operation: str) -> T:
    """Make an object from one member of a reply's payload.

    Raises:
        ProtocolError: the member is missing, or as for `structure`.
    """
    return _convert(
        lambda cattrs_converter: cattrs_converter.structure(payload.get(key), cls), operation, key
    )


def structure_wrapped(
    payload: dict[str, Any], wrapper: str, item: str, cls: type[T], operation: str
) -> list[T]:
    """Make the objects of a list that stands wrapped in a reply's payload.

    Raises:
        ProtocolError: an element is not of the documented shape.
    """

    def structure_list(cattrs_converter: Converter) -> list[T]:
        prefix, elements, _ = unwrap(payload.get(wrapper), item)
        hook = cattrs_converter.get_structure_hook(cls)
        return structure_all(lambda element, _: hook(element, cls), prefix, elements)

    return _convert(structure_list, operation, wrapper)


def unstructure(obj: Any) -> Any:
    """Return the JSON value of a model, in the spelling of the newer replies.

    Attributes that are None are left out; `extra` is put back where no attribute has replaced it.
    For the objects of the reference pages `unstructure(structure(x, cls)) == x`.
    """
    return _unstructure_hook(obj.__class__)(obj)


@cache
def _unstructure_hook(cls: type[Any]) -> Callable[[Any], Any]:
    return converter().get_unstructure_hook(cls)


def _convert(
    job: Callable[[Converter], T], operation: str | None, member: str = "", *, checked: bool = True
) -> T:
    try:
        return job(converter(checked=checked))
    except StructureError as mismatch:
        located = mismatch.under(member) if member else mismatch
        message, path = str(mismatch), located.path
    raise ProtocolError(message, path=path, operation=operation)


@cache
def converter(*, generated: bool = True, checked: bool = True) -> Converter:
    """Build a converter, once.

    Args:
        generated: whether models are structured by generated code, which leaves to the slow way
            what is unusual. Without it, everything is structured the slow way.
        checked: whether text may be such that it can't be sent: half of a surrogate pair.
    """
    cattrs_converter = Converter(detailed_validation=False, unstruct_collection_overrides={})
    for type_, hook in scalars.STRUCTURE.items():
        cattrs_converter.register_structure_hook(type_, hook)
    cattrs_converter.register_unstructure_hook(SearchRow, dict)
    cattrs_converter.register_unstructure_hook(datetime, format_timestamp)
    cattrs_converter.register_unstructure_hook(date, date.isoformat)
    factory = partial(_generated_hook, checked=checked) if generated else model_hook
    cattrs_converter.register_structure_hook_factory(
        is_model, partial(_structure_hook, factory, cattrs_converter)
    )
    cattrs_converter.register_unstructure_hook_factory(
        is_model, partial(unstructure_hook, cattrs_converter)
    )
    return cattrs_converter


def _structure_hook(
    factory: Callable[[Converter, type[Any]], Hook], cattrs_converter: Converter, cls: type[Any]
) -> Hook:
    lists = [
        PageList(field, value_hook(cattrs_converter, field), field.metadata["record_id"])
        for field in wire_fields(cls)
        if field.metadata.get("page_list")
    ]
    hook = factory(cattrs_converter, cls)
    return PageReader(lists, hook) if lists else hook


def _generated_hook(cattrs_converter: Converter, cls: type[Any], *, checked: bool) -> Hook:
    structure_slow = model_hook(cattrs_converter, cls)
    # References are shared between records, which the generated code can't do.
    if issubclass(cls, Reference):
        return intern_references(cls, structure_slow)
    fields = [(field, field_hook(cattrs_converter, field)) for field in wire_fields(cls)]
    return generate(
        cls, fields, cattrs_converter.get_structure_hook, structure_slow, checked=checked
    )
