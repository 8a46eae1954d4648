"""The place in a request's body that a refused parameter came from."""

from __future__ import annotations

from typing import Any

from fastapi.requests import Request
from fastapi.routing import APIRoute

from neon_async import Activity, IndividualAccount, NeonError, OrganizationAccount

# The names under which v1's parameters spell the fields of a record, which is the body.
_RECORDS: dict[str, type[Any]] = {
    "Activity": Activity,
    "individualAccount": IndividualAccount,
    "organizationAccount": OrganizationAccount,
}


def body_location(request: Request, error: NeonError) -> list[str] | None:
    """Return FastAPI's `loc` of the parameter that an error is about.

    Returns:
        The location, or None where the body, or one field of it, is not the record in question.
    """
    parameter: str = getattr(error, "parameter", None) or ""
    root, _, path = parameter.partition(".")
    prefix = _prefix(request.scope.get("route"), _RECORDS.get(root))
    return [*prefix, *path.split(".")] if prefix and path else None


def _prefix(route: object, record: type[Any] | None) -> list[str] | None:
    # FastAPI makes one model of several body parameters, with a field for each.
    if record is None or not isinstance(route, APIRoute) or route.body_field is None:
        return None
    body: Any = route.body_field.field_info.annotation
    if body is record:
        return ["body"]
    fields: dict[str, Any] = getattr(body, "model_fields", {})
    names = [field.alias or name for name, field in fields.items() if field.annotation is record]
    return ["body", *names] if len(names) == 1 else None
