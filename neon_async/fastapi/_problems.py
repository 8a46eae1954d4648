"""Errors of NeonCRM as problem details (RFC 9457)."""

from __future__ import annotations

import logging
import math
import re
from typing import Any

from fastapi import FastAPI
from fastapi.requests import Request
from fastapi.responses import JSONResponse

from neon_async import (
    APIError,
    ClientClosedError,
    ConflictError,
    DeadlineExceededError,
    HTTPStatusError,
    InvalidRequestError,
    LossyReadError,
    NeonError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    ServiceUnavailableError,
    ThrottledError,
    ValidationError,
)
from neon_async.fastapi._locations import body_location

_log = logging.getLogger("neon_async.fastapi")

_BAD_GATEWAY = 502
_SERVER_ERRORS = 500
# The first that fits. Other errors happened between this application and NeonCRM, wrong
# credentials included: nothing that the caller could mend.
_STATUS: tuple[tuple[type[NeonError], int], ...] = (
    (InvalidRequestError, 422),
    (ValidationError, 422),
    (NotFoundError, 404),
    (PermissionDeniedError, 403),
    (ConflictError, 409),
    (LossyReadError, 409),
    (ThrottledError, 503),
    (ServiceUnavailableError, 503),
    (ClientClosedError, 503),
    (DeadlineExceededError, 504),
)
# Errors that the caller can't mend are reported without details: those name hosts, proxies and
# accounts of the operator, who finds them in the log.
_UNKNOWN = "The change may or may not have been made in NeonCRM. Look before trying again."
_FAILED = "NeonCRM could not be asked, or its answer could not be used."
_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")

PROBLEM_TYPE = "application/problem+json"
"""The media type of a problem (RFC 9457)."""


def _title(kind: type[NeonError]) -> str:
    return _WORDS.sub(" ", kind.__name__.removesuffix("Error"))


STATUSES = sorted({_BAD_GATEWAY, *(status for _, status in _STATUS)})
"""The statuses with which errors are answered."""

TITLES = {
    status: [_title(kind) for kind, known in _STATUS if known == status] or ["All other errors"]
    for status in STATUSES
}
"""The titles of the errors that are answered with a status."""


def add_exception_handlers(app: FastAPI) -> None:
    """Answer with problem details wherever an endpoint raises a `NeonError`.

    Where the request's body is the record that was refused, `loc` in the problem is the field's
    place, as in FastAPI's own errors. Errors with a status of 500 or above are logged in full to
    the logger `neon_async.fastapi`. `problem_responses` lists the problems in OpenAPI.

    Args:
        app: the application.
    """
    app.add_exception_handler(NeonError, _handle)


async def _handle(request: Request, error: Exception) -> JSONResponse:
    if not isinstance(error, NeonError):
        raise error
    place = body_location(request, error)
    response = _response(error, {} if place is None else {"loc": place})
    if response.status_code >= _SERVER_ERRORS:
        _log.warning("answered %d: %s: %s", response.status_code, type(error).__name__, error)
    return response


def problem(error: NeonError) -> JSONResponse:
    """Return an error as a response of the type `application/problem+json`.

    It holds the error's class and the operation. Where the caller can do something about it, it
    also holds the error's text, the parameter and the codes: no credential, no session and no
    parameter's value.

    Args:
        error: the error that was raised.
    """
    return _response(error, {})


def _response(error: NeonError, more: dict[str, Any]) -> JSONResponse:
    details = problem_details(error) | more
    status: int = details["status"]
    return JSONResponse(details, status, _retry_after(error), PROBLEM_TYPE)


def problem_details(error: NeonError) -> dict[str, Any]:
    """Return the members of an error's problem (see `problem`)."""
    status = next((status for kind, status in _STATUS if isinstance(error, kind)), _BAD_GATEWAY)
    words = _title(type(error))
    members: dict[str, Any] = {
        "type": f"urn:neon-async:error:{words.lower().replace(' ', '-')}",
        "title": words,
        "status": status,
        "detail": _detail(error, status),
        "operation": error.operation,
        "parameter": getattr(error, "parameter", None),
        "codes": [entry.code for entry in error.errors] if isinstance(error, APIError) else None,
    }
    return {key: value for key, value in members.items() if value is not None}


def _detail(error: NeonError, status: int) -> str:
    if status < _SERVER_ERRORS:
        return str(error)
    return _UNKNOWN if isinstance(error, OutcomeUnknownError) else _FAILED


def _retry_after(error: NeonError) -> dict[str, str]:
    seconds = error.retry_after if isinstance(error, HTTPStatusError) else None
    return {} if seconds is None else {"Retry-After": str(math.ceil(seconds))}
