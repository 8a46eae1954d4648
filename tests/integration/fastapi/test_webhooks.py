"""Webhooks of v1."""

from typing import Any
from urllib.parse import urlencode

import httpx
import orjson
import pytest
from fastapi import FastAPI, HTTPException, Request
from starlette.types import Message

from neon_async.fastapi import WebhookEvent, webhook_router
from neon_async.fastapi._webhooks import _body
from tests.support.application_server import serving

SECRET = "obviously-fake-ü"
EVENT: dict[str, Any] = {
    "eventTrigger": "updateAccount",
    "eventTimestamp": "2014-04-10T15:54:38.506+08:00",
    "organizationId": 12,
    "data": {"accountId": 7},
    "customParameters": {"secret": SECRET, "colour": "green"},
}
RECEIVED = WebhookEvent(
    "updateAccount",
    "update",
    "account",
    "2014-04-10T15:54:38.506+08:00",
    "12",
    {"accountId": 7},
    {"colour": "green"},
)


async def post(**request: Any) -> tuple[httpx.Response, list[WebhookEvent]]:
    events: list[WebhookEvent] = []

    async def handler(event: WebhookEvent) -> None:
        events.append(event)

    app = FastAPI()
    app.include_router(webhook_router(handler, secret=SECRET))
    async with serving(app) as browser:
        return await browser.post("/webhooks/neon", **request), events


async def test_failing_handler_shows_no_secret() -> None:
    """A handler's error does not lead through the endpoint, which holds the secret."""

    async def handler(_event: WebhookEvent) -> None:
        raise LookupError

    app = FastAPI()
    app.include_router(webhook_router(handler, secret=SECRET))
    async with serving(app) as browser:
        with pytest.raises(LookupError) as caught:
            await browser.post("/webhooks/neon", json=EVENT)

    assert "handler" == caught.traceback[-1].name
    values = [
        str(entry.frame.f_locals) for entry in caught.traceback if "neon_async/" in str(entry.path)
    ]
    assert [] == values


async def test_both_forms_are_received() -> None:
    """JSON and a form with one field of JSON give the same event, without the secret."""
    in_json, first = await post(json=EVENT)
    form = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
    in_form, second = await post(
        content=urlencode({"payload": orjson.dumps(EVENT)}).encode(), headers=form
    )

    assert (204, 204) == (in_json.status_code, in_form.status_code)
    assert [RECEIVED] == first == second


@pytest.mark.parametrize(
    "parameters", [None, {}, {"secret": "wrong"}, {"secret": None}, {"secret": ""}, [SECRET]]
)
async def test_wrong_secret_is_refused(parameters: Any) -> None:
    """Without the shared secret nothing reaches the handler."""
    reply, events = await post(json=EVENT | {"customParameters": parameters})

    assert (403, []) == (reply.status_code, events)


@pytest.mark.parametrize(
    "content", [b"", b"[]", b"{", b"payload=%7B%7D", b'"\\ud800"', b"[" * 99_999]
)
async def test_what_is_no_event_is_refused(content: bytes) -> None:
    """Anything but a JSON object is a bad request."""
    reply, events = await post(content=content)

    assert (400, []) == (reply.status_code, events)


@pytest.mark.parametrize("content", [b"", b"payload", b"payload=%5B%5D", b"a&" * 500])
async def test_form_without_event_is_refused(content: bytes) -> None:
    """A form needs its one field, and not many more."""
    form = {"content-type": "Application/X-WWW-Form-Urlencoded"}
    reply, events = await post(content=content, headers=form)

    assert (400, []) == (reply.status_code, events)


@pytest.mark.parametrize(("others", "status"), [(99, 204), (100, 400)])
async def test_form_of_many_fields_is_refused(others: int, status: int) -> None:
    """A hundred fields are looked through for the event, and no more."""
    content = b"a=1&" * others + urlencode({"payload": orjson.dumps(EVENT)}).encode()
    form = {"content-type": "application/x-www-form-urlencoded"}

    reply, events = await post(content=content, headers=form)

    assert (status, [RECEIVED] if status == 204 else []) == (reply.status_code, events)


async def test_too_large_event_is_refused() -> None:
    """A body is read up to a megabyte, whatever its declared length."""
    chunks = [b" " * 400_000] * 9

    async def receive() -> Message:
        return {"type": "http.request", "body": chunks.pop(), "more_body": True}

    with pytest.raises(HTTPException) as caught:
        await _body(Request({"type": "http"}, receive))

    assert (413, 6) == (caught.value.status_code, len(chunks))


@pytest.mark.parametrize(
    ("trigger", "action", "subject"),
    [
        ("createAccount", "create", "account"),
        ("CREATE_ACCOUNT", "create", "account"),
        ("editActivity", "update", "activity"),
        ("deleteEventRegistration", "delete", "event_registration"),
        ("mergeAccount", None, "merge_account"),
        (None, None, ""),
    ],
)
async def test_trigger_is_split(trigger: str | None, action: str | None, subject: str) -> None:
    """Action and subject are told apart whatever the spelling."""
    _, [event] = await post(json=EVENT | {"eventTrigger": trigger, "eventTimestamp": None})

    assert (action, subject, None) == (event.action, event.subject, event.timestamp)


@pytest.mark.parametrize(
    "options",
    [{}, {"secret": ""}, {"basic": ("", "x")}, {"basic": ("x", "")}, {"basic": ("a:b", "c")}],
)
def test_router_needs_a_secret(options: Any) -> None:
    """Nothing, and what is blank, would match an absent proof; a colon would end the user name."""

    async def handler(_event: WebhookEvent) -> None:
        raise AssertionError

    with pytest.raises(ValueError, match=r"expected a secret or basic, got|got one with a colon"):
        webhook_router(handler, **options)


BASIC = ("neon", "obviously:fake-ü")


async def post_basic(
    auth: Any, event: Any = EVENT, **options: Any
) -> tuple[httpx.Response, list[WebhookEvent]]:
    events: list[WebhookEvent] = []

    async def handler(event: WebhookEvent) -> None:
        events.append(event)

    app = FastAPI()
    app.include_router(webhook_router(handler, basic=BASIC, **options))
    async with serving(app) as browser:
        return await browser.post("/webhooks/neon", json=event, auth=auth), events


async def test_basic_credentials_are_enough() -> None:
    """User name and password prove an event; without a secret all custom parameters are shown."""
    reply, [event] = await post_basic(tuple(part.encode() for part in BASIC))

    assert 204 == reply.status_code
    assert {"secret": SECRET, "colour": "green"} == event.custom_parameters


def _header(text: str) -> Any:
    def auth(request: httpx.Request) -> httpx.Request:
        request.headers["authorization"] = text
        return request

    return auth


@pytest.mark.parametrize(
    "auth",
    [None, ("neon", "wrong"), ("", ""), _header("Basic ***"), _header("Bearer x"), _header("x")],
)
async def test_wrong_credentials_are_refused(auth: Any) -> None:
    """Without them nothing reaches the handler, and the sender is told how to show them."""
    reply, events = await post_basic(auth)

    assert (401, []) == (reply.status_code, events)
    assert reply.headers["www-authenticate"].startswith("Basic ")


async def test_both_proofs_are_needed() -> None:
    """With a secret beside the credentials, neither is enough alone."""
    right = tuple(part.encode() for part in BASIC)
    whole, events = await post_basic(right, secret=SECRET)
    half, none = await post_basic(right, {**EVENT, "customParameters": {}}, secret=SECRET)

    assert ([RECEIVED], 204) == (events, whole.status_code)
    assert ([], 403) == (none, half.status_code)


PAIRS = [{"name": "secret", "value": SECRET}, {"name": "colour", "value": "green"}]


@pytest.mark.parametrize("parameters", [PAIRS, {"nameValuePair": PAIRS}])
async def test_parameters_may_be_a_list(parameters: Any) -> None:
    """Custom parameters come as an object, or as a list of names and values."""
    reply, events = await post(json=EVENT | {"customParameters": parameters})

    assert (204, [RECEIVED]) == (reply.status_code, events)


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"nameValuePair": PAIRS[0]}, {}),
        ({"secret": SECRET, "nameValuePair": "text"}, {"nameValuePair": "text"}),
        ({"secret": SECRET, "name": "x"}, {"name": "x"}),
    ],
)
async def test_single_parameters(parameters: Any, expected: Any) -> None:
    """A list of one may have collapsed; parameters may be called like its members."""
    _, [event] = await post(json=EVENT | {"customParameters": parameters})

    assert expected == event.custom_parameters


async def test_half_a_surrogate_pair_reaches_the_handler() -> None:
    """What is almost JSON is an event: in a name, in a form, and in a wrong secret too."""
    text = orjson.dumps(EVENT | {"data": {"name": "half"}}).replace(b"half", rb"\ud83d")
    wrong = orjson.dumps(EVENT | {"customParameters": {"secret": "half"}})
    form = {"content-type": "application/x-www-form-urlencoded"}
    _, [in_json] = await post(content=text)
    _, [in_form] = await post(content=urlencode({"payload": text}).encode(), headers=form)
    reply, none = await post(content=wrong.replace(b"half", rb"\ud83d"))

    assert {"name": "\ud83d"} == in_json.data == in_form.data
    assert (403, []) == (reply.status_code, none)
