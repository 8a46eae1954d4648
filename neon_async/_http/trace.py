"""Listener for httpcore's trace of one exchange."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from neon_async._http.errors import empty_text

if TYPE_CHECKING:
    from httpcore import AsyncNetworkStream


_CONNECTED = range(200, 300)


class Trace:
    """Listens to httpcore's `trace` extension for one exchange.

    Attributes:
        alive: the engine reports events at all; other engines than httpcore don't.
        connected: a new connection was asked for.
        stream: the new connection's socket stream, once there is one.
        sent: the request's head was about to be written, so that bytes of it may have left.
        answered: the head of a reply arrived.
        proxy_status: the status with which a proxy refused a CONNECT, or None.
    """

    __slots__ = ("alive", "answered", "connected", "proxy_status", "sent", "stream")

    def __init__(self) -> None:
        self.alive = False
        self.connected = False
        self.stream: AsyncNetworkStream | None = None
        self.sent = False
        self.answered = False
        self.proxy_status: int | None = None

    async def __call__(self, event: str, info: dict[str, Any]) -> None:
        """Take note of an event, and keep httpcore from logging what the server sent."""
        self.alive = True
        layer_and_step, _, phase = event.rpartition(".")
        step = layer_and_step.rpartition(".")[2]
        if phase == "started":
            self._started(step, info)
        elif phase == "complete":
            self._complete(step, info)
        else:
            self._failed(step, info)

    def _started(self, step: str, info: dict[str, Any]) -> None:
        if step == "connect_tcp":
            self.connected = True
        elif step == "send_request_headers":
            # A CONNECT carries the host's name to a proxy and nothing of the request.
            self.sent = self.sent or info["request"].method != b"CONNECT"

    def _complete(self, step: str, info: dict[str, Any]) -> None:
        if step == "connect_tcp":
            self.stream = info["return_value"]
        elif step == "receive_response_headers":
            self.answered = self.sent
            if not self.sent:
                _, status, *_ = info["return_value"]
                self.proxy_status = None if status in _CONNECTED else status
            # The reply's headers, which httpcore would log: cookies, and a Location that
            # repeats the query of a GET.
            info["return_value"] = None

    def _failed(self, step: str, info: dict[str, Any]) -> None:
        error: BaseException = info["exception"]
        # httpcore logs `info` after this, and OpenTelemetry's span keeps the exceptions' text.
        info["exception"] = type(error)
        if step.startswith("receive"):
            empty_text(error)

    @property
    def stale(self) -> bool:
        """Whether a reused connection gave no answer, as one does that the server has closed."""
        return self.alive and not self.connected and not self.answered

    def may_have_sent(self, error: BaseException | None = None) -> bool:
        """Whether any byte of the request may have left, unless there is proof of the contrary.

        An engine without a trace proves it by `httpx.ConnectError` alone: httpx-aiohttp raises
        even `ConnectTimeout` for connections that broke after the request.
        """
        return self.sent if self.alive else type(error) is not httpx.ConnectError
