"""Errors of the HTTP exchange."""

from __future__ import annotations

from neon_async.errors._base import NeonError


class TransportError(NeonError):
    """The HTTP exchange failed.

    Attributes:
        sent: True when any byte of the request may have left, False when certainly none did.
    """

    def __init__(
        self, message: str = "", *, sent: bool = True, operation: str | None = None
    ) -> None:
        """Keep whether anything left."""
        super().__init__(message, operation=operation)
        self.sent = sent


class ConnectError(TransportError):
    """No connection could be made.

    Attributes:
        proxy_status: the HTTP status with which a proxy refused to make one, or None. After 407,
            which is about the user name and password for the proxy, nothing is sent again.
    """

    def __init__(
        self,
        message: str = "",
        *,
        sent: bool = False,
        proxy_status: int | None = None,
        operation: str | None = None,
    ) -> None:
        """Keep the status of the proxy."""
        super().__init__(message, sent=sent, operation=operation)
        self.proxy_status = proxy_status


# A TimeoutError as well: what callers of asyncio.timeout and anyio.fail_after catch.
class DeadlineExceededError(TransportError, TimeoutError):
    """The attempt's `timeout` or the call's `deadline` passed.

    It never stands for a time-out that the caller put around the call: that one stays the caller's.
    """


class HTTPStatusError(TransportError):
    """A status other than 200, without a FAIL of v1 below it.

    Attributes:
        status: the HTTP status.
        retry_after: seconds that the server asks to wait, or None.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int = 0,
        retry_after: float | None = None,
        operation: str | None = None,
    ) -> None:
        """Keep the status and the wait that was asked for."""
        # A reply came, so the request had left.
        super().__init__(message, sent=True, operation=operation)
        self.status = status
        self.retry_after = retry_after


# RFC 6585, 4. v1's quota is on requests at once, not on how many there are in some time.
class ThrottledError(HTTPStatusError):
    """Status 429: more requests at once than the organization's quota allows."""
