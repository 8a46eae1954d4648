"""Calls by name, for methods that have no class."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import attrs

from neon_async._wire.spelling import (
    spell_boolean,
    spell_date,
    spell_integer,
    spell_text,
    spell_timestamp,
)
from neon_async._wire.type_guards import is_deep, is_sequence
from neon_async.errors import InvalidRequestError, ProtocolError
from neon_async.operations._base import Effect, Operation
from neon_async.operations._validation import validate

if TYPE_CHECKING:
    from neon_async._wire.form import Pairs


def _bare_path(path: object) -> str:
    return path.strip("/") if isinstance(path, str) else ""


def _shown(path: str) -> str:
    """Return what stands for a path: one that breaks the rule may be a URL with its query."""
    return repr(path) if _PATH.fullmatch(path) else "..."


def _guess(call: RawCall) -> Effect:
    return Effect.READ if call.name.startswith(_READING) else Effect.WRITE


_READING = ("list", "retrieve", "sync", "search", "get")
_PAIR = 2
_PATH = re.compile(r"[^\W\d]\w*/[^\W\d]\w*", re.ASCII)


def _spell(value: Any) -> str:
    for cls, spell in _SPELLINGS.items():
        if isinstance(value, cls):
            return spell(value)
    # None ends here too: httpx would send a blank for it, and a blank deletes.
    return spell_text(value)


# A truth value is an int, and a datetime is a date: subclasses come first.
_SPELLINGS: dict[type[Any], Callable[[Any], str]] = {
    bool: spell_boolean,
    int: spell_integer,
    datetime: spell_timestamp,
    date: spell_date,
}


@attrs.frozen
class RawCall(Operation[dict[str, Any]]):
    """A method by its path, for those that have no class of their own.

    Attributes:
        path: section and method, such as `"account/listHouseHolds"`.
        arguments: the parameters: a mapping, whose values may be lists for repeated ones, or
            pairs in order.
        effect: whether it reads or writes. Methods whose names begin with list, retrieve, sync,
            search or get count as reads, all others as writes.
    """

    reply = dict[str, Any]

    path: str = attrs.field(converter=_bare_path, repr=_shown)
    arguments: Mapping[str, Any] | Sequence[tuple[str, Any]] = attrs.field(default=(), repr=False)
    effect: Effect = attrs.field(default=attrs.Factory(_guess, takes_self=True))

    def params(self) -> Pairs:
        """Return the parameters in order.

        Raises:
            InvalidRequestError: the path is not `section/method`, a value can't be sent, or the
                session's id is among them.
        """
        if not _PATH.fullmatch(self.path):
            # It is not shown, for it may be a whole URL.
            message = "expected a section and a method, such as account/listHouseHolds"
            raise InvalidRequestError(message, parameter="path")
        pairs = [
            (
                validate(spell_text, name, str(name), self.name),
                validate(_spell, value, name, self.name),
            )
            for name, values in self._items()
            for value in (values if is_sequence(values) else [values])
        ]
        if "userSessionId" in dict(pairs):
            message = "the client sends the session's id itself"
            raise InvalidRequestError(message, parameter="userSessionId", operation=self.name)
        return pairs

    def _items(self) -> Iterable[tuple[Any, Any]]:
        arguments = self.arguments
        if isinstance(arguments, Mapping):
            return arguments.items()
        pairs: list[Any] = list(arguments) if hasattr(arguments, "__iter__") else [arguments]
        if not all(is_sequence(pair) and len(pair) == _PAIR for pair in pairs):
            message = "expected a mapping, or pairs of name and value"
            raise InvalidRequestError(message, operation=self.name)
        return pairs

    def parse(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the payload as it is.

        Raises:
            ProtocolError: it is nested too deeply.
        """
        if is_deep(payload):
            raise ProtocolError("expected fewer levels, got an object", operation=self.name)
        return payload


Call = RawCall
"""The earlier name of `RawCall`, kept until 1.0."""
