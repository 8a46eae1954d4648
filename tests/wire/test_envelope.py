"""The envelope around every reply: success, failure, or not a reply of v1."""

from __future__ import annotations

import html
import sys
from typing import Any
from urllib.parse import quote_plus

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async._wire.envelope import api_error, open_envelope
from neon_async._wire.params import Form
from neon_async.errors import (
    APIError,
    ErrorCode,
    ErrorDetail,
    NeonError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    ServiceUnavailableError,
    SessionError,
    ValidationError,
)
from tests import samples

DONOR = "canary.donor@example.org"
SESSION = "fake-session-canary-83"
SUCCESS = b'{"loginResponse": {"operationResult": "SUCCESS", "userSessionId": "x"}}'


def fail(errors: Any) -> bytes:
    return orjson.dumps({"anyResponse": {"operationResult": "FAIL", "errors": errors}})


def failure(body: bytes) -> NeonError:
    with pytest.raises(NeonError) as caught:
        open_envelope(body, "op")
    assert (None, "op") == (caught.value.__context__, caught.value.operation)
    return caught.value


@pytest.mark.parametrize("name", samples.REPLIES)
def test_replies_of_the_reference_pages(name: str) -> None:
    """Each is opened, whatever its root key, and its payload is all but the result."""
    assert samples.payload(name) == open_envelope(samples.body(name), "op")


@pytest.mark.parametrize(
    "body",
    [
        b"\xef\xbb\xbf" + SUCCESS,
        b"\r\n " + SUCCESS + b"\n",
        b'{"noise": 1, "note": {}, "x": {"operationResult": "SUCCESS", "userSessionId": "x"}}',
    ],
)
def test_what_may_surround_the_envelope(body: bytes) -> None:
    """A byte order mark, white space and other members beside the root are passed over."""
    assert {"userSessionId": "x"} == open_envelope(body, "login")


@pytest.mark.parametrize(
    ("errors", "expected"),
    [
        ({"error": [{"errorCode": 4, "errorMessage": "m"}]}, [ErrorDetail(4, "m")]),
        ({"error": [{"errorCode": "4 ", "errorMessage": "m"}]}, [ErrorDetail(4, "m")]),
        ({"error": {"errorCode": 4, "errorMessage": "m"}}, [ErrorDetail(4, "m")]),
        ([{"errorCode": 4}], [ErrorDetail(4)]),
        (
            {"error": [{"errorCode": 10001}, {"errorCode": "77"}, {"errorCode": 10002}]},
            [ErrorDetail(10001), ErrorDetail(77), ErrorDetail(10002)],
        ),
        ({"error": [{"errorCode": None, "errorMessage": 5}]}, [ErrorDetail()]),
        (
            {"error": [{"errorCode": True}, {"errorCode": 4.5}, {"errorCode": -4}]},
            3 * [ErrorDetail()],
        ),
        ({"error": [{"errorCode": "٤"}]}, [ErrorDetail()]),
        ({"error": ["text", None]}, []),
        ({"error": None}, []),
        ({}, []),
        (None, []),
        ("text", []),
    ],
)
def test_errors_of_a_fail_reply(errors: Any, expected: list[ErrorDetail]) -> None:
    """Every error is kept, known or not, in whatever shape they come."""
    error = failure(fail(errors))

    assert isinstance(error, APIError)
    assert tuple(expected) == error.errors
    first = expected[0] if expected else ErrorDetail()
    assert (first.code, first.server_message) == (error.code, error.server_message)


@pytest.mark.parametrize(
    ("code", "cls"),
    [
        (None, APIError),
        (1, APIError),
        (2, ServiceUnavailableError),
        (3, SessionError),
        (4, SessionError),
        (5, PermissionDeniedError),
        (77, APIError),
        (10001, ValidationError),
        (10031, NotFoundError),
        (10070, ValidationError),
        (10132, NotFoundError),
        (10240, ValidationError),
    ],
)
def test_class_by_code(code: int | None, cls: type[APIError]) -> None:
    """The first code says what the caller can do about it."""
    error = api_error("op", [ErrorDetail(code), ErrorDetail(ErrorCode.PERMISSION_DENIED)])

    assert cls is type(error)


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "the reply is empty"),
        (b" \r\n", "the reply is empty"),
        (b'{"r": {"operationResult": "PENDING"}}', "the reply says PENDING [operationResult]"),
        (
            b'{"r": {"operationResult": "success"}}',
            "the reply says neither SUCCESS nor FAIL [operationResult]",
        ),
        (
            b'{"r": {"operationResult": null}}',
            "the reply says neither SUCCESS nor FAIL [operationResult]",
        ),
    ],
)
def test_results_that_v1_does_not_document(body: bytes, problem: str) -> None:
    """Anything but SUCCESS and FAIL proves nothing."""
    error = failure(body)

    assert isinstance(error, ProtocolError)
    assert f"op: {problem}" == str(error)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"[]",
        b"5",
        b"null",
        b'"SUCCESS"',
        b'{"operationResult": "SUCCESS"}',
        b'{"a": {"operationResult": "SUCCESS"}, "b": {"operationResult": "SUCCESS"}}',
        b'{"a": [{"operationResult": "SUCCESS"}]}',
    ],
)
def test_json_without_one_envelope(body: bytes) -> None:
    """There must be exactly one object that says what became of the request."""
    problem = "op: the reply is not an object with one operationResult below its root"

    assert problem == str(failure(body))


def test_html_is_quoted() -> None:
    """An error page is shown in part, escaped, and without the e-mail addresses in it."""
    page = f"<html>\n<title>Bad gateway</title> ask {DONOR} \x1b" + "x" * 500
    error = failure(page.encode())

    assert isinstance(error, ProtocolError)
    head = f"op: the reply is not JSON ({len(page)} bytes, wrong at character 0): "
    quoted = str(error).removeprefix(head)
    assert quoted.startswith(r"<html>\n<title>Bad gateway</title> ask \u2026")
    assert (200, True) == (len(quoted), quoted.isascii() and quoted.isprintable())


def test_other_encodings_are_quoted() -> None:
    """What is not UTF-8 is escaped byte by byte."""
    assert str(failure("<HTML>Störung".encode("latin-1"))).endswith(r": <HTML>St\\xf6rung")


def encoded(encoding: str, bom: bytes = b"") -> bytes:
    reply = f'{{"loginResponse": {{"userSessionId": "{SESSION}", "email": "{DONOR}"'
    return bom + reply.encode(encoding)


@pytest.mark.parametrize(
    "body",
    [
        encoded("utf-8"),
        encoded("utf-8", b"\xef\xbb\xbf"),
        encoded("utf-8", b"\n\t "),
        encoded("utf-16-le", b"\xff\xfe"),
        encoded("utf-16-be", b"\xfe\xff"),
        encoded("utf-32-be", b"\x00\x00\xfe\xff"),
        b"[" + encoded("utf-8"),
        f'"{SESSION} {DONOR}'.encode(),
        f"<?xml version='1.0'?><loginResponse><userSessionId>{SESSION}".encode(),
        f"<ns2:loginResponse><userSessionId>{SESSION}</userSessionId>".encode(),
        f"<HTML>GET /login?userSessionId={SESSION}&email={DONOR}".encode(),
        f"userSessionId={SESSION}&x=".encode(),
    ],
    ids=range(12),
)
def test_data_is_not_quoted(body: bytes) -> None:
    """Of a body that holds data and not an error page, nothing is shown, whatever broke it."""
    error = failure(body)
    shown = str(error).replace("\\x00", "")

    assert isinstance(error, ProtocolError)
    assert "the reply is not JSON" in shown
    assert [] == [secret for secret in (SESSION, DONOR) if secret in shown]


def test_nothing_that_was_sent_is_quoted() -> None:
    """An error page that repeats the request is shown without its values, however spelled."""
    name = "Ann & O'Brien"
    form = Form.encode([("userSessionId", SESSION), ("name", name), ("size", "20"), ("blank", "")])
    spelled = f"{name} | {html.escape(name)} | {quote_plus(name)}"
    body = f"<html>session {SESSION}, {spelled}, 20 of 2026, again{SESSION}".encode()

    with pytest.raises(ProtocolError) as caught:
        open_envelope(body, "op", form.content)

    said = str(caught.value).partition("<html>")[2]
    hidden = ascii("…")[1:-1]
    assert said == "session ?, ? | ? | ?, ? of 2026, again?".replace("?", hidden)


@pytest.mark.parametrize("depth", [2_000, 1_000_000])
def test_deep_json(depth: int) -> None:
    """Nesting that no reply has is refused, and does not exhaust the stack."""
    body = b'{"r": {"operationResult": "SUCCESS", "x": ' + b"[" * depth + b"]" * depth + b"}}"

    assert isinstance(failure(body), ProtocolError)
    assert sys.getrecursionlimit() < depth


@given(body=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes(body: bytes) -> None:
    """Whatever arrives is a payload or a NeonError."""
    outcome: object
    try:
        outcome = open_envelope(body, "op")
    except NeonError as error:
        outcome = error

    assert isinstance(outcome, dict) or len(str(outcome)) < 300
