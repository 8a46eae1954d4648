"""Detection of bytes behind a complete reply, which would answer the next request.

HTTP/1.1 has no number on a reply. An unrequested one (a proxy that lost count, a server that
answers twice, an attacker who splits a reply) waits in some buffer until the next request is
written, and answers that. h11 keeps what it has read already, TLS what it has decrypted, asyncio
what it has received; only what is still in the kernel is noticed by httpcore.

None of the three is public. Where a later version keeps them under other names, the tests fail.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import httpx

# From the stream that httpx returns to h11's state of the connection behind it.
_TO_H11 = ("_httpcore_stream", "_stream", "_connection", "_h11_state")


class NetworkStream(Protocol):
    """What httpcore reads from."""

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - whatever the engine knows
        ...


def close_if_more_came(response: httpx.Response) -> None:
    """Let the connection be closed with the response if bytes have come behind its body.

    To be called when the body was read, and before the response is closed: until then the
    connection has no other user. Engines without h11 are left alone: HTTP/2 numbers its replies,
    and aiohttp closes such a connection itself.
    """
    state: Any = response.stream
    for name in _TO_H11:
        state = getattr(state, name, None)
    if state is not None and (
        state.trailing_data[0] or _has_more(response.extensions.get("network_stream"))
    ):
        state.send_failed()  # h11's word for "this connection takes no further request"


def _has_more(stream: NetworkStream | None) -> bool:
    """Whether what httpcore reads from has more to read without asking the kernel."""
    if stream is None:
        return False
    tls = stream.get_extra_info("ssl_object")
    return (tls is not None and _in_tls(tls)) or _in_event_loop(stream)


def _in_tls(tls: ssl.SSLObject) -> bool:
    try:
        tls.read(1)
    except ssl.SSLWantReadError:
        return False
    except ssl.SSLError:
        return True  # it has ended, or is damaged
    return True


def _in_event_loop(stream: object) -> bool:
    """Whether asyncio has received more than was read, which anyio keeps in a queue."""
    layer: object = stream
    while layer is not None:
        if getattr(getattr(layer, "_protocol", None), "read_queue", None):
            return True
        layer = getattr(layer, "_stream", None) or getattr(layer, "transport_stream", None)
    return False
