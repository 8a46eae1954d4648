"""One way to send something, and one to see it fail."""

import socket
from typing import Any

import pytest

from neon_async._http.transport import HttpReply, HttpTransport
from neon_async._pipeline.secrecy import guarded
from neon_async._wire.form import Form
from neon_async.errors import NeonError

# Errors leave a transport through the methods of the client, which are guarded.
exchange = guarded(HttpTransport.send_form)

SECRET = "canary-5f1d"
FORM = Form.encode([("accountId", "1"), ("userSessionId", SECRET)])


async def send(transport: HttpTransport, **options: Any) -> HttpReply:
    """Send a form, with the transport's defaults for options that are not given."""
    return await exchange(transport, "syncAccounts", "account/syncAccounts", FORM, **options)


async def failure(transport: HttpTransport, **options: Any) -> NeonError:
    with pytest.raises(NeonError) as caught:
        await send(transport, **options)
    return caught.value


async def sent_and_failed(transport: HttpTransport, *, timeout: float | None = None) -> NeonError:  # noqa: ASYNC109
    """Send once so that there is a connection, then a second time."""
    await send(transport)
    return await failure(transport, timeout=timeout)


def closed_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        port: int = sock.getsockname()[1]
        return port
