"""The read-only mapping that holds the unknown fields and the odd values of a record."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class Extra(dict[str, Any]):
    """A dict that can't be changed, so that one empty one can serve all records.

    It is a dict for serializers: `json` and `orjson` take it as they take any.
    """

    __slots__ = ()

    def _refuse(self: Any, *_: Any, **__: Any) -> Any:
        raise TypeError("extra is read-only; attrs.evolve(record, extra=...) makes another record")

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[Any, tuple[dict[str, Any]]]:
        """Copy and unpickle by the function that shares the empty one."""
        return read_only, (dict(self),)


NOTHING = Extra()


def read_only(values: Mapping[str, Any]) -> Mapping[str, Any]:
    if isinstance(values, Extra):
        return values
    return Extra(values) if values else NOTHING
