"""Login and logout, and calls by name for what has no class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

import attrs

from neon_async._wire.converter import structure_member
from neon_async.errors import InvalidRequestError
from neon_async.operations import _checks
from neon_async.operations._base import Effect, Operation

if TYPE_CHECKING:
    from neon_async._wire.params import Pairs


@attrs.frozen
class Login(Operation[str]):
    """Open a session; the reply is its id."""

    path: ClassVar[str] = "common/login"
    effect: ClassVar[Effect] = Effect.READ
    reply: ClassVar[type[str]] = str

    org_id: str = attrs.field(repr=False)
    api_key: str = attrs.field(repr=False)

    def params(self) -> Pairs:
        """Return the credentials."""
        return [
            ("login.apiKey", _checks.text(self.api_key, "login.apiKey", self.name)),
            ("login.orgid", _checks.text(self.org_id, "login.orgid", self.name)),
        ]

    def parse(self, payload: dict[str, Any]) -> str:
        """Return the session id."""
        return structure_member(payload, "userSessionId", str, self.name)


@attrs.frozen
class Logout(Operation[None]):
    """End the session."""

    path: ClassVar[str] = "common/logout"
    effect: ClassVar[Effect] = Effect.READ
    reply: ClassVar[None] = None

    def params(self) -> Pairs:
        """Return nothing: the session id is all that it takes."""
        return []

    def parse(self, payload: dict[str, Any]) -> None:
        """Return nothing."""


_READING = ("list", "retrieve", "sync", "search", "get")


@attrs.frozen
class Call(Operation[dict[str, Any]]):
    """A method by its path, for those that have no class of their own.

    Attributes:
        method: section and method, such as `"account/listHouseHolds"`.
        arguments: the parameters: a mapping, whose values may be lists for repeated ones, or
            pairs in order.
        declared: whether it reads or writes. When None, methods whose names begin with list,
            retrieve, sync, search or get are taken to read, and all others to write.
    """

    reply: ClassVar[Any] = dict[str, Any]

    method: str
    arguments: Mapping[str, Any] | Sequence[tuple[str, Any]] = attrs.field(default=(), repr=False)
    declared: Effect | None = None

    @property
    def path(self) -> str:
        """Section and method."""
        return self.method.strip("/")

    @property
    def effect(self) -> Effect:
        """Whether the method reads or writes."""
        if self.declared is not None:
            return self.declared
        return Effect.READ if self.name.startswith(_READING) else Effect.WRITE

    def params(self) -> Pairs:
        """Return the parameters in order.

        Raises:
            InvalidRequestError: the path is not `section/method`, or a value can't be sent.
        """
        section, slash, method = self.path.partition("/")
        if not (slash and section.isidentifier() and method.isidentifier() and self.path.isascii()):
            problem = "the path is a section and a method, such as account/listHouseHolds"
            raise InvalidRequestError(problem, operation=self.name)
        given = self.arguments
        items = given.items() if isinstance(given, Mapping) else given
        return [
            (_checks.text(name, str(name), self.name), self._text(name, value))
            for name, values in items
            for value in (values if isinstance(values, list | tuple) else [values])
        ]

    def _text(self, name: str, value: Any) -> str:
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, int):
            return str(value)
        if isinstance(value, datetime):
            return _checks.moment(value, name, self.name)
        if isinstance(value, date):
            return value.isoformat()
        # None ends here too: httpx would send a blank for it, and a blank deletes.
        return _checks.text(value, name, self.name)

    def parse(self, payload: dict[str, Any]) -> dict[str, Any]:
        """Return the payload as it is."""
        return payload
