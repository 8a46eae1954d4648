"""An emulator over HTTP, with a server that is imported on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from neon_async.emulator._emulator import Emulator
    from neon_async.emulator._organizations import Organizations


def serve(
    emulator: Emulator | Organizations,
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
    from neon_async.emulator._server import serve as server  # noqa: PLC0415 - in process, no HTTP server is needed

    server.serve(emulator, host, port, on_ready, console=console)


def running(
    emulator: Emulator | Organizations,
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
    from neon_async.emulator._server import serve as server  # noqa: PLC0415 - in process, no HTTP server is needed

    return server.running(emulator, host, port, console=console)
