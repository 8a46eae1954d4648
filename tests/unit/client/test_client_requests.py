"""Every method of the client: the exact form that leaves, and what becomes of the reply."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import respx

from neon_async import (
    APIError,
    AsyncClient,
    AuthenticationError,
    Effect,
    ErrorCode,
    HTTPStatusError,
    InvalidRequestError,
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    RetryPolicy,
    TransportError,
    ValidationError,
)
from neon_async.models import IdName, IndividualAccount, OrganizationAccount
from tests.support import accounts, forms
from tests.support.method_exchanges import (
    ACCOUNTS_PAGE,
    ACTIVITIES_PAGE,
    BASE,
    END,
    EXCHANGES,
    LOGIN,
    LOGIN_PAIRS,
    SESSION,
    START,
    Exchange,
    Method,
    fail,
    success,
)


@pytest.fixture
async def neon() -> AsyncIterator[AsyncClient]:
    """A client without retries, over httpx's own engine, whose connections respx intercepts."""
    async with AsyncClient(
        "fake-org", "fake-key", base_url=BASE, retry=RetryPolicy(attempts=1)
    ) as client:
        yield client


@pytest.fixture
def server(respx_mock: respx.MockRouter) -> respx.MockRouter:
    """A server that knows the login."""
    respx_mock.post(f"{BASE}/common/login").respond(json=LOGIN)
    return respx_mock


def sent(server: respx.MockRouter) -> list[tuple[str, list[tuple[str, str]]]]:
    """The path and the pairs of each request."""
    return [
        (str(call.request.url).removeprefix(f"{BASE}/"), forms.pairs(call.request.content))
        for call in server.calls
    ]


@pytest.mark.parametrize("exchange", EXCHANGES, ids=lambda exchange: exchange.path)
async def test_every_request(
    exchange: Exchange, server: respx.MockRouter, neon: AsyncClient
) -> None:
    """After a login the form holds the session and exactly these pairs, in this order."""
    server.post(f"{BASE}/{exchange.path}").respond(json=exchange.reply)
    result = await exchange.method(neon)

    expected = exchange.expected
    assert expected == (type(result) if isinstance(expected, type) else result)
    form = [SESSION, *exchange.pairs]
    assert [("common/login", LOGIN_PAIRS), (exchange.path, form)] == sent(server)
    headers = server.calls.last.request.headers
    assert "application/x-www-form-urlencoded" == headers["content-type"]


async def test_the_form_byte_by_byte(server: respx.MockRouter, neon: AsyncClient) -> None:
    """Blanks are there, plus signs are escaped, and nothing stands in the URL."""
    server.post(f"{BASE}/account/syncAccounts").respond(json=ACCOUNTS_PAGE)
    page = await neon.sync_accounts(time_from=START, sort_column="").first_page()
    request = server.calls.last.request

    assert (
        b"userSessionId=T1356492402097&syncAccountTimeFrom=2014-01-10T15%3A50%3A28.153%2B08%3A00"
        b"&page.currentPage=1&page.pageSize=200&page.sortColumn="
    ) == request.content
    assert b"" == request.url.query
    assert [126240, 126213] == [account.account_id for account in page.accounts]


async def test_login_and_logout(server: respx.MockRouter, neon: AsyncClient) -> None:
    """Both credentials go in, the session's id goes out."""
    server.post(f"{BASE}/common/logout").respond(json=success(responseMessage="User logged out."))
    await neon.login()
    await neon.logout()

    assert [("common/login", LOGIN_PAIRS), ("common/logout", [SESSION])] == sent(server)


async def test_the_documented_url_form(respx_mock: respx.MockRouter) -> None:
    """With `http_method="GET"` the same pairs stand in the query, in the same order."""
    respx_mock.get(f"{BASE}/common/login").respond(json=LOGIN)
    respx_mock.get(f"{BASE}/account/syncActivities").respond(json=ACTIVITIES_PAGE)
    async with AsyncClient("fake-org", "fake-key", base_url=BASE, http_method="GET") as neon:
        await neon.sync_activities(time_from=START, activity_ids=[653, 652]).first_page()
    login, sync = (call.request for call in respx_mock.calls)

    assert b"login.apiKey=fake-key&login.orgid=fake-org" == login.url.query
    assert (
        b"userSessionId=T1356492402097&activityIds.activityId=653&activityIds.activityId=652"
        b"&syncActivityTimeFrom=2014-01-10T15%3A50%3A28.153%2B08%3A00"
        b"&page.currentPage=1&page.pageSize=200"
    ) == sync.url.query
    assert (b"", b"") == (login.content, sync.content)


REFUSALS: list[tuple[Method, str, ErrorCode | None]] = [
    (
        lambda neon: neon.update_individual_account(accounts.person(account_id=None)),
        "individualAccount.accountId",
        ErrorCode.INDIVIDUAL_ACCOUNT_ID_REQUIRED,
    ),
    (
        lambda neon: neon.update_individual_account(
            accounts.person(existing_organization_id=5, organization_name="x")
        ),
        "individualAccount.existingOrganizationId",
        ErrorCode.ORGANIZATION_AMBIGUOUS,
    ),
    (
        lambda neon: neon.update_individual_account(accounts.person(source=IdName("1", "Web"))),
        "individualAccount.source.id",
        None,
    ),
    (
        lambda neon: neon.create_organization_account(OrganizationAccount()),
        "organizationAccount.organizationName",
        ErrorCode.ORGANIZATION_NAME_REQUIRED,
    ),
    (
        lambda neon: neon.retrieve_duplicate_merge_history(0),
        "accountId",
        ErrorCode.ACCOUNT_ID_INVALID,
    ),
    (lambda neon: neon.list_custom_fields(""), "searchCriteria.component", None),
    (lambda neon: neon.call("account/x", {"a": None}), "a", None),
    (lambda neon: neon.call("nowhere"), "path", None),
    (lambda neon: neon.sync_accounts().collect(), "syncAccountTimeFrom", None),
    (
        lambda neon: neon.sync_activities().collect(),
        "syncActivityTimeFrom",
        ErrorCode.RANGE_OR_ID_REQUIRED,
    ),
    (
        lambda neon: neon.sync_accounts(time_from=END, time_to=START).collect(),
        "syncAccountTimeFrom",
        ErrorCode.RANGE_REVERSED,
    ),
    (lambda neon: neon.sync_accounts(account_ids=[0]).collect(), "accountIds.accountId", None),
    (
        lambda neon: neon.sync_accounts(account_ids=[1], start_page=0).collect(),
        "page.currentPage",
        None,
    ),
    (
        lambda neon: neon.sync_activities(activity_ids=[1], page_size=0).collect(),
        "page.pageSize",
        None,
    ),
]


@pytest.mark.parametrize(("method", "parameter", "code"), REFUSALS)
async def test_nothing_is_sent_that_breaks_a_rule(
    method: Method,
    parameter: str,
    code: ErrorCode | None,
    respx_mock: respx.MockRouter,
    neon: AsyncClient,
) -> None:
    """The error comes before the login, with the parameter and its documented code."""
    with pytest.raises(InvalidRequestError) as caught:
        await method(neon)

    assert (parameter, code) == (caught.value.parameter, caught.value.code)
    assert 0 == respx_mock.calls.call_count


def test_a_walk_is_refused_when_it_is_made() -> None:
    """`sync_accounts` itself raises: nobody has to iterate to see the mistake."""
    neon = AsyncClient("fake-org", "fake-key", base_url=BASE)

    with pytest.raises(InvalidRequestError):
        neon.sync_accounts()
    with pytest.raises(InvalidRequestError):
        neon.sync_activities(time_from=START.replace(tzinfo=None))


async def test_walks_use_the_options_of_the_client(server: respx.MockRouter) -> None:
    """Page size, start page and progress reach the requests."""
    route = server.post(f"{BASE}/account/syncAccounts").respond(
        json=success(
            page={"currentPage": 3, "pageSize": 7, "totalPage": 3, "totalResults": 15},
            individualAccounts={"individualAccount": {"accountId": 9}},
        )
    )
    seen: list[Any] = []
    async with AsyncClient("fake-org", "fake-key", base_url=BASE, page_size=7) as neon:
        walk = neon.sync_accounts(account_ids=[9], start_page=3, on_progress=seen.append)
        assert [IndividualAccount(account_id=9)] == [account async for account in walk]

    assert [("page.currentPage", "3"), ("page.pageSize", "7")] == forms.pairs(
        route.calls.last.request.content
    )[-2:]
    assert 1 == len(seen)


@pytest.mark.parametrize("reply", [httpx.Response(404), httpx.Response(200, json=fail(1))])
async def test_a_method_that_does_not_exist(
    reply: httpx.Response, server: respx.MockRouter, neon: AsyncClient
) -> None:
    """The merge history explains that its page is a specification only; others don't."""
    server.post(f"{BASE}/account/retrieveDuplicateMergeHistory").mock(return_value=reply)
    server.post(f"{BASE}/account/listStates").mock(return_value=reply)
    with pytest.raises(NotFoundError, match="a specification of a method that does not") as caught:
        await neon.retrieve_duplicate_merge_history(5)
    with pytest.raises((HTTPStatusError, APIError)) as other:
        await neon.list_states()

    assert None is caught.value.__context__
    assert 1 == caught.value.attempts
    assert not isinstance(other.value, NotFoundError)


@pytest.mark.parametrize(
    ("code", "cls"), [(10132, NotFoundError), (10131, ValidationError), (77, APIError)]
)
async def test_fail_replies(
    code: int, cls: type[APIError], server: respx.MockRouter, neon: AsyncClient
) -> None:
    """What v1 says of a request is raised as the class that the code stands for."""
    server.post(f"{BASE}/account/retrieveDuplicateMergeHistory").respond(json=fail(code))
    with pytest.raises(cls) as caught:
        await neon.retrieve_duplicate_merge_history(5)

    assert (code, "retrieveDuplicateMergeHistory") == (caught.value.code, caught.value.operation)
    assert [(code, "m")] == [(one.code, one.server_message) for one in caught.value.errors]


async def test_a_refused_login(respx_mock: respx.MockRouter, neon: AsyncClient) -> None:
    """Wrong credentials are said to be so, whatever code the login answers with."""
    respx_mock.post(f"{BASE}/common/login").respond(json=fail(13))
    with pytest.raises(AuthenticationError, match="Check the organization id and the API key"):
        await neon.list_states()

    assert [("common/login", LOGIN_PAIRS)] == sent(respx_mock)


async def test_replies_of_the_wrong_shape(server: respx.MockRouter, neon: AsyncClient) -> None:
    """The error names the operation and the place."""
    server.post(f"{BASE}/account/syncAccounts").respond(json=success(page={"currentPage": [1]}))
    with pytest.raises(ProtocolError) as caught:
        await neon.sync_accounts(account_ids=[1]).collect()

    text = "syncAccounts: expected a whole number, got an array [page.currentPage]"
    assert text == str(caught.value)
    assert (1, (1,)) == (caught.value.resume, caught.value.resume_ids)


async def test_a_session_that_died(server: respx.MockRouter, neon: AsyncClient) -> None:
    """Codes 3 and 4 lead to one new login, and the request again."""
    server.post(f"{BASE}/account/listStates").mock(
        side_effect=[
            httpx.Response(200, json=fail(4)),
            httpx.Response(200, json=success(states={})),
        ]
    )

    assert () == await neon.list_states()
    assert ["common/login", "account/listStates"] * 2 == [path for path, _ in sent(server)]


async def lost_reply(neon: AsyncClient, server: respx.MockRouter, path: str, effect: Effect) -> int:
    """Call a method whose replies are lost, and return how many requests were sent."""
    route = server.post(f"{BASE}/{path}").mock(side_effect=httpx.ReadError)
    expected = TransportError if effect is Effect.READ else OutcomeUnknownError
    with pytest.raises(expected):
        await neon.call(path, effect=effect)
    return route.call_count


async def test_effect_of_a_call(server: respx.MockRouter) -> None:
    """What the caller says of a method wins over what its name sounds like."""
    retry = RetryPolicy(jitter=lambda: 0.0)
    async with AsyncClient("fake-org", "fake-key", base_url=BASE, retry=retry) as neon:
        writes = await lost_reply(neon, server, "x/getThing", Effect.WRITE)
        reads = await lost_reply(neon, server, "x/editThing", Effect.READ)

    assert (1, 4) == (writes, reads)
