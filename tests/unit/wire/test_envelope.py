"""The envelope around every reply: success, failure, or not a reply of v1."""

from __future__ import annotations

import sys
import traceback
from typing import TYPE_CHECKING, Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async._wire.envelope import api_error, fail_in, open_envelope
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
from tests.support import samples

if TYPE_CHECKING:
    from collections.abc import Callable

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


@pytest.mark.parametrize("name", ["operationResult", "OperationResult", "operationresult"])
@pytest.mark.parametrize("result", ["SUCCESS", "success", "Success "])
def test_result_in_any_case(name: str, result: str) -> None:
    """Name and value say the same in any case, and neither is part of the payload."""
    body = orjson.dumps({"r": {name: result, "accountId": 7}})

    assert {"accountId": 7} == open_envelope(body, "op")


@pytest.mark.parametrize("name", ["operationResult", "OperationResult", "operationresult"])
@pytest.mark.parametrize("result", ["FAIL", "fail", "Fail"])
@pytest.mark.parametrize("spell", [str, str.lower, str.capitalize])
def test_fail_in_any_case(name: str, result: str, spell: Callable[[str], str]) -> None:
    """A refusal keeps its codes, however its names are spelled."""
    listed = {spell("error"): [{spell("errorCode"): "4", spell("errorMessage"): "m"}]}
    error = failure(orjson.dumps({"r": {name: result, spell("errors"): listed}}))

    assert isinstance(error, SessionError)
    assert (ErrorDetail(4, "m"),) == error.errors


XML_FAIL = """<?xml version="1.0" encoding="{}"?>
<ns2:loginResponse xmlns:ns2="http://www.z2systems.com/schemas/neonws/">
  <operationResult>FAIL</operationResult>
  <errors>
    <error><errorCode>5</errorCode><errorMessage>Zoë &amp; co</errorMessage></error>{}
  </errors>
</ns2:loginResponse>"""
ANOTHER = "<error><errorCode>1</errorCode><errorMessage/></error>"


@pytest.mark.parametrize("encoding", ["utf-8", "iso-8859-1", "utf-16"])
def test_fail_in_xml(encoding: str) -> None:
    """A refusal is read although it is XML, which nobody asked for."""
    error = failure(XML_FAIL.format(encoding, ANOTHER).encode(encoding))

    assert type(error) is PermissionDeniedError
    assert (ErrorDetail(5, "Zoë & co"), ErrorDetail(1, "")) == error.errors


def test_one_error_in_xml() -> None:
    """One error is no list in XML."""
    error = failure(XML_FAIL.format("utf-8", "").encode())

    assert isinstance(error, APIError)
    assert 5 == error.code


@pytest.mark.parametrize(
    "body",
    [
        XML_FAIL.format("utf-8", "").replace("FAIL", "SUCCESS").encode(),
        b"<loginResponse><userSessionId>x</userSessionId></loginResponse>",
    ],
)
def test_other_xml(body: bytes) -> None:
    """XML that is no refusal is described, and nothing of it becomes a payload."""
    error = failure(body)

    assert isinstance(error, ProtocolError)
    assert str(error).startswith("op: the reply is XML, not JSON (")


@pytest.mark.parametrize(
    ("body", "cls"),
    [
        (fail({"error": [{"errorCode": 5}]}), PermissionDeniedError),
        (XML_FAIL.format("utf-8", "").encode(), PermissionDeniedError),
        (SUCCESS, type(None)),
        (b"<html>Bad gateway</html>", type(None)),
        (b"", type(None)),
    ],
)
def test_refusal_or_nothing(body: bytes, cls: type[APIError]) -> None:
    """Beside a status that says something itself, only FAIL counts."""
    assert cls is type(fail_in(body, "op"))


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
        (10200, ValidationError),
        (10201, NotFoundError),
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
        (b" \r\n", "the reply is blank (3 bytes)"),
        (b'{"r": {"operationResult": "PENDING"}}', "the reply says PENDING [operationResult]"),
        (b'{"r": {"OperationResult": " pending"}}', "the reply says PENDING [operationResult]"),
        (
            b'{"r": {"operationResult": "SUCCESS", "OperationResult": "FAIL"}}',
            "the reply says neither SUCCESS nor FAIL [operationResult]",
        ),
        (
            b'{"r": {"operationResult": "SUCCESSFUL"}}',
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
        b")]}',\n" + encoded("utf-8") + b"}}",
        b"while(1);" + encoded("utf-8") + b"}}",
        b"for(;;);" + encoded("utf-8") + b"}}",
        b"Warning: mysql_connect() on line 7\n" + encoded("utf-8") + b"}}",
        b"<html><body>" + encoded("utf-8") + b"}}</body></html>",
        encoded("utf-8")[1:] + b"}}",
        encoded("utf-8")[20:] + b"}}",
        encoded("utf-8") + b"}}" + encoded("utf-8"),
        encoded("utf-8").replace(b"fake", b"fak\xe9"),
    ],
    ids=range(21),
)
def test_data_is_not_quoted(body: bytes) -> None:
    """Of a body that holds data and not an error page, nothing is shown, whatever broke it."""
    error = failure(body)
    shown = f"{error} {error!r} {error.args} {vars(error)} {traceback.format_exception(error)}"

    assert isinstance(error, ProtocolError)
    assert "JSON" in shown
    assert [] == [secret for secret in (SESSION[:6], DONOR[:6]) if secret in shown]


@pytest.mark.parametrize("depth", [2_000, 1_000_000])
def test_deep_json(depth: int) -> None:
    """Nesting that no reply has is refused, and does not exhaust the stack."""
    body = b'{"r": {"operationResult": "SUCCESS", "x": ' + b"[" * depth + b"]" * depth + b"}}"

    error = failure(body)

    assert isinstance(error, ProtocolError)
    assert error.out_of_bounds
    assert "op: the reply is nested more deeply than any of v1" == str(error)
    assert sys.getrecursionlimit() < depth


@pytest.mark.parametrize("value", [b"[]", b"{}", b"1", b'"x"'])
def test_values_are_counted(value: bytes) -> None:
    """What would take seconds and gigabytes to build is refused before, and once."""
    listed = b",".join([value] * 1_000_001)
    body = b'{"r": {"operationResult": "SUCCESS", "x": [' + listed + b"]}}"

    error = failure(body.ljust(2 * 1024 * 1024 + 1))

    assert isinstance(error, ProtocolError)
    assert error.out_of_bounds
    assert "op: the reply has more than 1000000 values; ask for less at once (page_size)" == str(
        error
    )


def test_long_texts_are_not_values() -> None:
    """A large reply of few values is opened."""
    text = "x" * 3_000_000

    assert {"x": text} == open_envelope(
        orjson.dumps({"r": {"operationResult": "SUCCESS", "x": text}}), "op"
    )


def test_damage_is_within_bounds() -> None:
    """What is only broken may be whole the next time."""
    error = failure(SUCCESS[:-1])

    assert isinstance(error, ProtocolError)
    assert not error.out_of_bounds


@given(body=st.binary(max_size=300) | st.text(max_size=200).map(str.encode))
def test_any_bytes(body: bytes) -> None:
    """Whatever arrives is a payload or a NeonError."""
    outcome: object
    try:
        outcome = open_envelope(body, "op")
    except NeonError as error:
        outcome = error

    assert isinstance(outcome, dict) or len(str(outcome)) < 300
