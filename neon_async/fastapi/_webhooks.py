"""Webhooks of v1: requests with which NeonCRM reports changes."""

# No postponed annotations: FastAPI can't look up those of a function that is wrapped.

import hmac
import re
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from typing import Any, Literal, TypeAlias, cast
from urllib.parse import parse_qs

import attrs
import orjson
from fastapi import APIRouter, HTTPException, Request, Response

from neon_async._pipeline.secrecy import guarded

Action: TypeAlias = Literal["create", "update", "delete"]

_ACTIONS: dict[str, Action] = {
    "create": "create",
    "add": "create",
    "update": "update",
    "edit": "update",
    "delete": "delete",
    "remove": "delete",
}
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_MOST_BYTES = 1024 * 1024
_MOST_FIELDS = 100


@attrs.frozen
class WebhookEvent:
    """What happened in NeonCRM.

    Attributes:
        trigger: v1's name of the event, such as `"updateAccount"`.
        action: `"create"`, `"update"` or `"delete"`; None for a trigger of another kind.
        subject: what it happened to, in lower case, such as `"account"` or `"activity"`.
        timestamp: when, as v1 wrote it.
        organization_id: whose NeonCRM.
        data: the record, as JSON values; `structure` reads them.
        custom_parameters: what the webhook was set up with, but for the shared secret.
    """

    trigger: str
    action: Action | None
    subject: str
    timestamp: str | None
    organization_id: str | None = attrs.field(repr=False)
    data: Any = attrs.field(repr=False)
    custom_parameters: dict[str, Any] = attrs.field(repr=False)


def webhook_router(
    handler: Callable[[WebhookEvent], Awaitable[object]],
    *,
    secret: str,
    parameter: str = "secret",
    path: str = "/webhooks/neon",
) -> APIRouter:
    """Return a router that receives v1's webhooks, in both forms in which v1 sends them.

    ```python
    from fastapi import FastAPI

    from neon_async.fastapi import WebhookEvent, webhook_router


    async def react(event: WebhookEvent) -> None:
        if (event.action, event.subject) == ("update", "account"):
            ...


    app = FastAPI()
    app.include_router(webhook_router(react, secret="obviously-fake"))
    ```

    v1 signs nothing. Only a custom parameter distinguishes its requests from others: one that was
    set up with the webhook, so give that one a long random value, and the endpoint https.
    The same event may come twice.

    Args:
        handler: awaited with each event; v1 is answered when it returns.
        secret: the value of that custom parameter; compared in constant time.
        parameter: the name of that custom parameter.
        path: where the router listens for POST.

    Raises:
        ValueError: the secret is empty.
    """
    if not secret:
        raise ValueError("a webhook without a secret would take events from anybody")
    router = APIRouter()

    # The frame of an endpoint holds its closure, and so the secret, when the handler fails.
    @guarded
    async def receive(request: Request) -> Response:
        event = _event(_document(await _body(request), request), secret, parameter)
        await handler(event)
        return Response(status_code=204)

    router.add_api_route(path, receive, methods=["POST"], status_code=204, response_class=Response)
    return router


async def _body(request: Request) -> bytes:
    body = bytearray()
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > _MOST_BYTES:
                raise HTTPException(413, "the event is too large")
    return bytes(body)


def _document(body: bytes, request: Request) -> dict[str, Any]:
    content_type = request.headers.get("content-type", "").lower()
    try:
        if content_type.startswith("application/x-www-form-urlencoded"):
            body = _payload(body)
        document = _object(orjson.loads(body))
    except ValueError:
        document = None
    if document is None:
        raise HTTPException(400, "the event is not a JSON object")
    return document


def _payload(form: bytes) -> bytes:
    # As text: of bytes, Python 3.11 parses ASCII only. The secret has not been seen yet, so a
    # form with very many fields is not worth the time.
    fields = parse_qs(form.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    return fields.get("payload", [""])[0].encode()


def _object(value: object) -> dict[str, Any] | None:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _event(document: dict[str, Any], secret: str, parameter: str) -> WebhookEvent:
    parameters = dict(_object(document.get("customParameters")) or {})
    shown = _text(parameters.pop(parameter, None)) or ""
    if not hmac.compare_digest(shown.encode(), secret.encode()):
        raise HTTPException(403, "the custom parameter does not match")
    trigger = str(document.get("eventTrigger") or "")
    action, subject = _parts(trigger)
    return WebhookEvent(
        trigger,
        action,
        subject,
        _text(document.get("eventTimestamp")),
        _text(document.get("organizationId")),
        document.get("data"),
        parameters,
    )


def _parts(trigger: str) -> tuple[Action | None, str]:
    """Split `updateAccount`, `UPDATE_ACCOUNT` and their like into action and subject."""
    words = [str(word).lower() for word in _WORD.findall(trigger)]
    actions: list[Action] = [_ACTIONS[word] for word in words if word in _ACTIONS]
    return next(iter(actions), None), "_".join(word for word in words if word not in _ACTIONS)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
