"""The emulator on a socket, in the package, and behind the SDK's client."""

import errno
import signal
import socket
import sys
import threading
from importlib import import_module
from typing import Any

import httpx
import pytest

from neon_async import AsyncClient
from neon_async.emulator import API_KEY, ORG_ID, Emulator, running, serve
from neon_async.emulator._server.serve import _Protocol

CREDENTIALS = {"login.apiKey": API_KEY, "login.orgid": ORG_ID}


def speaks_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("host", ["127.0.0.1", *(["::1"] if speaks_ipv6() else [])])
def test_emulator_runs_in_a_thread(emulator: Emulator, host: str) -> None:
    """The URL leads to an emulator whose control methods still work."""
    with running(emulator, host) as url, httpx.Client(base_url=url) as http:
        login = http.post("/common/login", data=CREDENTIALS).json()
        session = {"userSessionId": login["loginResponse"]["userSessionId"]}
        number = emulator.create_individual()
        reply = http.get(
            "/account/retrieveIndividualAccount", params={**session, "accountId": number}
        )

    payload = reply.json()["retrieveIndividualAccountResponse"]
    assert emulator.account(number) == payload["individualAccount"]
    assert "server" not in reply.headers


def test_short_replies_do_not_wait(emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """The body goes out before the client has acknowledged the head, which takes it 40 ms."""
    seen: list[int] = []
    made = _Protocol.connection_made

    def connection_made(self: _Protocol, transport: Any) -> None:
        made(self, transport)
        accepted: socket.socket = transport.get_extra_info("socket")
        seen.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))

    monkeypatch.setattr(_Protocol, "connection_made", connection_made)
    with running(emulator) as url:
        httpx.post(f"{url}/common/login", data=CREDENTIALS)

    assert [True] == [value != 0 for value in seen]


def test_dropped_connections_are_cut(emulator: Emulator, caplog: pytest.LogCaptureFixture) -> None:
    """On a socket a dropped connection ends without a byte, and the server goes on."""
    emulator.fail_next(drop=True)
    with running(emulator) as url, httpx.Client(base_url=url) as http:
        with pytest.raises(httpx.TransportError):
            http.post("/common/login", data=CREDENTIALS)
        reply = http.post("/common/login", data=CREDENTIALS)

    assert 200 == reply.status_code
    assert [] == [record for record in caplog.records if record.levelname == "ERROR"]


@pytest.mark.shows("secret", "log", reason="the HTTP client of the test logs its URL")
def test_nothing_is_printed(
    emulator: Emulator, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """Serving is silent, and no log has a query string."""
    caplog.set_level("DEBUG", logger="uvicorn")
    with running(emulator) as url:
        httpx.get(f"{url}/common/login", params=CREDENTIALS)

    assert ("", "") == tuple(capfd.readouterr())
    assert API_KEY not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("uvicorn")
    )


def test_serve_blocks_until_it_is_interrupted(emulator: Emulator) -> None:
    """Serving tells its URL when it listens, and ends with the interrupt."""
    statuses: list[int] = []

    def visit(url: str) -> None:
        statuses.append(httpx.post(f"{url}/common/login", data=CREDENTIALS).status_code)
        signal.raise_signal(signal.SIGINT)

    visitors: list[threading.Thread] = []

    def on_ready(url: str) -> None:
        visitors.append(threading.Thread(target=visit, args=(url,)))
        visitors[0].start()

    with pytest.raises(KeyboardInterrupt):
        serve(emulator, on_ready=on_ready)
    visitors[0].join()

    assert [200] == statuses


def test_serve_needs_a_free_port(emulator: Emulator) -> None:
    """A port in use is an ordinary error."""
    # The text of the error depends on the system.
    with running(emulator) as url, pytest.raises(OSError) as caught:  # noqa: PT011
        serve(emulator, port=httpx.URL(url).port or 0)

    assert errno.EADDRINUSE == caught.value.errno


def test_missing_packages_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the extra the import says what to install."""
    monkeypatch.setitem(sys.modules, "starlette", None)
    monkeypatch.delitem(sys.modules, "neon_async.emulator")

    with pytest.raises(ImportError, match=r"pip install 'neon-async\[emulator\]'"):
        import_module("neon_async.emulator")


async def test_client_talks_to_its_emulator(emulator: Emulator) -> None:
    """The SDK's client comes with the emulator's address and credentials."""
    async with emulator.client(page_size=7) as neon:
        assert isinstance(neon, AsyncClient)
        prefixes = await neon.list_prefixes()

    assert tuple(emulator.lists.prefixes) == tuple(prefixes)
    assert "listPrefixes" in [request.method for request in emulator.requests]
