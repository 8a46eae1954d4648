"""What the console's forms do."""

import re
from datetime import timedelta

import httpx
import pytest

from neon_async import AsyncClient, NeonError, RetryPolicy
from neon_async.emulator import Emulator

from .conftest import NOW

HTMX = {"HX-Request": "true"}


async def press(
    console: httpx.AsyncClient, action: str, expected: int = 200, /, **fields: str
) -> str:
    """Send a form as its page does, and return what the page then says."""
    data = {name.replace("_", "-"): value for name, value in fields.items()}
    response = await console.post(f"/console/{action}", data=data, headers=HTMX)
    assert expected == response.status_code
    notices: list[str] = re.findall(r'<p id="notice".*?>(.*?)</p>', response.text)
    return notices[0]


def client(emulator: Emulator) -> AsyncClient:
    return emulator.client(retry=RetryPolicy(attempts=1))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "status", "status": "503"}, "status 503"),
        ({"kind": "status", "status": "429", "retry_after": "7"}, "status 429"),
        ({"kind": "code", "code": "5"}, "code 5"),
        ({"kind": "drop"}, "the connection"),
        ({"kind": "html"}, "not JSON|HTML|JSON"),
    ],
)
async def test_faults(
    fields: dict[str, str], said: str, console: httpx.AsyncClient, emulator: Emulator
) -> None:
    """A scripted fault happens to the next request of its method, and is shown until then."""
    notice = await press(console, "fault", method="listPrefixes", times="1", **fields)

    assert "Fault added for listPrefixes, 1 ×." == notice
    assert "<b>1 ×</b> listPrefixes:" in (await console.get("/")).text
    async with client(emulator) as neon:
        await neon.list_genders()
        with pytest.raises(NeonError, match=said):
            await neon.list_prefixes()
        await neon.list_prefixes()
    assert "No faults:" in (await console.get("/")).text


async def test_retry_after_is_sent(console: httpx.AsyncClient) -> None:
    """A status can ask to wait."""
    await press(console, "fault", kind="status", status="503", retry_after="7", times="2")

    for _ in range(2):
        reply = await console.post("/account/listPrefixes")
        assert (503, "7") == (reply.status_code, reply.headers["retry-after"])


async def test_late_and_carried_out(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """A request can be late, and be carried out though its answer is lost."""
    await press(console, "fault", kind="delay", delay="0.01", times="1")
    await press(console, "fault", kind="code", code="2", processed="1", times="1")
    page = (await console.get("/")).text
    assert "any method: 0.01 s late" in page
    assert "any method: FAIL 2, after processing" in page

    async with client(emulator) as neon:
        await neon.login()
        with pytest.raises(NeonError):
            await neon.list_prefixes()


async def test_scripts_are_described(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """What a test scripts is listed in the same words."""
    emulator.fail_next(2, body=b"{", processed=True, delay=2)

    page = (await console.get("/")).text

    assert "<b>2 ×</b> any method: other bytes, 2 s late, after processing" in page
    assert "Faults cleared." == await press(console, "clear-faults")
    assert "No faults:" in (await console.get("/")).text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"kind": "explode"}, "Choose a fault"),
        ({"kind": "drop", "method": "noMethod"}, "Choose a fault"),
        ({"kind": "drop", "times": "0"}, "from 1 to 100"),
        ({"kind": "drop", "times": "1e3"}, "from 1 to 100"),
        ({"kind": "delay", "delay": "-1"}, "from 0.001 to 3600"),
        ({"kind": "delay", "delay": "nan"}, "from 0.001 to 3600"),
        ({"kind": "delay", "delay": "soon"}, "from 0.001 to 3600"),
        ({"kind": "status", "status": "200"}, "Choose an entry"),
        ({"kind": "status", "status": "503", "retry_after": "never"}, "Retry-After"),
        ({"kind": "code", "code": "x"}, "Choose an entry"),
    ],
)
async def test_nonsense_is_refused(
    fields: dict[str, str], said: str, console: httpx.AsyncClient
) -> None:
    """A form that makes no sense does nothing, and says why."""
    assert said in await press(console, "fault", 422, **{"times": "1", **fields})
    assert "No faults:" in (await console.get("/")).text


async def test_fields_given_twice(console: httpx.AsyncClient) -> None:
    """A field that comes twice is refused like any other nonsense."""
    response = await console.post("/console/advance", content="amount=1&amount=2", headers=HTMX)

    assert 422 == response.status_code
    assert "filled in twice" in response.text


async def test_sessions_expire(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """All sessions end at once."""
    async with client(emulator) as neon:
        await neon.list_prefixes()
        assert "<dt>Open sessions</dt><dd>1</dd>" in (await console.get("/")).text

        assert "All sessions have expired." == await press(console, "expire-sessions")

        assert "<dt>Open sessions</dt><dd>0</dd>" in (await console.get("/")).text
        await neon.list_prefixes()
    assert 2 == [request.method for request in emulator.requests].count("login")


async def test_load(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """Threads and latency are set together; a blank is any number of threads."""
    assert "3 requests at once, 0.5 s each." == await press(
        console, "load", threads="3", latency="0.5"
    )
    assert 3 == emulator.threads
    assert "<dt>Latency</dt><dd>0.5 s</dd>" in (await console.get("/")).text

    notice = await press(console, "load", threads="", latency="0")
    assert "Any number of requests at once, 0 s each." == notice
    assert "<dt>At once</dt><dd>any number</dd>" in (await console.get("/")).text
    assert "threads" in await press(console, "load", 422, threads="0", latency="0")

    threads = [emulator.threads]
    emulator.threads = 4
    assert [None, 4] == [*threads, emulator.threads]
    assert "<dt>At once</dt><dd>4</dd>" in (await console.get("/")).text


async def test_clock_advances(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """The clock goes forward only, and not for ever."""
    assert "The clock moved 30 minutes." == await press(
        console, "advance", amount="30", unit="minutes"
    )
    assert NOW + timedelta(minutes=30) == emulator.clock()

    for amount, unit in (("-1", "hours"), ("4000", "days"), ("1", "aeons"), ("", "days")):
        await press(console, "advance", 422, amount=amount, unit=unit)
    assert NOW + timedelta(minutes=30) == emulator.clock()


async def test_log_is_cleared(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """The log can be emptied."""
    await console.post("/account/listPrefixes")

    assert "The log is empty." == await press(console, "clear-log")

    assert not emulator.requests


async def test_without_scripts(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """Where scripts are off, a form leads back to its page, or to what is wrong."""
    fields = {"amount": "1", "unit": "days"}
    done = await console.post("/console/advance", data=fields)
    failed = await console.post("/console/advance", data={"amount": "x", "unit": "days"})

    assert (303, "/") == (done.status_code, done.headers["location"])
    assert NOW + timedelta(days=1) == emulator.clock()
    assert 422 == failed.status_code
