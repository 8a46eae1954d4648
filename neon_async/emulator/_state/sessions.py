"""Sessions, and the common methods that open and close them."""

from __future__ import annotations

import hmac
import secrets
from typing import TYPE_CHECKING

import attrs

from neon_async.emulator._wire.codes import RefusedError, refused

if TYPE_CHECKING:
    from neon_async.emulator._wire.messages import Fields, Json

IDLE_LIMIT = 30 * 60 * 1000
"""Milliseconds without use after which a session ends."""


@attrs.define
class OpenSessions:
    """The open sessions, each with the time of its last use in milliseconds."""

    org_id: str = attrs.field(repr=False)
    api_key: str = attrs.field(repr=False)
    _used: dict[str, int] = attrs.field(factory=dict[str, int], repr=False)

    def login(self, fields: Fields, now: int) -> Json:
        """Open a session."""
        org_id, api_key = fields.text("login.orgid"), fields.text("login.apiKey")
        # v1 documents no codes for a failed login. These are those of v2: 10 and 12 for what is
        # required, 13 and 14 for what is invalid.
        missing = [code for code, credential in ((10, api_key), (12, org_id)) if not credential]
        if missing:
            raise RefusedError(error for code in missing for error in refused(code).problems)
        if not _same(org_id, self.org_id):
            raise refused(14)
        if not _same(api_key, self.api_key):
            raise refused(13)
        # 32 hexadecimal digits, as live sessions have.
        session_id = secrets.token_hex(16)
        self.resume(session_id, now)
        return {"responseMessage": "User logged in.", "userSessionId": session_id}

    def resume(self, session_id: str, now: int) -> None:
        self._used[session_id] = now

    def check(self, fields: Fields, now: int) -> str:
        """Return the session id of a request, and count the session as used.

        Raises:
            RefusedError: there is none, or its session has ended or never was.
        """
        session_id = fields.text("userSessionId")
        # Code 3: the session id is required. Code 4: it is invalid. All methods share both.
        if not session_id:
            raise refused(3)
        used = self._used.pop(session_id, None)
        # Code 4 for both: v1 does not say whether it knew the session once.
        if used is None or now - used >= IDLE_LIMIT:
            raise refused(4)
        self._used[session_id] = now
        return session_id

    def logout(self, fields: Fields, now: int) -> Json:
        """Close the session of the request."""
        # Every method but login needs a session, this one as well: code 3 or 4 without.
        del self._used[self.check(fields, now)]
        return {"responseMessage": "User logged out."}

    def __contains__(self, session_id: str) -> bool:
        """Return whether there is such a session, be it only one that has timed out."""
        return session_id in self._used

    def open(self, now: int) -> int:
        """Return how many sessions can be used."""
        return sum(now - used < IDLE_LIMIT for used in self._used.values())

    def expire(self) -> None:
        self._used.clear()


def _same(credential: str, known: str) -> bool:
    # In constant time, as a server should: examples are copied.
    return hmac.compare_digest(credential.encode(), known.encode())
