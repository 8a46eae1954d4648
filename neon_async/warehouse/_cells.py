"""Records as values by path, each of them in the range of its column."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal, TypeAlias, cast

import attrs

from neon_async.models import Model
from neon_async.warehouse.fields import Field, fields
from neon_async.warehouse.json_text import dumps, dumps_list

Kind: TypeAlias = Literal["text", "integer", "boolean", "date", "timestamp"]

_KINDS: dict[type[Any], Kind] = {
    int: "integer",
    bool: "boolean",
    date: "date",
    datetime: "timestamp",
}
# Lists that are tables of their own.
CHILDREN = frozenset({"primaryContact.addresses", "customFieldDataList"})
# The integers of SQLite, of Arrow's int64, and of a bigint in PostgreSQL.
SMALLEST, LARGEST = -(2**63), 2**63 - 1
EXTRA = "extra"


@attrs.frozen
class _RowPlan:
    """How the objects of one class become values.

    Attributes:
        leaves: attribute, path and kind of each value.
        nested: attribute and path of each inner object.
        known: the fields by v1's names.
    """

    leaves: list[tuple[str, str, Kind]]
    nested: list[tuple[str, str]]
    known: dict[str, Field]


def plan(cls: type[Any], prefix: str = "") -> _RowPlan:
    """Return how the objects of a class become values, below a path."""
    cached = _PLANS.get((cls, prefix))
    if cached is not None:
        return cached
    known = fields(cls)
    result = _RowPlan([], [], known)
    for field in known.values():
        path = prefix + field.name
        if is_nested(field):
            result.nested.append((field.attribute, f"{path}."))
        elif path not in CHILDREN:
            kind: Kind = "text" if field.item else _KINDS.get(field.kind, "text")
            result.leaves.append((field.attribute, path, kind))
    _PLANS[cls, prefix] = result
    return result


_PLANS: dict[tuple[type[Any], str], _RowPlan] = {}


def is_nested(field: Field) -> bool:
    """Whether a field holds one object, whose fields are columns of their own."""
    return field.item is None and issubclass(field.kind, Model)


def flat(record: Model) -> dict[str, object]:
    """Return a record's values by path, and as JSON what it has that no column can hold."""
    values: dict[str, object] = {}
    extra: dict[str, Any] = {}
    _collect(record, "", values, extra)
    if extra:
        values[EXTRA] = dumps(extra).decode()
    return values


def _collect(record: Any, prefix: str, values: dict[str, object], extra: dict[str, Any]) -> None:  # noqa: ANN401 - any model
    steps = plan(record.__class__, prefix)
    for attribute, path, kind in steps.leaves:
        value = getattr(record, attribute)
        if value is None:
            continue
        fitted = fit(kind, value)
        if fitted is None:
            extra[path] = value.isoformat() if isinstance(value, date) else value
        else:
            values[path] = fitted
    for attribute, path in steps.nested:
        inner = getattr(record, attribute)
        if inner is not None:
            _collect(inner, path, values, extra)
    for name, value in record.extra.items():
        if (rest := _beside(record, steps.known.get(name), value)) is not None:
            extra[prefix + name] = rest[0]


def _beside(record: Any, field: Field | None, value: Any) -> tuple[Any] | None:  # noqa: ANN401 - any model and JSON
    """Return what of an entry of `extra` counts: an attribute that is set replaces it."""
    if field is None or getattr(record, field.attribute) is None:
        return (value,)
    if field.item is None or not isinstance(value, Mapping):
        return None
    # What the wrapper of a list holds beside the list has no attribute.
    wrapper = cast("Mapping[str, Any]", value)
    beside = {key: inner for key, inner in wrapper.items() if key != field.item}
    return (beside,) if beside else None


def fit(kind: Kind, value: Any) -> object | None:  # noqa: ANN401 - any value of a model
    """Return a value as its column has it, or None where it is out of the range of some target."""
    return _FIT[kind](value)


def _text(value: Any) -> str | None:  # noqa: ANN401 - as above
    if isinstance(value, list):
        return dumps_list(cast("list[Model]", value)).decode()
    if not isinstance(value, str) or "\0" in value:  # PostgreSQL takes no NUL
        return None
    text = str(value)
    try:
        text.encode()
    # Half of a surrogate pair, which JSON can escape (RFC 8259, section 8.2), and UTF-8 can't hold.
    except UnicodeEncodeError:
        return None
    return text


def _integer(value: Any) -> int | None:  # noqa: ANN401 - as above
    # Not isinstance: a truth value is an int in Python, and 1 in this column would be made up.
    return value if type(value) is int and SMALLEST <= value <= LARGEST else None


def _boolean(value: Any) -> bool | None:  # noqa: ANN401 - as above
    return value if isinstance(value, bool) else None


def _date(value: Any) -> date | None:  # noqa: ANN401 - as above
    # A datetime is a date to isinstance, and a date column would drop its time.
    return value if type(value) is date else None


def _timestamp(value: Any) -> datetime | None:  # noqa: ANN401 - as above
    # Of a time without a zone the instant is unknown: it stays in `extra` as it was sent.
    if not isinstance(value, datetime) or value.tzinfo is None:
        return None
    try:
        return value.astimezone(UTC)
    except OverflowError:  # in UTC it is before the year 1, or after 9999
        return None


_FIT: dict[Kind, Callable[[Any], object | None]] = {
    "text": _text,
    "integer": _integer,
    "boolean": _boolean,
    "date": _date,
    "timestamp": _timestamp,
}
