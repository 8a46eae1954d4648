"""A stateful NeonCRM v1 to run clients and tests against.

```python
from neon_async.emulator import Emulator

async with Emulator(accounts=1000) as emulator, emulator.client() as neon:
    emulator.create_individual(primaryContact={"firstName": "Ada", "lastName": "Example"})
    emulator.fail_next(method="syncAccounts", code=2)
```

It answers the methods that this package knows, with the rules and error codes of their
reference pages, over synthetic people. `running` and `serve` put it on a socket, with a console
for browsers at `/` and the methods described at `/docs` and `/openapi.json`.
"""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

if find_spec("starlette") is None:
    raise ImportError("the emulator needs more packages: pip install 'neon-async[emulator]'")

from ._clock import Clock
from ._emulator import API_KEY, ORG_ID, Emulator
from ._lists import ReferenceLists
from ._log import LoggedRequest
from ._quirks import Quirks

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = [
    "API_KEY",
    "ORG_ID",
    "Clock",
    "Emulator",
    "LoggedRequest",
    "Quirks",
    "ReferenceLists",
    "running",
    "serve",
]


def serve(
    emulator: Emulator,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    on_ready: Callable[[str], object] | None = None,
    console: bool | None = None,
) -> None:
    """Serve an emulator over HTTP until the process is interrupted. Prints nothing.

    Args:
        emulator: the emulator; its methods may be called from other threads meanwhile.
        host: the address to listen on.
        port: the port to listen on; 0 for any free one.
        on_ready: called with the base URL as soon as it listens.
        console: whether browsers get the console at `/`, to look into the emulator and to change
            it. None: on a loopback address only, because everybody who can reach the address may
            use it. Browsers have to ask for `host`, localhost, or an IP address.

    Raises:
        OSError: the address can't be listened on.
        KeyboardInterrupt: the process was interrupted; open requests had a second to finish.
    """
    from . import _serve  # noqa: PLC0415 - in process, no HTTP server is needed

    _serve.serve(emulator, host, port, on_ready, console=console)


def running(
    emulator: Emulator,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    console: bool | None = None,
) -> AbstractContextManager[str]:
    """Serve an emulator over HTTP in a thread of its own, until the `with` block ends.

    Args:
        emulator: the emulator; its methods may be called from other threads meanwhile.
        host: the address to listen on.
        port: the port to listen on; 0 for any free one.
        console: whether browsers get the console at `/`, to look into the emulator and to change
            it. None: on a loopback address only, because everybody who can reach the address may
            use it. Browsers have to ask for `host`, localhost, or an IP address.

    Returns:
        A context manager that yields the base URL.

    Raises:
        OSError: on entering, the address can't be listened on.
    """
    from . import _serve  # noqa: PLC0415 - in process, no HTTP server is needed

    return _serve.running(emulator, host, port, console=console)
