"""Login and logout."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

from neon_async._wire.scalars import format_number
from neon_async._wire.spelling import spell_text
from neon_async.errors import ProtocolError
from neon_async.operations._base import Effect, Operation
from neon_async.operations._validation import validate

if TYPE_CHECKING:
    from neon_async._wire.form import Pairs


@attrs.frozen
class OpenSession(Operation[str]):
    """Open a session, and return its id."""

    path = "common/login"
    effect = Effect.READ
    reply = str

    org_id: str = attrs.field(repr=False)
    api_key: str = attrs.field(repr=False)

    def params(self) -> Pairs:
        return [
            # The vendor's own pages mix cases, as in login.orgid and login.orgId.
            ("login.apiKey", validate(spell_text, self.api_key, "login.apiKey", self.name)),
            ("login.orgid", validate(spell_text, self.org_id, "login.orgid", self.name)),
        ]

    def parse(self, payload: dict[str, Any]) -> str:
        """Return the session id.

        Raises:
            ProtocolError: there is none.
        """
        # Opaque: `T1356492402097` in the documentation, 32 hexadecimal digits in live replies.
        value = payload.get("userSessionId")
        # Older replies have numbers where newer ones have text.
        session_id = format_number(value) or value
        if isinstance(session_id, str) and session_id.strip():
            return session_id
        message = "a login without a session id"
        raise ProtocolError(message, path="userSessionId", operation=self.name)


Login = OpenSession
"""The earlier name of `OpenSession`, kept until 1.0."""


@attrs.frozen
class Logout(Operation[None]):
    """End the session."""

    path = "common/logout"
    effect = Effect.READ
    reply = None

    def params(self) -> Pairs:
        """Return nothing: the session id is all that it takes."""
        return []

    def parse(self, payload: dict[str, Any]) -> None:
        """Return nothing."""
