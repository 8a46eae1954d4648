"""Webhooks of v1: requests with which NeonCRM reports changes."""

# No postponed annotations: FastAPI can't look up those of a function that is wrapped.

import base64
import hmac
import json
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
_PAIR = {"name", "value"}
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


@attrs.frozen
class _Proof:
    """What shows that an event comes from NeonCRM."""

    secret: str | None = attrs.field(repr=False)
    parameter: str
    basic: tuple[str, str] | None = attrs.field(repr=False)

    def check_header(self, authorization: str) -> None:
        if self.basic is None:
            return
        scheme, _, credentials = authorization.strip().partition(" ")
        try:
            shown = base64.b64decode(credentials.strip(), validate=True)
        except ValueError:
            shown = b""
        known = ":".join(self.basic).encode()
        if scheme.lower() != "basic" or not hmac.compare_digest(shown, known):
            challenge = {"WWW-Authenticate": 'Basic realm="webhook", charset="UTF-8"'}
            raise HTTPException(401, "the user name or password does not match", challenge)

    def check_parameters(self, parameters: dict[str, Any]) -> None:
        """Take the secret out of the custom parameters."""
        if self.secret is None:
            return
        shown = _text(parameters.pop(self.parameter, None)) or ""
        if not hmac.compare_digest(_encoded(shown), _encoded(self.secret)):
            raise HTTPException(403, "the custom parameter does not match")


def _encoded(text: str) -> bytes:
    return text.encode(errors="surrogatepass")


def webhook_router(
    handler: Callable[[WebhookEvent], Awaitable[object]],
    *,
    secret: str | None = None,
    parameter: str = "secret",
    basic: tuple[str, str] | None = None,
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

    v1 signs nothing. Its requests are known by what you set up with the webhook in NeonCRM:
    a custom parameter with a long random value (`secret`), a user name and password for HTTP
    Basic authentication (`basic`), or both. Let the endpoint be https. The same event may come
    twice.

    Args:
        handler: awaited with each event; v1 is answered when it returns.
        secret: the value of the custom parameter; compared in constant time. None: there is none.
        parameter: the name of that custom parameter.
        basic: the webhook's user name and password; compared in constant time. None: there are
            none.
        path: where the router listens for POST.

    Raises:
        ValueError: neither is given, or one is blank; events would be taken from anybody. Or the
            user name holds a colon, which ends it.
    """
    if secret is None and basic is None:
        raise ValueError("expected a secret or basic, got neither: anybody could send events")
    if secret == "" or (basic is not None and not all(basic)):
        raise ValueError("expected a secret or basic, got a blank: anybody could send events")
    if basic is not None and ":" in basic[0]:
        raise ValueError(
            "basic: expected a user name without a colon, which ends it, got one with a colon"
        )
    proof = _Proof(secret, parameter, basic)
    router = APIRouter()

    # The frame of an endpoint holds its closure, and so the secret, when the handler fails.
    @guarded
    async def receive(request: Request) -> Response:
        proof.check_header(request.headers.get("authorization", ""))
        event = _event(_document(await _body(request), request), proof)
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
        document = _object(_json(body))
    except (ValueError, RecursionError):
        document = None
    if document is None:
        raise HTTPException(400, "the event is not a JSON object")
    return document


def _json(body: bytes) -> object:
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        # Half of a surrogate pair in a donor's name must not lose the event.
        return json.loads(body)


def _payload(form: bytes) -> bytes:
    # As text: of bytes, Python 3.11 parses ASCII only. The secret has not been seen yet, so a
    # form with very many fields is not worth the time.
    fields = parse_qs(form.decode("utf-8", "replace"), max_num_fields=_MOST_FIELDS)
    return fields.get("payload", [""])[0].encode()


def _object(value: object) -> dict[str, Any] | None:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def _event(document: dict[str, Any], proof: _Proof) -> WebhookEvent:
    parameters = _parameters(document.get("customParameters"))
    proof.check_parameters(parameters)
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


def _parameters(value: object) -> dict[str, Any]:
    """Return custom parameters, which may come as a list of names and values, wrapped or not."""
    named = _object(value) or {}
    listed = named.get("nameValuePair", value)
    entries = cast("list[object]", listed if isinstance(listed, list) else [listed])
    pairs = [pair for pair in map(_object, entries) if pair and _PAIR >= pair.keys() >= {"name"}]
    if pairs and len(pairs) == len(entries):
        return {str(pair["name"]): pair.get("value") for pair in pairs}
    return dict(named)


def _parts(trigger: str) -> tuple[Action | None, str]:
    """Split `updateAccount`, `UPDATE_ACCOUNT` and their like into action and subject."""
    words = [str(word).lower() for word in _WORD.findall(trigger)]
    actions: list[Action] = [_ACTIONS[word] for word in words if word in _ACTIONS]
    return next(iter(actions), None), "_".join(word for word in words if word not in _ACTIONS)


def _text(value: object) -> str | None:
    return None if value is None else str(value)
