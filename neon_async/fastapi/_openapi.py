"""Problems in an application's OpenAPI document."""

from __future__ import annotations

from typing import Any

from neon_async.fastapi._problems import PROBLEM_TYPE, STATUSES, TITLES

_LOCATION_SCHEMA: dict[str, Any] = {
    "type": "array",
    "items": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
}
_PROBLEM_SCHEMA: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "properties": {
        "type": {"type": "string", "description": "Names the class of the error."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "operation": {"type": "string", "description": "The API method of NeonCRM."},
        "parameter": {"type": "string", "description": "The parameter, spelled as v1 does."},
        "loc": _LOCATION_SCHEMA | {"description": "The parameter's place in the request's body."},
        "codes": {
            "type": "array",
            "items": {"type": "integer"},
            "description": "The codes with which NeonCRM refused the request.",
        },
    },
    "required": ["type", "title", "status", "detail"],
}
_UNPROCESSABLE = 422
_UNAVAILABLE = 503
_SECONDS = {"description": "Seconds to wait.", "schema": {"type": "integer"}}
_VALIDATION_ERROR_SCHEMA: dict[str, Any] = {
    "title": "ValidationError",
    "type": "object",
    "properties": {
        "loc": _LOCATION_SCHEMA,
        "msg": {"type": "string"},
        "type": {"type": "string"},
    },
    "required": ["loc", "msg", "type"],
}
# FastAPI's own answer to a request that does not fit its declaration. Where status 422 is declared,
# FastAPI no longer lists it, and the document has no component for it to refer to.
_VALIDATION_SCHEMA: dict[str, Any] = {
    "title": "HTTPValidationError",
    "type": "object",
    "properties": {"detail": {"type": "array", "items": _VALIDATION_ERROR_SCHEMA}},
}


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the problems of `add_exception_handlers` for FastAPI's argument `responses`.

    ```python
    from fastapi import FastAPI

    from neon_async.fastapi import add_exception_handlers, lifespan, problem_responses

    app = FastAPI(lifespan=lifespan(), responses=problem_responses())  # of all paths
    add_exception_handlers(app)


    @app.delete("/drafts/{number}", responses=problem_responses(404))
    async def delete(number: int) -> None: ...
    ```

    The document then lists each status with its errors and the schema of a problem, as
    `application/problem+json`. Status 422 keeps FastAPI's own errors beside it.

    Args:
        statuses: the statuses to list, by default all: 403, 404, 409, 422, 502, 503 and 504.

    Raises:
        ValueError: no error of NeonCRM is answered with that status.
    """
    unknown = sorted(set(statuses) - set(STATUSES))
    if unknown:
        raise ValueError(f"expected statuses of {', '.join(map(str, STATUSES))}, got {unknown[0]}")
    return {status: _response(status) for status in statuses or STATUSES}


def _response(status: int) -> dict[str, Any]:
    content: dict[str, Any] = {PROBLEM_TYPE: {"schema": _PROBLEM_SCHEMA}}
    if status == _UNPROCESSABLE:
        content["application/json"] = {"schema": _VALIDATION_SCHEMA}
    response = {"description": ", ".join(TITLES[status]), "content": content}
    if status == _UNAVAILABLE:
        response["headers"] = {"Retry-After": _SECONDS}
    return response
