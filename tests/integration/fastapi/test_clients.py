"""The application's client, and one per organization."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from operator import itemgetter
from typing import Annotated, cast

import anyio
import pytest
from fastapi import Body, Depends, FastAPI
from fastapi.requests import HTTPConnection, Request
from pydantic import BaseModel, TypeAdapter

from neon_async import (
    Account,
    AsyncClient,
    ClientClosedError,
    Contact,
    IndividualAccount,
    MergeHistory,
    OrganizationAccount,
    unstructure,
)
from neon_async.emulator import Emulator
from neon_async.fastapi import NeonClient, clients_by_org, current_client, lifespan
from tests.support.application_server import serving


async def test_lifespan_opens_one_client_and_closes_it() -> None:
    """All requests share a client, which is closed with the application."""
    seen: list[AsyncClient] = []
    with Emulator(accounts=3) as emulator:
        app = FastAPI(lifespan=lifespan(connect=emulator.client))

        @app.get("/prefixes")
        async def prefixes(neon: NeonClient) -> list[str]:
            seen.append(neon)
            return list(await neon.list_prefixes())

        async with serving(app) as browser:
            replies = [await browser.get("/prefixes") for _ in range(2)]

        assert [200, 200] == [reply.status_code for reply in replies]
        assert seen[0] is seen[1]
        with pytest.raises(ClientClosedError):
            await seen[0].list_prefixes()


async def test_lifespan_runs_the_applications_own_inside() -> None:
    """The state of the application's own lifespan stays, with and without any."""
    events: list[str] = []

    @asynccontextmanager
    async def own(_app: FastAPI) -> AsyncGenerator[dict[str, str]]:
        events.append("open")
        yield {"colour": "green"}
        events.append("close")

    @asynccontextmanager
    async def stateless(_app: FastAPI) -> AsyncGenerator[None]:
        yield

    with Emulator(accounts=1) as emulator:
        for inner, expected in ((own, "green"), (stateless, None)):
            app = FastAPI(lifespan=lifespan(connect=emulator.client, inner=inner))

            @app.get("/colour")
            async def colour(request: Request, neon: NeonClient) -> str | None:
                assert neon is not None
                found: str | None = getattr(request.state, "colour", None)
                return found

            async with serving(app) as browser:
                assert expected == (await browser.get("/colour")).json()

    assert ["open", "close"] == events


async def test_missing_lifespan_is_named() -> None:
    """An application without the lifespan is told what to add."""
    app = FastAPI()

    @app.get("/")
    async def endpoint(neon: NeonClient) -> None:
        raise AssertionError(neon)

    async with serving(app) as browser:
        with pytest.raises(RuntimeError, match=r"neon_async\.fastapi\.lifespan"):
            await browser.get("/")


async def test_client_can_be_replaced_in_tests() -> None:
    """The dependency behind `NeonClient` has a name, by which tests replace it."""
    app = FastAPI()

    @app.get("/")
    async def prefixes(neon: NeonClient) -> list[str]:
        return list(await neon.list_prefixes())

    async with Emulator().client() as neon, serving(app) as browser:
        app.dependency_overrides[current_client] = lambda: neon
        expected, reply = list(await neon.list_prefixes()), await browser.get("/")

    assert expected == reply.json()


async def test_models_are_request_and_response_models() -> None:
    """An endpoint takes and returns models in the JSON of v1, with their schemas in OpenAPI."""
    app = FastAPI()

    @app.post("/accounts")
    async def echo(
        account: Annotated[IndividualAccount, Body()],
    ) -> list[IndividualAccount]:
        return [account]

    sent = {
        "accountId": 7,
        "lastModifiedDateTime": "2014-05-07T00:00:00.000+08:00",
        "primaryContact": {
            "phone1Type": "HOME",
            "dob": "1990-01-02",
            "deceased": False,
            "addresses": {"address": [{"country": {"id": "1", "name": "Iraq"}}]},
        },
    }
    async with serving(app) as browser:
        reply = await browser.post("/accounts", json=sent)
        wrong = await browser.post("/accounts", json={"accountId": []} | {"source": 5})
        schemas = (await browser.get("/openapi.json")).json()["components"]["schemas"]

    assert [sent] == reply.json()
    assert 422 == wrong.status_code
    (detail,) = wrong.json()["detail"]
    assert ["body", "source"] == detail["loc"]
    assert "expected an object, got a number" in detail["msg"]
    # Where they differ in a detail, FastAPI has one schema for each direction.
    for direction in ("-Input", "-Output"):
        name = direction if f"IndividualAccount{direction}" in schemas else ""
        account, contact = schemas[f"IndividualAccount{name}"], schemas[f"Contact{name}"]
        assert "integer" == account["properties"]["accountId"]["type"]
        assert {"$ref": f"#/components/schemas/Contact{name}"} == account["properties"][
            "primaryContact"
        ]
        assert ("string", "date") == itemgetter("type", "format")(contact["properties"]["dob"])


async def test_lists_of_models_are_bodies() -> None:
    """A list of models is taken for the body as it is, which a single model is not."""
    app = FastAPI()

    @app.post("/many")
    async def many(accounts: list[IndividualAccount]) -> list[int | None]:
        return [account.account_id for account in accounts]

    @app.post("/one")
    async def one(account: IndividualAccount) -> int | None:
        return account.account_id

    async with serving(app) as browser:
        assert [7] == (await browser.post("/many", json=[{"accountId": 7}])).json()
        refused = (await browser.post("/one", json={"accountId": 7})).json()

    # As the documentation says, so that who meets it finds the way out.
    assert ["query", "account"] == refused["detail"][0]["loc"]


async def test_either_kind_of_account_is_returned() -> None:
    """Lists of both kinds, pages and models within pydantic's own are JSON of v1, too."""
    app = FastAPI()
    person, fund = IndividualAccount(account_id=1), OrganizationAccount(organization_name="Fund")

    class Found(BaseModel):
        accounts: list[Account]

    @app.get("/")
    async def both() -> Found:
        return Found(accounts=[person, fund])

    @app.get("/history")
    async def history() -> MergeHistory:
        return MergeHistory(1, 2, [3])

    async with serving(app) as browser:
        found = (await browser.get("/")).json()
        merged = (await browser.get("/history")).json()

    assert {"accounts": [{"accountId": 1}, {"organizationName": "Fund"}]} == found
    assert unstructure(MergeHistory(1, 2, [3])) == merged


def test_wrong_types_are_not_shown(recwarn: pytest.WarningsRecorder) -> None:
    """A model that holds what it should not is serialized, and no warning shows a donor's data."""
    contact = Contact(first_name=cast("str", 5), phone1="555 0100")

    dumped = TypeAdapter(Contact).dump_json(contact)

    assert b'{"firstName":5,"phone1":"555 0100"}' == dumped
    assert [] == list(recwarn)


def organization(connection: HTTPConnection) -> str:
    return connection.headers["x-tenant"]


async def test_each_organization_has_its_client() -> None:
    """Requests of one organization share a client, and others have their own."""
    with Emulator(accounts=1) as emulator:
        clients = clients_by_org(organization, lambda _org: emulator.client())
        app = FastAPI(lifespan=clients.lifespan)
        seen: list[AsyncClient] = []

        @app.get("/")
        async def endpoint(neon: Annotated[AsyncClient, Depends(clients)]) -> int:
            seen.append(neon)
            return len(await neon.list_prefixes())

        async with serving(app) as browser:
            for tenant in ("red", "blue", "red"):
                await browser.get("/", headers={"x-tenant": tenant})
            assert 2 == clients.open_clients

        assert seen[0] is seen[2]
        assert seen[0] is not seen[1]
        assert 0 == clients.open_clients
        with pytest.raises(ClientClosedError):
            await seen[1].list_prefixes()


async def test_idle_clients_are_closed_and_used_ones_are_not() -> None:
    """When a client is asked for, the ones that nobody has used for long are closed."""
    with Emulator(accounts=1) as emulator:
        clients = clients_by_org(organization, lambda _org: emulator.client(), idle=0.0)
        async with clients.lease("red") as red:
            async with clients.lease("blue") as blue:
                pass
            async with clients.lease("green") as green:
                assert 2 == clients.open_clients
            async with clients.lease("green") as again:
                assert green is again
            await red.list_prefixes()

        with pytest.raises(ClientClosedError):
            await blue.list_prefixes()
        async with clients.lifespan(FastAPI()):
            await anyio.lowlevel.checkpoint()
        assert 0 == clients.open_clients
