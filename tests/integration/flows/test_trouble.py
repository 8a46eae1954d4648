"""Pulls and writes on a server that fails: nothing is lost, and nothing is done twice."""

from datetime import UTC, datetime
from typing import Any

import pytest

from neon_async import (
    APIError,
    AsyncClient,
    AuthenticationError,
    HTTPStatusError,
    NotFoundError,
    OutcomeUnknownError,
    ProtocolError,
    RetryPolicy,
    ServiceUnavailableError,
)
from neon_async.emulator import Emulator
from neon_async.models import OrganizationAccount
from tests.support.page_server import drained

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)
# What happens to some of the requests of a pull, all of it temporary.
FAULTS: list[dict[str, Any]] = [
    {"code": 2},
    {"code": 4},
    {"status": 429},
    {"status": 503, "headers": {"Retry-After": "0"}},
    {"drop": True},
    {"html": "<html>Bad gateway</html>"},
    {"body": b'{"syncAccountsResponse": {"operationResult": "PENDING"}}'},
    {"body": b""},
]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: next(iter(fault)))
async def test_pulls_outlast_faults(
    fault: dict[str, Any], emulator: Emulator, neon: AsyncClient
) -> None:
    """Every record comes all the same, and each once."""
    await neon.login()
    for _ in range(2):
        emulator.fail_next(method="syncAccounts", **fault)
    async with neon.sync_accounts(time_from=LONG_AGO).lookahead(workers=3) as stream:
        found = [account.account_id async for account in stream]

    assert emulator.account_ids() == sorted(account_id for account_id in found if account_id)


@pytest.mark.parametrize("ahead", ["plainly", "ahead"])
async def test_sessions_that_die_in_the_middle(
    ahead: str, emulator: Emulator, neon: AsyncClient
) -> None:
    """The pull goes on with a new session, and there is one login for all who need it."""
    pull = neon.sync_accounts(time_from=LONG_AGO)
    found: list[Any] = []

    async def take(stream: Any) -> None:
        async for account in stream:
            if len(found) == 25:
                emulator.expire_sessions()
            found.append(account)

    if ahead == "ahead":
        async with pull.lookahead(workers=3) as stream:
            await take(stream)
    else:
        await take(pull)

    assert 100 == len(found)
    assert 2 == [request.method for request in emulator.requests].count("login")


@pytest.mark.parametrize("fault", FAULTS[2:], ids=lambda fault: next(iter(fault)))
async def test_going_on_after_an_error(fault: dict[str, Any], emulator: Emulator) -> None:
    """What an error carries is enough to complete the pull, without retries, too."""
    async with emulator.client(page_size=10, retry=RetryPolicy(attempts=1)) as neon:
        whole = aiter(neon.sync_accounts(time_from=LONG_AGO))
        found = [await anext(whole) for _ in range(25)]
        emulator.fail_next(method="syncAccounts", **fault)
        more, error = await drained(whole)
        assert error is not None
        assert error.resume is not None
        left = neon.sync_accounts(time_from=LONG_AGO, start_page=error.resume)
        rest = await left.collect()

    assert (30, 4) == (len(found + more), error.resume)
    ids = [account.account_id for account in found + more + rest]
    assert emulator.account_ids() == sorted(one for one in ids if one)


async def test_going_on_with_the_ids_that_are_left(emulator: Emulator) -> None:
    """A pull by many ids that failed in its second request goes on there."""
    for _ in range(300):
        emulator.create_individual()
    ids = emulator.account_ids()
    async with emulator.client(retry=RetryPolicy(attempts=1)) as neon:
        whole = aiter(neon.sync_accounts(account_ids=ids))
        found = [await anext(whole) for _ in range(200)]
        emulator.fail_next(method="syncAccounts", code=2)
        _, error = await drained(whole)
        assert isinstance(error, ServiceUnavailableError)
        left = neon.sync_accounts(account_ids=error.resume_ids or (), start_page=error.resume or 0)
        rest = await left.collect()

    assert ids == sorted(account.account_id or 0 for account in found + rest)


async def test_a_slow_down_narrows_what_is_in_flight(emulator: Emulator) -> None:
    """A server that takes two requests at once is given no more in the long run."""
    emulator.threads = 2
    retry = RetryPolicy(attempts=50, jitter=lambda: 0.0)
    async with emulator.client(page_size=10, max_concurrency=8, retry=retry) as neon:
        async with neon.sync_accounts(time_from=LONG_AGO).lookahead(workers=8) as stream:
            assert 100 == len([account async for account in stream])
        assert neon.limiter.total_tokens <= 8


@pytest.mark.parametrize("fault", [{"drop": True}, {"html": "<html>"}, {"status": 500}])
async def test_a_create_is_never_sent_twice(
    fault: dict[str, Any], emulator: Emulator, neon: AsyncClient
) -> None:
    """Whether it happened or not, the client says that it does not know, and leaves it."""
    before = len(emulator.account_ids())
    for processed in (True, False):
        emulator.fail_next(method="createOrganizationAccount", processed=processed, **fault)
        with pytest.raises(OutcomeUnknownError) as caught:
            await neon.create_organization_account(OrganizationAccount(organization_name="New"))
        assert "createOrganizationAccount" == caught.value.operation
    methods = [request.method for request in emulator.requests]

    assert 2 == methods.count("createOrganizationAccount")
    assert before + 1 == len(emulator.account_ids())


async def test_a_create_with_a_dead_session(emulator: Emulator, neon: AsyncClient) -> None:
    """FAIL 4 proves that nothing was done, so it is sent again after a login."""
    await neon.login()
    emulator.expire_sessions()
    new = await neon.create_organization_account(OrganizationAccount(organization_name="New"))

    assert new in emulator.account_ids()
    assert ["login", "createOrganizationAccount"] * 2 == [
        request.method for request in emulator.requests
    ]


async def test_reads_that_fail_for_good(emulator: Emulator, neon: AsyncClient) -> None:
    """After the last attempt the error is what the last one ended with."""
    emulator.fail_next(10, method="listStates", status=500)
    with pytest.raises(HTTPStatusError) as status:
        await neon.list_states()
    emulator.fail_next(10, method="listGenders", html="<html>")
    with pytest.raises(ProtocolError):
        await neon.list_genders()

    assert (500, 9) == (status.value.status, len(emulator.requests))


@pytest.mark.parametrize("answer", ["404", "fail"])
async def test_without_a_merge_history(answer: Any, emulator: Emulator, neon: AsyncClient) -> None:
    """An organization whose v1 has no such method gets an error that explains it."""
    emulator.remove_method("retrieveDuplicateMergeHistory", answer)
    with pytest.raises(NotFoundError, match="a specification of a method that does not exist"):
        await neon.retrieve_duplicate_merge_history(emulator.account_ids()[0])


async def test_wrong_credentials(emulator: Emulator) -> None:
    """A wrong key is said to be wrong, once and for all callers."""
    async with emulator.client(api_key="fake-and-wrong") as neon:
        with pytest.raises(AuthenticationError):
            await neon.login()
        with pytest.raises(AuthenticationError):
            await neon.list_states()

    assert {"login"} == {request.method for request in emulator.requests}


async def test_unknown_accounts(emulator: Emulator, neon: AsyncClient) -> None:
    """An id that never was is an error of its own class."""
    for retrieve in (neon.retrieve_duplicate_merge_history, neon.retrieve_individual_account):
        with pytest.raises(APIError) as caught:
            await retrieve(999_999)
        assert isinstance(caught.value, NotFoundError)
    assert 999_999 not in emulator.account_ids()
