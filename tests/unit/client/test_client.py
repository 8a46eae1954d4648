"""The client itself: what it takes, what it shows, and its lifetime."""

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import anyio
import httpx
import orjson
import pytest

from neon_async import AsyncClient, ClientClosedError, InvalidRequestError, RetryPolicy
from tests.support import forms
from tests.support.forwarding import watching

ORG_ID = "fake-org-91"
API_KEY = "fake-key-92"
SESSION = "fake-session-93"
ELSEWHERE = "https://trial.example.org/neonws/services/api"


def reply(**payload: object) -> httpx.Response:
    """A SUCCESS reply."""
    return httpx.Response(200, json={"anyResponse": {"operationResult": "SUCCESS", **payload}})


class Engine(httpx.AsyncBaseTransport):
    """Answers each method with what it was given, and remembers the requests."""

    def __init__(self, **replies: httpx.Response) -> None:
        self.replies = {"login": reply(userSessionId=SESSION)} | replies
        self.requests: list[httpx.Request] = []
        self.closed = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return self.replies[request.url.path.rpartition("/")[2]]

    async def aclose(self) -> None:
        self.closed = True


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whoever runs the tests may have credentials of their own."""
    for name in ("NEON_ORG_ID", "NEON_API_KEY", "NEON_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return iter([None])


async def test_credentials_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Organization, key and server may come from there; what is passed comes first."""
    monkeypatch.setenv("NEON_ORG_ID", "fake-org-env")
    monkeypatch.setenv("NEON_API_KEY", "fake-key-env")
    monkeypatch.setenv("NEON_BASE_URL", ELSEWHERE)
    engine = Engine()
    for given in ({}, {"org_id": ORG_ID, "base_url": "https://other.example.org"}):
        arguments: Any = given
        async with AsyncClient(**arguments, transport=engine) as neon:
            await neon.login()
    first, second = engine.requests

    assert f"{ELSEWHERE}/common/login" == str(first.url)
    assert [("login.apiKey", "fake-key-env"), ("login.orgid", "fake-org-env")] == forms.pairs(
        first.content
    )
    assert "https://other.example.org/common/login" == str(second.url)
    assert ("login.orgid", ORG_ID) in forms.pairs(second.content)


async def test_the_live_service_is_the_default() -> None:
    """Without a base URL it is the one of the reference pages."""
    engine = Engine()
    async with AsyncClient(ORG_ID, API_KEY, transport=engine) as neon:
        await neon.login()
    (request,) = engine.requests

    assert "https://api.neoncrm.com/neonws/services/api/common/login" == str(request.url)


@pytest.mark.parametrize("blank", [None, ""])
@pytest.mark.parametrize(
    ("name", "variable"), [("org_id", "NEON_ORG_ID"), ("api_key", "NEON_API_KEY")]
)
def test_missing_credentials(
    name: str, variable: str, blank: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error says which one, and where it may come from; an empty variable is none."""
    monkeypatch.setenv(variable, "")
    given: Any = {"org_id": ORG_ID, "api_key": API_KEY} | {name: blank}
    with pytest.raises(InvalidRequestError) as caught:
        AsyncClient(**given)

    assert f"a credential is missing: pass it, or set {variable} [{name}]" == str(caught.value)


@pytest.mark.parametrize("name", ["org_id", "api_key"])
@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (5, "expected text, got int"),
        ("fake\0", "text must not hold a NUL character"),
        ("fake\ud800", "text must not hold lone surrogates"),
    ],
    ids=ascii,
)
def test_credentials_that_cannot_be_sent(name: str, value: Any, problem: str) -> None:
    """They are refused when the client is made, and not by its first call."""
    with pytest.raises(InvalidRequestError) as caught:
        AsyncClient(**{"org_id": "fake-org", "api_key": "fake-key", name: value})

    assert f"{problem} [{name}]" == str(caught.value)


BAD_OPTIONS: list[tuple[str, Any]] = [
    ("base_url", "http://api.example.org"),
    ("base_url", "not a url"),
    ("timeout", 0),
    ("timeout", float("nan")),
    ("deadline", 0),
    ("deadline", float("nan")),
    ("max_concurrency", 0),
    ("max_concurrency", True),
    ("max_concurrency", 1.5),
    ("page_size", 0),
    ("page_size", "200"),
    ("http_method", "PUT"),
    ("proxy", "ftp://proxy.example.org"),
]


@pytest.mark.parametrize(("name", "value"), BAD_OPTIONS)
def test_options_are_checked(name: str, value: Any) -> None:
    """A client that could not work is not made, and the error shows no secret."""
    options: Any = {name: value}
    with pytest.raises(InvalidRequestError) as caught:
        AsyncClient(ORG_ID, API_KEY, **options)

    assert name == caught.value.parameter
    assert "fake-" not in str(caught.value)


@pytest.mark.shows("e-mail", "error", reason="a password and a host look like an address")
def test_user_info_in_the_url() -> None:
    """A password does not belong into a URL, and the error does not repeat it."""
    with pytest.raises(InvalidRequestError) as caught:
        AsyncClient(ORG_ID, API_KEY, base_url="https://fake-user:fake-password@api.example.org")

    assert "must not hold a user name or password [base_url]" == str(caught.value)


def test_repr_of_what_was_not_made() -> None:
    """Whatever shows a client whose arguments were refused, such as a subclass, gets a text."""

    class Refused(AsyncClient):
        shown = ""

        def __init__(self) -> None:
            try:
                super().__init__(ORG_ID, API_KEY, max_concurrency=0)
            finally:
                Refused.shown = repr(self)

    with pytest.raises(InvalidRequestError):
        Refused()

    assert "<AsyncClient incomplete>" == Refused.shown


async def test_repr() -> None:
    """A client says whether it is closed, and nothing of whom it is for."""
    neon = AsyncClient(ORG_ID, API_KEY, transport=Engine())
    assert "<AsyncClient open>" == repr(neon) == str(neon)
    await neon.login()
    assert "<AsyncClient open>" == repr(neon)
    await neon.aclose()
    assert "<AsyncClient closed>" == repr(neon)


@pytest.mark.parametrize("duplicate", [pickle.dumps, copy.copy, copy.deepcopy])
def test_no_duplicates(duplicate: Any) -> None:
    """Connections and a session can't be pickled or copied; the error says what to do."""
    with pytest.raises(TypeError, match="make one where it is used"):
        duplicate(AsyncClient(ORG_ID, API_KEY))


async def test_closing() -> None:
    """The block closes the client and its engine; closing twice is fine, use afterwards is not."""
    engine = Engine()
    async with AsyncClient(ORG_ID, API_KEY, transport=engine) as neon:
        await neon.login()
    await neon.aclose()

    assert engine.closed
    with pytest.raises(ClientClosedError):
        await neon.login()
    with pytest.raises(ClientClosedError):
        await neon.sync_accounts(account_ids=[1]).collect()
    assert 1 == len(engine.requests)


async def test_a_client_that_was_never_used() -> None:
    """It can be made without an event loop, and closed without a request."""
    async with AsyncClient(ORG_ID, API_KEY, transport=Engine()) as neon:
        assert 5 == neon.limiter.total_tokens


async def test_a_limiter_of_ones_own() -> None:
    """Clients may share one, in place of what `max_concurrency` would make."""
    shared = anyio.CapacityLimiter(2)
    neon = AsyncClient(ORG_ID, API_KEY, limiter=shared, max_concurrency=7, retry=RetryPolicy())

    assert 2 == neon.limiter.total_tokens
    assert 3 == AsyncClient(ORG_ID, API_KEY, max_concurrency=3).limiter.total_tokens


async def test_concurrent_calls_log_in_once() -> None:
    """However many calls come at once, there is one login, and then none."""
    prefixes = orjson.dumps({"prefixes": {"prefix": ["Mr."]}, "operationResult": "SUCCESS"})
    engine = Engine(listPrefixes=httpx.Response(200, content=b'{"r":' + prefixes + b"}"))
    async with AsyncClient(ORG_ID, API_KEY, transport=engine) as neon:
        async with anyio.create_task_group() as group:
            for _ in range(20):
                group.start_soon(neon.list_prefixes)
        assert ("Mr.",) == await neon.list_prefixes()
    methods = [request.url.path.rpartition("/")[2] for request in engine.requests]

    assert ["login", *21 * ["listPrefixes"]] == methods


async def test_logout_and_login_again() -> None:
    """A session that was ended is replaced by the next call."""
    engine = Engine(logout=reply(), listPrefixes=reply())
    async with AsyncClient(ORG_ID, API_KEY, transport=engine) as neon:
        await neon.logout()
        await neon.login()
        await neon.login()
        await neon.logout()
        assert () == await neon.list_prefixes()
    methods = [request.url.path.rpartition("/")[2] for request in engine.requests]

    assert ["login", "logout", "login", "listPrefixes"] == methods


def test_paginators_say_what_they_iterate_over() -> None:
    """The representation names the method and the first page, and shows no id."""
    neon = AsyncClient("fake-organization", "fake-key")

    shown = repr(neon.sync_accounts(account_ids=[10_001], start_page=3))

    assert "<Paginator of syncAccounts, from page 3>" == shown


def test_a_connection_for_each_request_in_flight() -> None:
    """None waits for a connection while it holds a place of the limiter."""
    with watching(AsyncClient.__init__) as watch:
        AsyncClient("fake-organization", "fake-key", max_concurrency=1_009)

    assert ("connections", 1_009) in watch.named()
    limiters: list[Any] = [value for name, value in watch.named() if name == "limiter" and value]
    assert {1_009} == {limiter.total_tokens for limiter in limiters}
