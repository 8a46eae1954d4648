"""SOAP underneath a client: what is sent, what is refused, and what replies mean."""

import gzip
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from neon_async import (
    APIError,
    AsyncClient,
    HTTPStatusError,
    InvalidRequestError,
    NeonError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ProtocolError,
    RetryPolicy,
    ThrottledError,
    TransportError,
)
from neon_async.models import ConsentInformation, ConsentStatus, OrganizationAccount
from neon_async.soap import SoapTransport
from tests.support.soap_schema import ENVELOPE, NEON, message_of, sample, schema

SECRET = "Robin-Secret"
COMPANY = OrganizationAccount(organization_name=SECRET)
CONSENT = ConsentInformation(email_consent_status=ConsentStatus.GIVEN)
AT_ONCE = RetryPolicy(attempts=2, jitter=lambda: 0.0)
Act = Callable[[AsyncClient], Awaitable[Any]]


def enveloped(inside: str) -> bytes:
    text = f'<soap:Envelope xmlns:soap="{ENVELOPE}"><soap:Body>{inside}</soap:Body></soap:Envelope>'
    return text.encode()


def message(method: str, inside: str = "<operationResult>SUCCESS</operationResult>") -> str:
    return f'<n:{method}Response xmlns:n="{NEON}">{inside}</n:{method}Response>'


def fault(code: str) -> bytes:
    return enveloped(
        f"<soap:Fault><faultcode>soap:{code}</faultcode>"
        f"<faultstring>{SECRET}</faultstring></soap:Fault>"
    )


class Service(httpx.AsyncBaseTransport):
    """Answers logins, and anything else as it is told.

    Attributes:
        requests: what arrived.
        reply: makes the answer to anything but a login.
        closed: whether it was closed.
    """

    def __init__(self, reply: Callable[[], httpx.Response]) -> None:
        self.requests: list[httpx.Request] = []
        self.reply = reply
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        if request.url.path.endswith("/CommonService"):
            return httpx.Response(200, content=sample("login-response"))
        return self.reply()

    async def aclose(self) -> None:
        self.closed = True

    def client(self, **options: Any) -> AsyncClient:
        transport = SoapTransport(self)
        return AsyncClient("org", "fake-key", transport=transport, retry=AT_ONCE, **options)


def answering(content: bytes, status: int = 200, **headers: str) -> Service:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Service(lambda: httpx.Response(status, content=content, headers=named))


CREATED = enveloped(
    message(
        "createOrganizationAccount",
        "<operationResult>SUCCESS</operationResult><accountId>5789</accountId>",
    )
)
STATES = enveloped(
    message(
        "listStates",
        "<operationResult>SUCCESS</operationResult>"
        "<states><state><code>OH</code><name>Ohio</name></state></states>",
    )
)


async def listing(neon: AsyncClient) -> Any:
    return await neon.list_states()


async def creating(neon: AsyncClient) -> Any:
    return await neon.create_organization_account(COMPANY)


async def test_what_is_sent() -> None:
    """A valid message, with the headers of SOAP 1.1, goes to the service of its section."""
    service = answering(CREATED)
    async with service.client(base_url="https://trial.example.org/neonws/services/api") as neon:
        created = await creating(neon)
    login, create = service.requests

    assert 5789 == created
    assert "https://trial.example.org/neonws/services/CommonService" == str(login.url)
    assert "https://trial.example.org/neonws/services/AccountService" == str(create.url)
    assert ("POST", '""', "text/xml; charset=utf-8", "text/xml") == (
        create.method,
        create.headers["SOAPAction"],
        create.headers["Content-Type"],
        create.headers["Accept"],
    )
    assert str(len(create.content)) == create.headers["Content-Length"]
    for request in service.requests:
        schema().assertValid(message_of(request.content))
    assert "T1357623723287" == message_of(create.content).findtext("userSessionId")
    assert "trace" in create.extensions


REFUSALS: list[tuple[str, str | None, str, Act]] = [
    (
        "can't be called over SOAP",
        None,
        "retrieveDuplicateMergeHistory",
        lambda neon: neon.retrieve_duplicate_merge_history(1),
    ),
    (
        "no such element",
        "consentInformation.emailConsentStatus",
        "createOrganizationAccount",
        lambda neon: neon.create_organization_account(COMPANY, consent=CONSENT),
    ),
    (
        "can't be called over SOAP",
        None,
        "listHouseHolds",
        lambda neon: neon.call("account/listHouseHolds", {"accountId": 1}),
    ),
    (
        "a character that XML can't hold",
        "organizationAccount.organizationName",
        "createOrganizationAccount",
        lambda neon: neon.create_organization_account(
            OrganizationAccount(organization_name=f"{SECRET}\x01")
        ),
    ),
]


@pytest.mark.parametrize(("reason", "parameter", "operation", "act"), REFUSALS)
async def test_what_soap_lacks(
    reason: str, parameter: str | None, operation: str, act: Act
) -> None:
    """It is refused before anything is sent, a login included."""
    service = answering(CREATED)
    async with service.client() as neon:
        with pytest.raises(InvalidRequestError, match=reason) as caught:
            await act(neon)

    assert (parameter, operation) == (caught.value.parameter, caught.value.operation)
    assert [] == service.requests
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"http_method": "GET"}, "http_method"),
        ({"base_url": "https://example.org/neonws/services"}, "base_url"),
        ({"base_url": "https://example.org/neonws/services/api/v1"}, "base_url"),
    ],
)
async def test_options_that_soap_lacks(options: dict[str, Any], parameter: str) -> None:
    """A client that can't speak SOAP as it is set up sends nothing."""
    service = answering(CREATED)
    async with service.client(**options) as neon:
        with pytest.raises(InvalidRequestError) as caught:
            await neon.login()

    assert parameter == caught.value.parameter
    assert [] == service.requests


@pytest.mark.parametrize(
    ("options", "parameter"),
    [
        ({"inner": "https://example.org"}, "inner"),
        ({"inner": httpx.MockTransport(lambda _: httpx.Response(200)), "proxy": "x"}, "proxy"),
        ({"proxy": "ftp://example.org"}, "proxy"),
        ({"proxy": "http://[secret"}, "proxy"),
        ({"proxy": 8080}, "proxy"),
        ({"ssl_context": True}, "ssl_context"),
    ],
)
def test_options_are_checked(options: dict[str, Any], parameter: str) -> None:
    """A transport that can't work is not made."""
    with pytest.raises(InvalidRequestError) as caught:
        SoapTransport(**options)

    assert parameter == caught.value.parameter
    assert "secret" not in str(caught.value)


async def test_no_proxy_reads_along() -> None:
    """To a server on http, a proxy would read credentials."""
    transport = SoapTransport(proxy="http://user:fake-password@proxy.example.org")
    base_url = "http://localhost/neonws/services/api"
    async with AsyncClient("org", "key", base_url=base_url, transport=transport) as neon:
        with pytest.raises(InvalidRequestError, match="could read every request") as caught:
            await neon.login()

    assert "fake-password" not in f"{caught.value!r} {transport!r}"


FAULTS: list[tuple[bytes, int, Act, type[NeonError], int]] = [
    (fault("Client"), 500, listing, APIError, 1),
    (fault("Client"), 200, creating, APIError, 1),
    (fault("VersionMismatch"), 500, creating, APIError, 1),
    (fault("Server"), 500, listing, HTTPStatusError, 2),
    (fault("Server"), 500, creating, OutcomeUnknownError, 1),
    (fault("Server"), 200, listing, ProtocolError, 2),
    (fault("Server"), 200, creating, OutcomeUnknownError, 1),
    (fault("Client"), 429, listing, ThrottledError, 2),
    (b"<html>Robin-Secret</html>", 200, listing, ProtocolError, 2),
    (b"<html>Robin-Secret</html>", 200, creating, OutcomeUnknownError, 1),
    (b"<html>Robin-Secret</html>", 503, listing, HTTPStatusError, 2),
    (b"", 503, creating, OutcomeUnknownError, 1),
    (STATES, 200, creating, OutcomeUnknownError, 1),
    (STATES, 500, listing, HTTPStatusError, 2),
    (enveloped(message("listStates", "")), 200, listing, ProtocolError, 2),
    (enveloped(message("listStates", "<a>" * 40 + "</a>" * 40)), 200, listing, ProtocolError, 1),
]


@pytest.mark.parametrize(("content", "status", "act", "error", "attempts"), FAULTS)
async def test_faults_and_other_replies(
    content: bytes, status: int, act: Act, error: type[NeonError], attempts: int
) -> None:
    """They end as over REST: reads are repeated, writes never without proof, nothing is quoted."""
    async with answering(content, status).client() as neon:
        with pytest.raises(NeonError) as caught:
            await act(neon)

    assert (error, attempts) == (type(caught.value), caught.value.attempts)
    operation = "listStates" if act is listing else "createOrganizationAccount"
    assert f"{caught.value}".startswith(f"{operation}: ")
    assert SECRET not in f"{caught.value!r} {caught.value} {vars(caught.value)}"


async def test_what_is_known_of_a_connection_is_handed_on() -> None:
    """The client closes a connection with bytes behind a reply: it sees the same one."""
    stream = object()
    extensions = {"network_stream": stream}
    service = Service(lambda: httpx.Response(200, content=STATES, extensions=extensions))
    request = httpx.Request(
        "POST",
        "https://example.org/neonws/services/api/account/listStates",
        data={"userSessionId": "fake"},
    )

    response = await SoapTransport(service).handle_async_request(request)

    assert stream is response.extensions["network_stream"]
    assert b"Ohio" in await response.aread()


async def test_fault_of_the_client_says_what_it_means() -> None:
    """It is an APIError of code 1 with advice, at a login, too."""

    def refusing(_: httpx.Request) -> httpx.Response:
        return httpx.Response(500, content=fault("Client.Authentication"))

    transport = SoapTransport(httpx.MockTransport(refusing))
    async with AsyncClient("org", "fake-key", transport=transport) as neon:
        with pytest.raises(APIError, match=r"soap:Client.*nothing was processed") as caught:
            await neon.login()

    assert (APIError, 1, "") == (type(caught.value), caught.value.code, caught.value.server_message)


async def test_fail_with_another_status() -> None:
    """A FAIL is read whatever the status."""
    errors = (
        "<errors><error><errorCode>5</errorCode><errorMessage>No.</errorMessage></error></errors>"
    )
    body = message("listStates", f"<operationResult>FAIL</operationResult>{errors}")
    async with answering(enveloped(body), 403).client() as neon:
        with pytest.raises(PermissionDeniedError) as caught:
            await neon.list_states()

    assert (5, 403, "No.") == (
        caught.value.code,
        caught.value.status,
        caught.value.server_message,
    )


async def test_retry_after_is_passed_on() -> None:
    """The headers that matter reach the client."""
    async with answering(fault("Server"), 503, Retry_After="7200").client() as neon:
        with pytest.raises(HTTPStatusError) as caught:
            await neon.list_states()

    assert (7200.0, 1) == (caught.value.retry_after, caught.value.attempts)


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (STATES, "identity"),
        (STATES.partition(b"<soap:Body>")[2].partition(b"</soap:Body>")[0], ""),
        (gzip.compress(STATES), "gzip"),
        (gzip.compress(STATES[:100]) + gzip.compress(STATES[100:]), "X-GZip"),
    ],
    ids=["plain", "without envelope", "gzip", "two members"],
)
async def test_readable_replies(content: bytes, encoding: str) -> None:
    """Messages are read with and without an envelope, plain and as gzip."""
    async with answering(content, Content_Encoding=encoding).client() as neon:
        assert ["OH"] == [state.code for state in await neon.list_states()]


@pytest.mark.parametrize(
    ("content", "encoding", "reason", "attempts"),
    [
        (STATES, "br", "not requested", 1),
        (STATES, "gzip", "gzip that is damaged", 2),
        (gzip.compress(STATES)[:-9], "gzip", "gzip that ends early", 2),
        (gzip.compress(b"x" * 5000), "gzip", "more than the limit", 1),
        (gzip.compress(b"") * 1001, "gzip", "too many pieces", 1),
    ],
    # Gzip holds the time, so that each process would name the tests in another way.
    ids=["unknown", "damaged", "cut", "too long", "too many pieces"],
)
async def test_encodings_that_are_refused(
    content: bytes, encoding: str, reason: str, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gzip can't run away, and what is out of bounds is not requested again."""
    monkeypatch.setattr("neon_async.soap.transport._MOST_BYTES", max(4096, len(content)))
    headers = {"Content-Encoding": encoding}
    service = Service(lambda: httpx.Response(200, headers=headers, stream=Chunks(content, 1)))
    async with service.client() as neon:
        with pytest.raises(ProtocolError, match=reason) as caught:
            await neon.list_states()

    assert attempts == caught.value.attempts


class Chunks(httpx.AsyncByteStream):
    """A body in chunks, without an end where there is none."""

    def __init__(self, chunk: bytes, count: int | None = None) -> None:
        self._chunk = chunk
        self.left = count
        self.closed = False

    def __aiter__(self) -> "Chunks":
        return self

    async def __anext__(self) -> bytes:
        if self.left == 0:
            raise StopAsyncIteration
        self.left = None if self.left is None else self.left - 1
        return self._chunk

    async def aclose(self) -> None:
        self.closed = True


async def test_endless_reply() -> None:
    """What is larger than the client reads is refused once, and closed."""
    streams: list[Chunks] = []

    def endless() -> httpx.Response:
        streams.append(Chunks(bytes(4 * 1024 * 1024)))
        return httpx.Response(200, stream=streams[-1])

    async with Service(endless).client() as neon:
        with pytest.raises(ProtocolError, match="larger than") as caught:
            await neon.list_states()

    assert (1, [True]) == (caught.value.attempts, [stream.closed for stream in streams])


async def test_endless_refusal() -> None:
    """Of a refusal without end only its status matters."""
    service = Service(lambda: httpx.Response(503, stream=Chunks(bytes(64 * 1024))))
    async with service.client() as neon:
        with pytest.raises(HTTPStatusError) as caught:
            await neon.list_states()

    assert 503 == caught.value.status


async def test_reply_that_breaks_off() -> None:
    """A body that is shorter than announced is no reply."""
    headers = {"Content-Length": str(len(CREATED) + 1)}
    service = Service(lambda: httpx.Response(200, headers=headers, stream=Chunks(CREATED, 1)))
    async with service.client() as neon:
        with pytest.raises(OutcomeUnknownError):
            await creating(neon)


async def test_connection_that_fails() -> None:
    """An engine that proves that nothing left lets a write be repeated."""
    failures = [httpx.ConnectError("secret"), httpx.ReadError("secret")]

    def failing() -> httpx.Response:
        raise failures.pop(0)

    service = Service(failing)
    async with service.client() as neon:
        with pytest.raises(OutcomeUnknownError) as caught:
            await creating(neon)

    assert ([], 2) == (failures, caught.value.attempts)


async def test_engine_without_asynchronous_streams() -> None:
    """A stream that can't be awaited is a mistake of the engine."""
    service = Service(lambda: httpx.Response(200, stream=Synchronous()))
    async with service.client() as neon:
        with pytest.raises(TypeError, match="expected it to return an asynchronous stream, got"):
            await neon.list_states()


class Synchronous(httpx.SyncByteStream):
    """A stream that can't be awaited."""


async def test_inner_transport_stays_open() -> None:
    """What was passed is the caller's to close; the SOAP transport itself is closed."""
    service = answering(STATES)
    transport = SoapTransport(service)
    before = repr(transport)
    async with AsyncClient("org", "fake-key", transport=transport) as neon:
        await neon.list_states()
    request = httpx.Request("POST", "https://example.org/api/account/listStates")
    with pytest.raises(NeonError, match="was closed"):
        await transport.handle_async_request(request)

    assert not service.closed
    assert ("<SoapTransport open>", "<SoapTransport closed>") == (before, repr(transport))


async def test_a_form_of_another_client() -> None:
    """It is a transport of httpx like any other, too."""
    async with httpx.AsyncClient(transport=SoapTransport(answering(STATES))) as client:
        reply = await client.post(
            "https://example.org/neonws/services/api/account/listStates",
            data={"userSessionId": "fake"},
        )

    assert "application/json" == reply.headers["Content-Type"]
    assert "Ohio" == reply.json()["listStatesResponse"]["states"]["state"][0]["name"]


async def test_errors_of_the_transport_are_those_of_the_package() -> None:
    """No error of the engine comes out."""

    def failing() -> httpx.Response:
        raise httpx.ReadTimeout(SECRET)

    async with Service(failing).client() as neon:
        with pytest.raises(TransportError) as caught:
            await neon.list_states()

    assert SECRET not in str(caught.value)
    assert None is caught.value.__cause__
