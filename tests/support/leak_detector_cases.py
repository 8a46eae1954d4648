"""Leaks that the leak detector must find, and what it must not report; run by its own test only."""

import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator

import httpx
import orjson
import pytest

import neon_async
from neon_async import AsyncClient
from neon_async.errors import NeonError, ProtocolError
from tests.support.leak_detector import LeakDetector

ORG_ID = "planted-organization"
API_KEY = "planted-api-key"
SESSION = "planted-session-id"
DONOR = "planted.donor@example.org"


def reply(request: httpx.Request) -> httpx.Response:
    session = {"userSessionId": SESSION} if request.url.path.endswith("login") else {}
    envelope = {"operationResult": "SUCCESS", **session}
    return httpx.Response(200, content=orjson.dumps({"anyResponse": envelope}))


@pytest.fixture
def neon() -> AsyncClient:
    engine = httpx.MockTransport(reply)
    return AsyncClient(ORG_ID, API_KEY, base_url="https://api.example.org", transport=engine)


@pytest.mark.usefixtures("neon")
def test_leak_key_in_a_log() -> None:
    """A credential is known from the moment that the client has it."""
    logging.getLogger("any").debug("key %s", API_KEY)


async def test_leak_session_in_a_log(neon: AsyncClient) -> None:
    """A session id is known from the moment that the server has issued it."""
    await neon.login()
    logging.getLogger("asyncio").debug("nothing", extra={"aside": [SESSION]})


async def test_leak_request_in_a_log(neon: AsyncClient) -> None:
    """The HTTP library's own records are looked at."""
    await neon.login()
    async with httpx.AsyncClient(transport=httpx.MockTransport(reply)) as client:
        await client.get(f"https://api.example.org/?userSessionId={SESSION}")


def test_leak_donor_in_a_log() -> None:
    """Any address is a donor's."""
    logging.getLogger("neon_async").debug("account of %s", DONOR)


@pytest.mark.usefixtures("neon")
def test_leak_traceback_in_a_log() -> None:
    """A record's exception is shown with it."""
    logging.getLogger("any").error("nothing", exc_info=ValueError(API_KEY))


def test_leak_donor_in_an_error() -> None:
    """An error's message is looked at."""
    with pytest.raises(NeonError):
        raise ProtocolError(f"unexpected: {DONOR}")


@pytest.mark.usefixtures("neon")
def test_leak_cause_of_an_error() -> None:
    """So are the errors that led to it."""
    with pytest.raises(NeonError):
        raise ProtocolError("unexpected") from ValueError(API_KEY)


@pytest.mark.usefixtures("neon")
def test_leak_variable_of_a_frame() -> None:
    """So are the variables of the SDK's frames."""
    source = f"""
def send(error):
    form = [("login.apiKey", "{API_KEY}")]
    raise error
"""
    names: dict[str, object] = {}
    exec(compile(source, f"{neon_async.__path__[0]}/_pipeline/dispatcher.py", "exec"), names)  # noqa: S102
    send = names["send"]
    assert callable(send)
    with pytest.raises(NeonError):
        send(ProtocolError("unexpected"))


@pytest.mark.usefixtures("neon")
def test_leak_key_in_the_output() -> None:
    """What is printed is looked at."""
    print(API_KEY)  # noqa: T201


def test_leak_donor_in_the_error_output() -> None:
    """So is stderr."""
    print(DONOR, file=sys.stderr)  # noqa: T201


def test_leak_in_what_was_captured(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """So is what the test took out of the output."""
    print(DONOR)  # noqa: T201
    assert DONOR.encode() in capfdbinary.readouterr().out


def test_leak_of_another_process() -> None:
    """So is what another process wrote."""
    subprocess.run([sys.executable, "-c", f"print({DONOR!r})"], capture_output=True, check=True)


@pytest.mark.filterwarnings("default")
def test_leak_in_a_warning() -> None:
    """A warning that does not become an error is looked at."""
    warnings.warn(DONOR, stacklevel=1)


@pytest.fixture
def late() -> Iterator[None]:
    yield
    print(DONOR)  # noqa: T201


@pytest.mark.usefixtures("late")
def test_leak_after_the_test() -> None:
    """What a fixture does afterwards belongs to the test."""


def test_leak_of_a_secret_of_the_test(leak_detector: LeakDetector) -> None:
    """A test may have secrets of its own, and look where the leak detector does not."""
    leak_detector.protect("secret of the test")
    leak_detector.look("error", "says the secret of the test")


@pytest.mark.shows("e-mail", "output", reason="to see that everything else stays watched")
@pytest.mark.usefixtures("neon")
def test_leak_beside_a_purpose() -> None:
    """A marker is about one thing in one place."""
    print(DONOR, API_KEY)  # noqa: T201
    logging.getLogger("any").debug("account of %s", DONOR)


@pytest.mark.shows("e-mail", "output", reason="to see that it may")
def test_fine_on_purpose() -> None:
    """What a marker allows is no leak."""
    print(DONOR)  # noqa: T201


async def test_fine_call(neon: AsyncClient, caplog: pytest.LogCaptureFixture) -> None:
    """A call that goes well shows nothing, and a test sees of the log what it asked for."""
    assert await neon.call("account/listAnything") == {}
    assert repr(neon) == "<AsyncClient open>"
    assert [] == caplog.records


def test_fine_secret_of_another_test() -> None:
    """What one test knows is no secret in the next."""
    print(SESSION)  # noqa: T201
