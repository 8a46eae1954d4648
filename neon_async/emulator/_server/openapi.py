"""The OpenAPI document of the methods, generated from their table and from what they answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.emulator._server.examples import replies, sample
from neon_async.emulator._wire.codes import TEXTS, refused
from neon_async.emulator._wire.messages import failure
from neon_async.emulator._wire.schemas import described

if TYPE_CHECKING:
    from collections.abc import Mapping

    from neon_async.emulator._methods.parameters import Parameter
    from neon_async.emulator._methods.table import ApiMethod
    from neon_async.emulator._wire.messages import Json

FORM = "application/x-www-form-urlencoded"
_FORMATS = {"date": "date", "timestamp": "date-time"}
_COMMON_CODES = (1, 2, 3, 4, 5)
_DESCRIPTION = """\
What the emulator of neon_async serves of the NeonCRM API v1. Every method can be called with a
form (POST) or with a query string (GET), which shows credentials in the URL. FAIL replies have
status 200, too. A parameter that may be repeated is one of a group: each element of a group sends
the same parameters, blanks included.
"""


def document(methods: Mapping[str, ApiMethod], server: str, version: str) -> Json:
    """Return the document."""
    shown = [methods[path] for path in sorted(methods)]
    schemas: Json = {"Failure": _FAILURE}
    for method in shown:
        schemas[f"{method.name}Request"] = _request(method)
        schemas[method.root] = _success(method)
    return {
        "openapi": "3.1.0",
        "info": {"title": "NeonCRM API v1", "version": version, "description": _DESCRIPTION},
        "servers": [{"url": server}],
        "tags": [{"name": name} for name in sorted({method.section for method in shown})],
        "paths": {f"/{method.path}": _path(method) for method in shown},
        "components": {"schemas": schemas},
    }


_FAILURE: Json = {
    "type": "object",
    "required": ["operationResult", "responseDateTime", "errors"],
    "properties": {
        "operationResult": {"const": "FAIL"},
        "responseDateTime": {"type": "string", "format": "date-time"},
        "errors": {
            "type": "object",
            "required": ["error"],
            "properties": {
                "error": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "required": ["errorCode", "errorMessage"],
                        "properties": {
                            "errorCode": {"type": "string"},
                            "errorMessage": {"type": "string"},
                        },
                    },
                }
            },
        },
    },
}


def _path(method: ApiMethod) -> Json:
    common: Json = {
        "tags": [method.section],
        "summary": method.title,
        "x-writes": method.writes,
        "x-error-codes": _codes(method),
        "responses": _responses(method),
    }
    body = {
        "required": method.in_session or bool(method.own),
        "content": {
            FORM: {
                "schema": {"$ref": f"#/components/schemas/{method.name}Request"},
                "example": sample(method),
            }
        },
    }
    query = [_query(parameter) for parameter in method.parameters]
    return {
        "post": common | {"operationId": method.name, "requestBody": body},
        "get": common | {"operationId": f"{method.name}ByGet", "parameters": query},
    }


def _codes(method: ApiMethod) -> list[Json]:
    return [{"code": code, "text": TEXTS[code]} for code in (*_COMMON_CODES, *method.codes)]


def _responses(method: ApiMethod) -> Json:
    code = (*method.codes, 1)[0]
    reply = failure(method.root, "2024-05-06T15:08:09.000+08:00", refused(code))
    examples = {"FAIL": {"value": reply}}
    if method.known:
        examples = {"SUCCESS": {"value": replies(method.path)[0]}} | examples
    schema = {"$ref": f"#/components/schemas/{method.root}"}
    json = {"application/json": {"schema": schema, "examples": examples}}
    return {
        "200": {"description": "SUCCESS, or FAIL with codes.", "content": json},
        # A guess, as for the quota: no page shows the reply.
        "429": {"description": "More requests at once than the organization may make."},
    }


def _success(method: ApiMethod) -> Json:
    payload: Json = {"type": "object"}
    if method.known:
        payload = described([reply[method.root] for reply in replies(method.path)])
        payload["properties"]["operationResult"] = {"const": "SUCCESS"}
        payload["required"] = ["operationResult", "responseDateTime"]
    either = {"oneOf": [payload, {"$ref": "#/components/schemas/Failure"}]}
    return {"type": "object", "required": [method.root], "properties": {method.root: either}}


def _request(method: ApiMethod) -> Json:
    required = [parameter.name for parameter in method.parameters if parameter.required]
    return {
        "type": "object",
        "properties": {
            param.name: _described(param) | _schema(param) for param in method.parameters
        },
        **({"required": required} if required else {}),
    }


def _query(parameter: Parameter) -> Json:
    place = {"name": parameter.name, "in": "query", "required": parameter.required}
    return place | _described(parameter) | {"schema": _schema(parameter)}


def _described(parameter: Parameter) -> Json:
    return {"description": parameter.note} if parameter.note else {}


def _schema(parameter: Parameter) -> Json:
    schema: Json = {"type": "integer" if parameter.kind == "integer" else "string"}
    if parameter.kind in _FORMATS:
        schema["format"] = _FORMATS[parameter.kind]
    if parameter.choices:
        schema["enum"] = list(parameter.choices)
    return {"type": "array", "items": schema} if parameter.repeated else schema
