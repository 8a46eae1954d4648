"""Scripted faults, latency, the thread quota, the request log, and what is no API at all."""

from typing import Any

import anyio
import httpx
import pytest

from neon_async.emulator import API_KEY, Emulator
from tests.support.emulator_caller import FORM, Caller

PREFIXES = "account/listPrefixes"
CREATE = "account/createOrganizationAccount"
NAME = ("organizationAccount.organizationName", "Acme")


class Watch:
    """Stands in for `anyio.sleep`: notes the seconds, and lets everybody else go on first."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the place of the sleep."""
        self.slept: list[float] = []
        self._pause = anyio.lowlevel.checkpoint
        monkeypatch.setattr("neon_async.emulator._server.app.anyio.sleep", self)

    async def __call__(self, seconds: float) -> None:
        """Note the seconds instead of waiting."""
        self.slept += [seconds] if seconds else []
        await self._pause()


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


async def test_fail_codes(emulator: Emulator, api: Caller) -> None:
    """A scripted code comes with its text, or with another."""
    emulator.fail_next(code=2)
    emulator.fail_next(code=4711, message="Out of order.")

    first, second = await api.reply(PREFIXES), await api.reply(PREFIXES)

    assert {"errorCode": "2", "errorMessage": "Service is not available."} == first["errors"][
        "error"
    ][0]
    assert {"errorCode": "4711", "errorMessage": "Out of order."} == second["errors"]["error"][0]
    assert await api(PREFIXES)


async def test_fail_codes_nobody_knows_have_no_text(emulator: Emulator, api: Caller) -> None:
    """An undocumented code without a message has a blank text."""
    emulator.fail_next(code=4711)

    assert "" == (await api.reply(PREFIXES))["errors"]["error"][0]["errorMessage"]


async def test_faults_wait_for_their_method(emulator: Emulator, api: Caller) -> None:
    """A fault for one method lets others pass, and may happen several times."""
    emulator.fail_next(2, method="listGenders", code=5)

    await api(PREFIXES)
    assert [5] == await api.codes("account/listGenders")
    assert [5] == await api.codes("account/listGenders")
    await api("account/listGenders")


async def test_faults_can_be_forgotten(emulator: Emulator, api: Caller) -> None:
    """A script that is no longer wanted can be cleared."""
    emulator.fail_next(10, code=1)
    emulator.clear_faults()

    await api(PREFIXES)


@pytest.mark.parametrize(
    ("fault", "status", "kind", "content"),
    [
        ({"status": 503}, 503, "text/html; charset=utf-8", b"Status 503"),
        ({"status": 500, "body": b"oops"}, 500, "application/json", b"oops"),
        ({"html": "<p>ü</p>"}, 200, "text/html; charset=utf-8", "<p>ü</p>".encode()),
        ({"body": b"\xff{"}, 200, "application/json", b"\xff{"),
        ({"body": b""}, 200, "application/json", b""),
        ({"status": 502, "code": 2}, 502, "application/json", b'"errorCode":"2"'),
    ],
)
async def test_faulty_replies(  # noqa: PLR0917
    emulator: Emulator, api: Caller, fault: dict[str, Any], status: int, kind: str, content: bytes
) -> None:
    """Status, bytes, HTML and headers can be anything."""
    emulator.fail_next(**fault, headers={"retry-after": "7"})

    response = await api.post(PREFIXES)

    assert (status, kind, "7") == (
        response.status_code,
        response.headers["content-type"],
        response.headers["retry-after"],
    )
    assert content in response.content


async def test_dropped_connections(emulator: Emulator, api: Caller) -> None:
    """In process, a dropped connection is what httpx would raise for one."""
    emulator.fail_next(drop=True)

    with pytest.raises(httpx.RemoteProtocolError, match="disconnected"):
        await api.post(PREFIXES)


async def test_lost_answers(emulator: Emulator, api: Caller) -> None:
    """A request can be carried out although nobody learns of it."""
    before = emulator.account_ids()
    emulator.fail_next(status=500, processed=True)
    emulator.fail_next(status=500)

    for _ in range(2):
        response = await api.post(CREATE, NAME)
        assert 500 == response.status_code

    assert len(before) + 1 == len(emulator.account_ids())


async def test_late_answers(emulator: Emulator, api: Caller, watch: Watch) -> None:
    """A delay alone makes a request late; processed, only its answer."""
    seen: list[int] = []
    sizes = [len(emulator.account_ids())]
    emulator.fail_next(delay=3, processed=True)
    emulator.fail_next(delay=4)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(api, CREATE, NAME)
        while not watch.slept:
            await anyio.lowlevel.checkpoint()
        seen.append(len(emulator.account_ids()))
    await api(CREATE, NAME)

    assert [3, 4] == watch.slept
    assert [sizes[0] + 1] == seen
    assert sizes[0] + 2 == len(emulator.account_ids())


async def test_latency(emulator: Emulator, api: Caller, watch: Watch) -> None:
    """Every request takes the emulator's latency, which can be changed."""
    emulator.slow(0.5)
    await api(PREFIXES)
    emulator.slow(0)
    await api(PREFIXES)

    assert [0.5] == watch.slept


async def test_thread_quota() -> None:
    """More requests at once than there are threads get status 429."""
    statuses: list[int] = []
    with Emulator(0, 0, threads=2) as emulator:
        async with Caller(emulator) as api:
            await api.login()
            emulator.fail_next(2, delay=0.05)

            async def ask() -> None:
                statuses.append((await api.post(PREFIXES)).status_code)

            async with anyio.create_task_group() as tasks:
                for _ in range(3):
                    tasks.start_soon(ask)
            await api(PREFIXES)

    assert [429, 200, 200] == statuses


async def test_requests_are_logged_without_secrets(emulator: Emulator, api: Caller) -> None:
    """The log shows parameters in order, and masks keys, sessions and passwords."""
    login = [
        ("individualAccount.login.username", "ada"),
        ("individualAccount.login.password", "fake-password"),
    ]
    await api.codes("account/createIndividualAccount", *login)
    await api.http.get("/common/login?login.orgid=x&login.apiKey=fake")

    first, second, third = emulator.requests
    assert ("login", "POST") == (first.method, first.http_method)
    assert ("createIndividualAccount", "POST") == (second.method, second.http_method)
    assert (("userSessionId", "***"), login[0], (login[1][0], "***")) == second.params
    assert ("login", "GET", (("login.orgid", "x"), ("login.apiKey", "***"))) == (
        third.method,
        third.http_method,
        third.params,
    )
    assert API_KEY not in repr(emulator.requests)
    emulator.requests.clear()
    assert [] == list(emulator.requests)


@pytest.mark.parametrize("path", ["account/listHouseHolds", "common/listPrefixes", "", "x/y/z"])
async def test_unknown_methods(api: Caller, path: str) -> None:
    """What is no method answers status 404 with HTML, whether or not one is logged in."""
    api.session_id = ""

    response = await api.post(path)

    assert (404, "text/html; charset=utf-8") == (
        response.status_code,
        response.headers["content-type"],
    )


async def test_methods_without_the_base_path(emulator: Emulator, api: Caller) -> None:
    """Sections are also found at the root, for a short base URL."""
    response = await api.http.post(
        "https://emulator.example.org/account/listPrefixes",
        content=f"userSessionId={api.session_id}",
        headers=FORM,
    )

    assert "SUCCESS" in response.text
    assert "listPrefixes" == emulator.requests[-1].method


async def test_forms_may_be_split_between_query_and_body(api: Caller) -> None:
    """A query and a form add up; other bodies have no parameters."""
    query = f"/{PREFIXES}?userSessionId={api.session_id}"
    split = await api.http.post(query, content="responseType=json", headers=FORM)
    other = await api.http.post(f"/{PREFIXES}", json={"userSessionId": api.session_id})
    method = await api.http.put(query)

    assert "SUCCESS" in split.text
    assert '"errorCode":"3"' in other.text
    assert 405 == method.status_code


async def test_clients_that_leave_early_are_ignored(emulator: Emulator) -> None:
    """A connection that ends within the body is not an error of the emulator."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": f"/{PREFIXES}",
        "query_string": b"",
        "headers": [],
    }

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await emulator(scope, receive, send)

    assert 400 == sent[0]["status"]
    assert [] == list(emulator.requests)
