"""Errors as problem details."""

import json
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import JSONResponse

from neon_async import (
    APIError,
    ClientClosedError,
    ConflictError,
    ConnectError,
    DeadlineExceededError,
    ErrorCode,
    ErrorDetail,
    InvalidRequestError,
    NeonError,
    NotFoundError,
    OutcomeUnknownError,
    ThrottledError,
)
from neon_async.fastapi import add_exception_handlers, problem
from neon_async.fastapi._problems import _handle
from tests.support.application_server import serving


def content(response: JSONResponse) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(bytes(response.body))
    return found


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidRequestError("wrong"), 422),
        (NotFoundError(10031), 404),
        (ConflictError("changed"), 409),
        (ThrottledError("slow", status=429, retry_after=7), 503),
        (ClientClosedError("closed"), 503),
        (DeadlineExceededError("late"), 504),
        (OutcomeUnknownError("createOrganizationAccount", None, "it broke off"), 502),
        (NeonError("anything"), 502),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, NeonError) else "",
)
def test_every_error_has_a_status(error: NeonError, status: int) -> None:
    """The status says who can do something about it."""
    assert status == problem(error).status_code


def test_problem_says_what_and_where() -> None:
    """Operation, parameter and codes are members of their own."""
    invalid = problem(
        InvalidRequestError(
            "a value is required",
            parameter="individualAccount.accountId",
            code=ErrorCode.INDIVIDUAL_ACCOUNT_ID_REQUIRED,
            operation="updateIndividualAccount",
        )
    )
    failed = problem(APIError(1, "quoted", [ErrorDetail(1, "quoted")], "listPrefixes"))

    assert {
        "type": "urn:neon-async:error:invalid-request",
        "title": "Invalid Request",
        "status": 422,
        "detail": "updateIndividualAccount: a value is required [individualAccount.accountId] "
        "(code 10030)",
        "operation": "updateIndividualAccount",
        "parameter": "individualAccount.accountId",
    } == content(invalid)
    assert [1] == content(failed)["codes"]
    assert "quoted" not in str(content(failed))


def test_particulars_of_the_operator_stay_with_the_operator() -> None:
    """Hosts and proxies are nothing for the caller; that a write may have happened is."""
    unreachable = problem(ConnectError("no route to proxy.example.org"))
    unknown = problem(OutcomeUnknownError("createOrganizationAccount", None, "proxy.example.org"))

    assert "proxy" not in f"{content(unreachable)}{content(unknown)}"
    assert "may or may not" in content(unknown)["detail"]


async def test_endpoints_errors_become_problems(caplog: pytest.LogCaptureFixture) -> None:
    """What an endpoint raises is answered with its problem, and the time to wait."""
    app = FastAPI()
    add_exception_handlers(app)

    @app.get("/")
    async def endpoint() -> None:
        raise ThrottledError("too many", status=429, retry_after=6.2, operation="syncAccounts")

    async with serving(app) as browser:
        reply = await browser.get("/")

    assert "application/problem+json" == reply.headers["content-type"]
    assert "7" == reply.headers["retry-after"]
    assert "urn:neon-async:error:throttled" == reply.json()["type"]
    assert ["answered 503: ThrottledError: syncAccounts: too many"] == [
        record.getMessage() for record in caplog.records if record.name == "neon_async.fastapi"
    ]


async def test_other_errors_are_left_alone() -> None:
    """The handler answers for this package's errors only."""
    bug = ZeroDivisionError()

    with pytest.raises(ZeroDivisionError) as caught:
        await _handle(None, bug)  # type: ignore[arg-type]

    assert bug is caught.value
