"""What an application's OpenAPI document says about streams and problems."""

import json
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pydantic import AwareDatetime

from neon_async import (
    Activity,
    APIError,
    ErrorDetail,
    IndividualAccount,
    InvalidRequestError,
    NeonError,
    NotFoundError,
    OrganizationAccount,
    OutcomeUnknownError,
    ThrottledError,
)
from neon_async.emulator import Emulator
from neon_async.fastapi import (
    NDJSONResponse,
    NeonClient,
    add_exception_handlers,
    lifespan,
    problem,
    problem_responses,
    stream_ndjson,
)
from tests.support.application_server import serving

NDJSON = "application/x-ndjson"
PROBLEM = "application/problem+json"
STATUSES = {"403", "404", "409", "422", "502", "503", "504"}

Person = Annotated[IndividualAccount, Body()]
Fund = Annotated[OrganizationAccount, Body()]


def application(connect: Callable[[], Any]) -> FastAPI:
    app = FastAPI(lifespan=lifespan(connect=connect), responses=problem_responses())
    add_exception_handlers(app)

    @app.get("/accounts", response_class=NDJSONResponse)
    async def accounts(neon: NeonClient, since: AwareDatetime) -> NDJSONResponse:
        return stream_ndjson(neon.sync_accounts(time_from=since))

    @app.post("/people")
    async def create(neon: NeonClient, account: Person) -> int:
        return await neon.create_individual_account(account)

    @app.post("/pairs")
    async def create_both(neon: NeonClient, person: Person, fund: Fund) -> list[int]:
        created = await neon.create_organization_account(fund)
        return [created, await neon.create_individual_account(person)]

    @app.post("/embedded")
    async def embedded(
        neon: NeonClient, person: Annotated[IndividualAccount, Body(embed=True)]
    ) -> int:
        return await neon.create_individual_account(person)

    @app.post("/lists")
    async def create_all(neon: NeonClient, people: list[IndividualAccount]) -> list[int]:
        return [await neon.create_individual_account(person) for person in people]

    @app.post("/activities")
    async def log(neon: NeonClient, activity: Annotated[Activity, Body()]) -> int:
        return await neon.add_activity(activity)

    @app.post("/names")
    async def name(neon: NeonClient, first_name: Annotated[str, Body()]) -> int:
        del first_name
        return await neon.create_individual_account(IndividualAccount())

    return app


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """The document of an application that declares the problems of all its paths."""
    return application(Emulator(accounts=0).client).openapi()


def test_document_is_valid(document: dict[str, Any]) -> None:
    """Streams and problems make a valid OpenAPI document."""
    validate(document)


def test_streams_have_their_media_type(document: dict[str, Any]) -> None:
    """A streaming response is NDJSON in the document, too, and nothing else."""
    responses = document["paths"]["/accounts"]["get"]["responses"]

    assert {NDJSON: {"schema": {"type": "string"}}} == responses["200"]["content"]


def test_problems_are_listed(document: dict[str, Any]) -> None:
    """Every path lists each status with which an error is answered, and which errors these are."""
    for path in document["paths"].values():
        for operation in path.values():
            responses = operation["responses"]
            assert STATUSES == responses.keys() - {"200"}
            assert {True} == {PROBLEM in responses[status]["content"] for status in STATUSES}
    assert "Conflict, Lossy Read" == responses["409"]["description"]
    assert "Retry-After" in responses["503"]["headers"]


def test_own_validation_errors_of_fastapi_stay_listed(document: dict[str, Any]) -> None:
    """Status 422 has the problem of NeonCRM and the errors of FastAPI, each in its media type."""
    content = document["paths"]["/people"]["post"]["responses"]["422"]["content"]

    assert {PROBLEM, "application/json"} == content.keys()
    assert "loc" in str(content["application/json"])


def test_some_problems_can_be_chosen() -> None:
    """Statuses that are named are listed alone; others are no problems."""
    assert {404, 503} == problem_responses(404, 503).keys()
    with pytest.raises(ValueError, match="418"):
        problem_responses(418)


@pytest.mark.parametrize(
    "error",
    [
        APIError(1, "quoted", [ErrorDetail(1, "quoted")], "listPrefixes"),
        InvalidRequestError("a value is required", parameter="x", operation="addActivity"),
        NeonError("anything"),
        NotFoundError(10031),
        OutcomeUnknownError("addActivity", None, "it broke off"),
        ThrottledError("slow", status=429, retry_after=7),
    ],
    ids=lambda error: type(error).__name__,
)
def test_problems_are_what_the_document_says(error: NeonError) -> None:
    """The problem of an error has a listed status, and fits its schema."""
    response = problem(error)
    listed = problem_responses()[response.status_code]

    schema = listed["content"][PROBLEM]["schema"]
    Draft202012Validator(schema | {"additionalProperties": False}).validate(
        json.loads(bytes(response.body))
    )
    assert ("retry-after" in response.headers) <= ("headers" in listed)


async def test_naive_times_are_refused_at_their_place() -> None:
    """A time without a zone is an error of FastAPI's own, with its place in the query."""
    with Emulator(accounts=1) as emulator:
        async with serving(application(emulator.client)) as browser:
            reply = await browser.get("/accounts", params={"since": "2014-01-01T00:00:00"})
            whole = await browser.get("/accounts", params={"since": "2014-01-01T00:00:00Z"})

    (detail,) = reply.json()["detail"]
    assert (422, ["query", "since"]) == (reply.status_code, detail["loc"])
    assert NDJSON == whole.headers["content-type"]


NAMELESS = {"primaryContact": {"firstName": "Ada"}}
NAMED = {"primaryContact": {"firstName": "Ada", "lastName": "Example"}}
TYPO = {"primaryContact": {"emial1": "ada@example.org"}}


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/people", TYPO, ["body", "primaryContact", "emial1"]),
        ("/lists", [NAMED, TYPO], ["body", 1, "primaryContact", "emial1"]),
        ("/pairs", {"person": TYPO, "fund": {}}, ["body", "person", "primaryContact", "emial1"]),
        ("/embedded", {"person": TYPO}, ["body", "person", "primaryContact", "emial1"]),
    ],
)
async def test_misspelt_fields_have_their_place(path: str, body: object, place: list[Any]) -> None:
    """FastAPI's errors lead to the field, however the body is declared."""
    with Emulator(accounts=0) as emulator:
        async with serving(application(emulator.client)) as browser:
            reply = await browser.post(path, json=body)

    assert [place] == [detail["loc"] for detail in reply.json()["detail"]]


@pytest.mark.parametrize(
    ("path", "body", "place"),
    [
        ("/people", NAMELESS, ["body", "primaryContact", "lastName"]),
        ("/embedded", {"person": NAMELESS}, ["body", "person", "primaryContact", "lastName"]),
        (
            "/pairs",
            {"person": NAMED, "fund": NAMELESS},
            ["body", "fund", "organizationName"],
        ),
        ("/activities", {"subject": "Call"}, ["body", "startDateTime"]),
        # Which of the list it is, only the endpoint knows; and a name is no account.
        ("/lists", [NAMELESS], None),
        ("/names", "Ada", None),
    ],
)
async def test_refused_values_have_their_place(
    path: str, body: object, place: list[str] | None
) -> None:
    """What the client refuses leads to the body's field as FastAPI's own errors do."""
    with Emulator(accounts=0) as emulator:
        async with serving(application(emulator.client)) as browser:
            reply = await browser.post(path, json=body)

    assert (422, PROBLEM) == (reply.status_code, reply.headers["content-type"])
    assert place == reply.json().get("loc")
