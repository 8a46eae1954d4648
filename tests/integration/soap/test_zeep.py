"""zeep, which knows nothing of this package, works with the emulator's services."""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio.from_thread
import anyio.to_thread
import httpx
import pytest
import zeep
import zeep.exceptions
from zeep.transports import AsyncTransport

from neon_async.emulator import Emulator, running

pytestmark = [
    pytest.mark.shows("secret", "log", reason="zeep logs the messages that it sends"),
    pytest.mark.shows("e-mail", "log", reason="zeep logs the messages that it gets"),
]

SYNC_FROM = "2000-01-01T00:00:00.000+00:00"


@pytest.fixture
def services(emulator: Emulator) -> Iterator[str]:
    """The address of the services, on a loopback socket."""
    with running(emulator) as url:
        yield url.removesuffix("api")


def logged_in(client: zeep.Client, emulator: Emulator) -> str:
    port: Any = client.bind("Neonws", "CommonPort")
    reply = port.login(login={"apiKey": emulator.api_key, "orgId": emulator.org_id})
    assert "SUCCESS" == reply.operationResult
    session: str = reply.userSessionId
    return session


def test_a_day_with_zeep(services: str, emulator: Emulator) -> None:
    """Log in, pull, retrieve, change one field, update, create, be refused, and log in again."""
    with zeep.Client(f"{services}AccountService?wsdl") as client:
        account, session = client.service, logged_in(client, emulator)
        pulled: list[int] = []
        for number in range(1, 7):
            page = {"currentPage": number, "pageSize": 7}
            reply = account.syncAccounts(
                userSessionId=session, syncAccountTimeFrom=SYNC_FROM, page=page
            )
            # An empty list is nothing to zeep.
            people, organizations = reply.individualAccounts, reply.organizationAccounts
            pulled += [one.accountId for one in people.individualAccount] if people else []
            others = organizations.organizationAccount if organizations else []
            pulled += [one.accountId for one in others]

        first = emulator.account_ids()[0]
        read = account.retrieveIndividualAccount(userSessionId=session, accountId=first)
        before = emulator.account(first)
        read.IndividualAccount.primaryContact.preferredName = "Changed & more"
        account.updateIndividualAccount(
            userSessionId=session, individualAccount=read.IndividualAccount
        )
        after = emulator.account(first)
        created = account.createOrganizationAccount(
            userSessionId=session, organizationAccount={"organizationName": "Example Fund"}
        )
        refused = account.createOrganizationAccount(
            userSessionId=session, organizationAccount={"organizationName": ""}
        )
        emulator.expire_sessions()
        expired = account.listStates(userSessionId=session)
        states = account.listStates(userSessionId=logged_in(client, emulator))

    assert emulator.account_ids()[:-1] == sorted(pulled)
    assert before is not None
    assert after is not None
    assert after["primaryContact"] == before["primaryContact"] | {"preferredName": "Changed & more"}
    assert emulator.account_ids()[-1] == created.accountId
    assert ("FAIL", ["10050"]) == outcome(refused)
    assert ("FAIL", ["4"]) == outcome(expired)
    assert len(emulator.lists.states) == len(states.states.state)


def outcome(reply: Any) -> tuple[str, list[str]]:
    return reply.operationResult, [error.errorCode for error in reply.errors.error]


@pytest.fixture
async def zeep_in_process(emulator: Emulator) -> AsyncIterator[Callable[[str], zeep.AsyncClient]]:
    """Makes asynchronous clients of zeep whose requests go straight into the application."""
    in_process = httpx.ASGITransport(app=emulator)
    http = httpx.AsyncClient(transport=in_process)

    def forward(request: httpx.Request) -> httpx.Response:
        # zeep loads a WSDL without awaiting.
        response = anyio.from_thread.run(fetch, str(request.url))
        return httpx.Response(response.status_code, content=response.content)

    async def fetch(url: str) -> httpx.Response:
        return await http.get(url)

    def made(service: str) -> zeep.AsyncClient:
        transport = AsyncTransport(
            client=http, wsdl_client=httpx.Client(transport=httpx.MockTransport(forward))
        )
        root = emulator.base_url.removesuffix("api")
        return zeep.AsyncClient(f"{root}{service}?wsdl", transport=transport)

    async with http:
        yield made


async def test_asynchronous_zeep(
    zeep_in_process: Callable[[str], zeep.AsyncClient],
    emulator: Emulator,
    anyio_backend_name: str,
) -> None:
    """The same without a thread, on asyncio, which is all that zeep knows."""
    if anyio_backend_name != "asyncio":
        return
    common = await anyio.to_thread.run_sync(zeep_in_process, "CommonService")
    account = await anyio.to_thread.run_sync(zeep_in_process, "AccountService")
    reply = await common.service.login(login={"apiKey": emulator.api_key, "orgId": emulator.org_id})
    session = reply.userSessionId
    page = await account.service.syncActivities(
        userSessionId=session,
        syncActivityTimeFrom=SYNC_FROM,
        page={"currentPage": 1, "pageSize": 200},
    )
    wanted = emulator.account_ids()[0]
    found = await account.service.retrieveIndividualAccount(userSessionId=session, accountId=wanted)
    found.IndividualAccount.url = "https://www.example.org"
    updated = await account.service.updateIndividualAccount(
        userSessionId=session, individualAccount=found.IndividualAccount
    )
    created = await account.service.createOrganizationAccount(
        userSessionId=session, organizationAccount={"organizationName": "Example Fund"}
    )
    refused = await account.service.createOrganizationAccount(
        userSessionId=session, organizationAccount={"organizationName": ""}
    )
    fields = await common.service.listCustomFields(
        userSessionId=session, searchCriteria={"component": "Account"}
    )
    await common.service.logout(userSessionId=session)
    expired = await common.service.logout(userSessionId=session)

    assert 20 == page.page.totalResults == len(page.activities.activity)
    assert (wanted, "https://www.example.org") == (
        updated.accountId,
        (emulator.account(wanted) or {})["url"],
    )
    assert emulator.account_ids()[-1] == created.accountId
    assert ("FAIL", ["10050"]) == outcome(refused)
    assert {"OneLineText", "Dropdown"} <= {one.dataType for one in fields.customFields.customField}
    assert ("FAIL", ["4"]) == outcome(expired)


def test_fault(services: str, emulator: Emulator) -> None:
    """What is not valid is a fault of the client for zeep, where the emulator is strict."""
    with zeep.Client(f"{services}AccountService?wsdl") as client:
        session = logged_in(client, emulator)
        with pytest.raises(zeep.exceptions.Fault, match="dob is not of the type date") as caught:
            client.service.updateIndividualAccount(
                userSessionId=session,
                individualAccount={"accountId": 1, "primaryContact": {"dob": ""}},
            )

    assert "soap:Client" == caught.value.code
