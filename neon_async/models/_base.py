"""The base class of all models, and declarations of fields that the wire wraps."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import TYPE_CHECKING, Any, ClassVar, cast

import attrs

from neon_async._lazy import pydantic_schema
from neon_async.models._extra import NOTHING, read_only
from neon_async.models._oddities import compared, find_oddities, live_extra

if TYPE_CHECKING:
    from collections.abc import Iterator

# Attributes that may be shown: ids of records, and the counts of a page. `Login.org_id` is half of
# a credential.
_SHOWN = re.compile("(?!org_)(id|.*_ids?|page|.*_(page|size|results))")
# Ids of lists and custom fields are text, which could be anything.
_NUMBER = re.compile("[0-9]{1,19}", re.ASCII)
_MOST_IDS = 10


class Model:
    """Base of every class that stands for a JSON object of v1.

    Each has `extra`, a read-only mapping by wire name. It holds what no attribute can: fields of
    the reply that this package does not know, and odd values, which do not fit the documented
    type of their field, so that its attribute is None. `extra` goes back out with `unstructure`,
    and is never sent. An attribute that is set wins over `extra`, also in comparisons.

    The representation names the class, ids and counts only, so that no log line and no traceback
    shows a donor's data. `unstructure(record)` has all of it, to be printed.
    """

    __slots__ = ()

    @property
    def oddities(self) -> tuple[str, ...]:
        """The paths of odd values, such as `"primaryContact.addresses.address[0].startDate"`.

        They are the documented fields, in wire names, that stand in an `extra` while their
        attribute is None, in this object and in those inside it. Elements of lists count
        from 0. Each path may be given to the `accept_loss` of an edit.
        """
        return tuple(find_oddities(self))

    def __eq__(self, other: object) -> bool:
        """Whether it is of the same class, and says the same."""
        if other.__class__ is not self.__class__:
            return NotImplemented
        return compared(self) == compared(other) and live_extra(self) == live_extra(other)

    __hash__: ClassVar[None] = None  # type: ignore[assignment]

    def __init_subclass__(cls, **options: Any) -> None:
        """Let attrs write no representation for the class: its own shows every attribute."""
        super().__init_subclass__(**options)
        # attrs leaves alone what a class has of its own, those that users derive included.
        type.__setattr__(cls, "__repr__", cls.__repr__)

    def __repr__(self) -> str:
        """Name the class, ids and counts: never a value that a donor could be known by."""
        parts = ", ".join(f"{name}={value!r}" for name, value in self.__rich_repr__())
        return f"{type(self).__name__}({parts})"

    def __rich_repr__(self) -> Iterator[tuple[str, object]]:
        """Name the same where Rich would look into the attributes."""
        for field in attrs.fields(cast("type[Any]", type(self))):
            value: Any = getattr(self, field.name, None)  # one that is half made has none
            if isinstance(value, Collection) and not isinstance(value, (str, bytes)):
                yield from _counted(field.name, cast("Collection[object]", value))
            elif value is not None and _SHOWN.fullmatch(field.name):
                yield field.name, value if _is_shown(value) else _Placeholder(type(value).__name__)

    @classmethod
    def __get_pydantic_core_schema__(cls, _source: Any, handler: Any) -> dict[str, Any]:
        """Tell pydantic how to validate and serialize the model, as its JSON of the wire."""
        return pydantic_schema(cls, handler.generate_schema)


class _Placeholder:
    """Stands in a representation for a value that is not shown."""

    def __init__(self, text: object) -> None:
        self._text = text

    def __repr__(self) -> str:
        return f"<{self._text}>"


def _counted(name: str, value: Collection[object]) -> Iterator[tuple[str, object]]:
    """Show how many there are, and a few ids themselves."""
    few = len(value) <= _MOST_IDS and all(type(element) is int for element in value)
    if few and name.endswith("_ids"):
        yield name, value
    elif value or name not in {"extra", "unreadable"}:
        yield name, _Placeholder(len(value))


def _is_shown(value: object) -> bool:
    if isinstance(value, str):
        return _NUMBER.fullmatch(value) is not None
    return type(value) is int or isinstance(value, Model)


def known_id(number: int | None) -> int:
    """Return the id of a record."""
    if number is None:
        raise LookupError("the record has no id")
    return number


def extra_field() -> Any:
    """Declare the field that keeps what a reply holds beyond the documented fields."""
    return attrs.field(default=NOTHING, converter=read_only, kw_only=True, hash=False)


def list_field(item: str) -> Any:
    """Declare a list that the wire wraps in an object, such as `addresses: {address: [...]}`.

        An absent wrapper is None, and an empty one an empty list.

    Args:
        item: the key inside the wrapper.
    """
    return attrs.field(default=None, metadata={"item": item})


def page_list(item: str, *, wire: str | None = None, record_id: str | None = None) -> Any:
    """Declare a wrapped list of a page: of its records, or of the ids of deleted ones.

    An absent wrapper is an empty list. Records without a usable id are not in the list, but in the
    page's `unreadable`.

    Args:
        item: the key inside the wrapper.
        wire: the wrapper's own key, where it is not the attribute's name.
        record_id: the attribute of a record that holds its id; None for a list of ids.
    """
    metadata = {"item": item, "wire": wire, "page_list": True, "record_id": record_id}
    return attrs.field(factory=list[Any], metadata=metadata)
