"""Whatever a server sends back, a method returns a value or raises a NeonError."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, Any, TypeAlias

import attrs
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neon_async import AsyncClient, NeonError, RetryPolicy
from tests.support.edits import RESET
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import chunked, fin, gzipped, http
from tests.support.reply_strategies import EVERYTHING, bodies, enveloped, headers, statuses
from tests.support.secrets_scenario import API_KEY, EVER, ORG_ID

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

Headers: TypeAlias = list[tuple[bytes, bytes]]

LOGIN = enveloped({"operationResult": "SUCCESS", "userSessionId": "fake-session"})
EXAMPLES = settings().max_examples


async def _ahead(neon: AsyncClient) -> list[Any]:
    async with neon.sync_accounts(time_from=EVER).lookahead(2) as accounts:
        return [account async for account in accounts]


async def _changes(neon: AsyncClient) -> list[Any]:
    async with neon.account_changes(EVER, merges=True) as changes:
        return [change async for change in changes]


CALLS: dict[str, Callable[[AsyncClient], Awaitable[object]]] = {
    "login": lambda neon: neon.login(),
    "call": lambda neon: neon.call("account/listAnything"),
    "write": lambda neon: neon.call("account/createAnything"),
    "accounts": lambda neon: neon.sync_accounts(time_from=EVER).collect(1000),
    "activities": lambda neon: neon.sync_activities(time_from=EVER).collect(1000),
    "lookahead": _ahead,
    "changes": _changes,
    "person": lambda neon: neon.retrieve_individual_account(1),
    "company": lambda neon: neon.retrieve_organization_account(1),
    "history": lambda neon: neon.retrieve_duplicate_merge_history(1),
    "resolve": lambda neon: neon.resolve_account_ids([1, 2]),
    "reconcile": lambda neon: neon.reconcile([1], ids=[2]),
    "edit": lambda neon: neon.edit_individual_account(
        1, lambda account: account, accept_loss=RESET
    ),
    "fields": lambda neon: neon.list_custom_fields("Account"),
    "prefixes": lambda neon: neon.list_prefixes(),
    "genders": lambda neon: neon.list_genders(),
    "countries": lambda neon: neon.list_countries(),
}


@attrs.frozen
class Scripted(httpx.AsyncBaseTransport):
    """Logs in, and gives one reply to everything else; or that reply to logins."""

    status: int
    headers: Headers
    body: bytes
    to_logins: bool = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer."""
        if request.url.path.endswith("/login") is self.to_logins:
            stream = httpx.ByteStream(self.body)
            return httpx.Response(self.status, headers=self.headers, stream=stream)
        return httpx.Response(200, stream=httpx.ByteStream(LOGIN))


def client(**options: Any) -> AsyncClient:
    """A client that repeats at once, and gives up soon."""
    retry = RetryPolicy(attempts=2, base=0.0)
    defaults = {"base_url": "https://api.example.org", "retry": retry, "deadline": 2.0}
    return AsyncClient(ORG_ID, API_KEY, **{**defaults, **options})


async def use(neon: AsyncClient, name: str) -> None:
    """Expect a value or an error with a text of bounded length; any other exception is a bug."""
    try:
        await CALLS[name](neon)
    except NeonError as error:
        said = str(error)
    else:
        said = ""
    await neon.aclose()
    assert len(said) < 3000


@settings(max_examples=EXAMPLES * 5)
@given(
    name=st.sampled_from(sorted(CALLS)),
    status=statuses,
    headers=headers,
    body=bodies,
    compressed=st.booleans(),
)
async def test_any_reply(
    name: str, status: int, headers: Headers, body: bytes, *, compressed: bool
) -> None:
    """Any status, headers and body, and JSON that is almost right."""
    if compressed:
        headers, body = [*headers, (b"Content-Encoding", b"gzip")], gzip.compress(body)

    await use(client(transport=Scripted(status, headers, body)), name)


@settings(max_examples=EXAMPLES * 3)
@given(status=statuses, headers=headers, body=bodies)
async def test_any_reply_to_a_login(status: int, headers: Headers, body: bytes) -> None:
    """The reply that everything begins with may be anything, too."""
    engine = Scripted(status, headers, body, to_logins=True)

    await use(client(transport=engine), "prefixes")


@pytest.fixture
def server() -> Iterator[FaultServer]:
    with FaultServer() as running:
        yield running


REPLY = enveloped(EVERYTHING)
_raw = st.sampled_from([http(REPLY), gzipped(REPLY), chunked(REPLY[:99], REPLY[99:])])
_cuts = st.tuples(st.integers(0, 400), st.integers(0, 3), st.binary(max_size=4))


@given(
    name=st.sampled_from(["accounts", "lookahead", "edit", "write", "prefixes"]),
    raw=_raw,
    cuts=st.lists(_cuts, min_size=1, max_size=3),
)
async def test_any_bytes_on_a_socket(
    name: str, raw: bytes, cuts: list[tuple[int, int, bytes]], server: FaultServer
) -> None:
    """Bytes put in, left out and changed, anywhere in the reply or before it."""
    for start, removed, added in cuts:
        raw = raw[:start] + added + raw[start + removed :]
    server.always(raw, fin())
    server.route("login", http(LOGIN))

    await use(client(base_url=server.url), name)
