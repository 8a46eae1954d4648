"""Calls by name."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from neon_async._wire.form import Form
from neon_async.errors import InvalidRequestError, ProtocolError
from neon_async.models import PhoneType
from neon_async.operations import Effect, Operation, RawCall
from tests.support.enumerations import Number, Text


def refused(operation: Operation[Any]) -> InvalidRequestError:
    with pytest.raises(InvalidRequestError) as caught:
        operation.params()
    assert None is caught.value.__context__
    return caught.value


def test_call() -> None:
    """Parameters leave in order, each kind of value as v1 spells it."""
    call = RawCall(
        "/account/listHouseHolds",
        {
            "accountId": 1,
            "active": True,
            "type": [PhoneType.HOME, "x"],
            "none": [],
            "since": datetime(2026, 1, 1, tzinfo=UTC),
            "born": date(1985, 10, 13),
            "blank": "",
            "ids": (1, 2),
        },
    )

    assert ("account/listHouseHolds", "listHouseHolds") == (call.path, call.name)
    assert [
        ("accountId", "1"),
        ("active", "true"),
        ("type", "HOME"),
        ("type", "x"),
        ("since", "2026-01-01T00:00:00.000+00:00"),
        ("born", "1985-10-13"),
        ("blank", ""),
        ("ids", "1"),
        ("ids", "2"),
    ] == call.params()
    assert {"any": [1]} == call.parse({"any": [1]})


def test_replies_are_not_deep() -> None:
    """A payload is passed on as it is, unless it has more levels than anything needs."""
    deep: Any = []
    for _ in range(100):
        deep = {"a": deep}

    with pytest.raises(ProtocolError, match="x: expected fewer levels, got an object"):
        RawCall("account/x").parse(deep)


def test_call_with_pairs() -> None:
    """Pairs keep their order, so that repeated groups stay aligned."""
    pairs = [("a.id", "1"), ("a.value", ""), ("a.id", "2"), ("a.value", "x")]

    assert pairs == RawCall("account/x", pairs).params()
    assert [] == RawCall("account/x").params()
    assert "1" not in repr(RawCall("account/x", pairs))


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        (None, "expected text, got NoneType"),
        (1.5, "expected text, got float"),
        ({"b": 1}, "expected text, got dict"),
        ([[1]], "expected text, got list"),
        ([1, None], "expected text, got NoneType"),
        ("a\0", "text must not hold a NUL character"),
        (datetime(2026, 1, 1), "expected a datetime with a time zone, got a naive datetime"),  # noqa: DTZ001
        (2**63, "expected an integer, got int out of range"),
        (-(2**63) - 1, "expected an integer, got int out of range"),
    ],
)
def test_call_refuses_values(value: Any, problem: str) -> None:
    """None would leave as a blank, which deletes; other values have no one spelling."""
    assert f"x: {problem} [a]" == str(refused(RawCall("account/x", {"a": value})))


def test_call_sends_the_values_of_enumerations() -> None:
    """And not their names, which is what such members print as."""
    call = RawCall("account/x", {Text.A: [Text.A, Number.FIVE]})

    assert b"a=a&a=5" == Form.encode(call.params()).content


@pytest.mark.parametrize("arguments", ["ab", [("a",)], [("a", "b", "c")], [5], 5, None])
def test_call_refuses_what_are_no_pairs(arguments: Any) -> None:
    """Neither a mapping nor pairs: refused like any other mistake."""
    assert "x: expected a mapping, or pairs of name and value" == str(
        refused(RawCall("account/x", arguments))
    )


def test_call_refuses_names() -> None:
    """A parameter's name is text that can be sent, too."""
    number: Any = 5

    assert "text must not hold lone surrogates" in str(
        refused(RawCall("account/x", {"a\ud800": 1}))
    )
    assert "expected text, got int [5]" in str(refused(RawCall("account/x", {number: 1})))


@pytest.mark.parametrize(
    "path",
    [
        "",
        "account",
        "/account/",
        "account/",
        "a/b/c",
        "account/x?y=1",
        "account/../login",
        "a/é",
        "a b/c",
        "https://api.example.org/account/x?userSessionId=fake",
        5,
        None,
    ],
)
def test_call_refuses_paths(path: Any) -> None:
    """The path is a section and a method, can't lead elsewhere, and is not shown otherwise."""
    problem = "expected a section and a method, such as account/listHouseHolds [path]"

    assert problem == str(refused(RawCall(path)))


@pytest.mark.parametrize("method", ["listX", "retrieveX", "syncX", "searchX", "getX"])
def test_calls_that_read(method: str) -> None:
    """Methods with these names read, unless the caller knows better."""
    assert Effect.READ is RawCall(f"account/{method}").effect
    assert Effect.WRITE is RawCall(f"account/{method}", (), Effect.WRITE).effect


@pytest.mark.parametrize("method", ["updateX", "createX", "removeX", "x", "unlistX", "Listx"])
def test_calls_that_write(method: str) -> None:
    """All others write, so that nothing is sent twice by mistake."""
    assert Effect.WRITE is RawCall(f"account/{method}").effect
    assert Effect.READ is RawCall(f"account/{method}", (), Effect.READ).effect


def test_call_refuses_a_session_of_the_callers_own() -> None:
    """The client sends the session's id itself, and twice would be one too many."""
    with pytest.raises(InvalidRequestError) as caught:
        RawCall("account/listHouseHolds", {"userSessionId": "of somebody"}).params()

    assert "userSessionId" == caught.value.parameter
    assert "of somebody" not in str(caught.value)
