"""Replies of the wrong shape: an error that says where, and shows nothing of them."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async import ProtocolError, structure
from neon_async._wire.converter import structure_member, structure_wrapped
from neon_async.models import (
    AccountsPage,
    ActivitiesPage,
    CodeName,
    CustomField,
    IndividualAccount,
    Membership,
    MergeHistory,
    PageInfo,
)
from tests.support import samples, strategies
from tests.support.strategies import MODEL_CLASSES

CANARY = "canary.donor@example.org"
PAYLOADS: list[tuple[Any, type[Any]]] = [
    (samples.payload("syncAccounts"), AccountsPage),
    (samples.payload("syncActivities"), ActivitiesPage),
    (samples.payload("retrieveDuplicateMergeHistory-merged")["mergeHistory"], MergeHistory),
    (
        {"fieldId": "1", "dataType": "RADIO", "fieldOptions": {"fieldOption": [{"id": "1"}]}},
        CustomField,
    ),
]


def nested(levels: int) -> Any:
    """An array in an array, and so on."""
    value: Any = []
    for _ in range(levels - 1):
        value = [value]
    return value


PAGE = {"currentPage": 1, "pageSize": 10, "totalPage": 1, "totalResults": 2}
WRONG: list[tuple[type[Any], Any, str, str | None]] = [
    (IndividualAccount, [1], "expected an object, got an array", None),
    (IndividualAccount, None, "expected an object, got nothing", None),
    (IndividualAccount, "x", "expected an object, got text", None),
    (AccountsPage, 5, "expected an object, got a number", None),
    (AccountsPage, {"page": "x"}, "expected an object, got text", "page"),
    (AccountsPage, {"page": [PAGE]}, "expected an object, got an array", "page"),
    (
        AccountsPage,
        {"page": PAGE | {"totalPage": "many"}},
        "expected a whole number, got text",
        "page.totalPage",
    ),
    (
        AccountsPage,
        {"page": PAGE | {"totalPage": True}},
        "expected a whole number, got a truth value",
        "page.totalPage",
    ),
    (
        AccountsPage,
        {"page": PAGE | {"totalPage": None}},
        "expected a value, got nothing",
        "page.totalPage",
    ),
    (AccountsPage, {"page": {"currentPage": 1}}, "expected a value, got nothing", "page.pageSize"),
    (PageInfo, {}, "expected a value, got nothing", "currentPage"),
    (
        MergeHistory,
        {"searchedAccountId": 1, "currentAccountId": 1, "previousAccountIds": [["x"]]},
        "expected a whole number, got text",
        "previousAccountIds[0]",
    ),
    (int, b"x", "expected a whole number, got something else", None),
    (str, 2.0**53, "expected text, got a number", None),
]


@pytest.mark.parametrize(("cls", "payload", "problem", "path"), WRONG)
def test_wrong_shapes(cls: type[Any], payload: Any, problem: str, path: str | None) -> None:
    """The error names the operation, the place in wire names, and the type that was there."""
    with pytest.raises(ProtocolError) as caught:
        structure(payload, cls, operation="syncAccounts")

    error = caught.value
    place = f" [{path}]" if path else ""
    assert f"syncAccounts: {problem}{place}" == str(error)
    assert (path, "syncAccounts") == (error.path, error.operation)
    assert (None, True) == (error.__context__, error.__cause__ is None)


def test_wrong_members() -> None:
    """What an operation's reply must hold is missed by name."""
    with pytest.raises(ProtocolError, match=r"^op: expected an object, got nothing \[m\]$"):
        structure_member({}, "m", MergeHistory, "op")
    with pytest.raises(ProtocolError, match=r"^op: expected a value, got nothing \[m\.currentAcc"):
        structure_member({"m": {"searchedAccountId": 1}}, "m", MergeHistory, "op")
    with pytest.raises(
        ProtocolError, match=r"^op: expected an object, got text \[s\.state\[0\]\]$"
    ):
        structure_wrapped({"s": {"state": ["x"]}}, "s", "state", CodeName, "op")


def places(value: Any, here: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The path of every value inside a JSON value, itself included."""
    inner = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    return [here, *(path for key, item in inner for path in places(item, (*here, key)))]


def planted(payload: Any, path: tuple[Any, ...], value: Any) -> Any:
    """A copy of the JSON value with another value in one place."""
    root = {"": copy.deepcopy(payload)}
    holder: Any = root
    for key in ("", *path)[:-1]:
        holder = holder[key]
    holder[("", *path)[-1]] = value
    return root[""]


@pytest.mark.parametrize(("payload", "cls"), PAYLOADS)
@given(data=st.data(), value=strategies.json)
def test_any_value_in_any_place(
    payload: Any, cls: type[Any], data: st.DataObject, value: Any
) -> None:
    """Whatever stands wherever gives an object or a ProtocolError, and nothing else."""
    path = data.draw(st.sampled_from(places(payload)))

    outcome(planted(payload, path, value), cls)


@pytest.mark.parametrize("cls", MODEL_CLASSES)
@given(value=strategies.json)
def test_any_value_at_all(cls: type[Any], value: Any) -> None:
    """Whatever a reply is, each class takes it or refuses it."""
    outcome(value, cls)


@pytest.mark.parametrize(("payload", "cls"), PAYLOADS)
@pytest.mark.parametrize("value", [CANARY, [CANARY], {CANARY: CANARY}, [[CANARY]]], ids=repr)
def test_values_are_not_shown(payload: Any, cls: type[Any], value: Any) -> None:
    """Whatever stands wherever, no message shows it."""
    errors = [outcome(planted(payload, path, value), cls) for path in places(payload)]

    assert [] == [str(error) for error in errors if error and CANARY in str(error)]
    assert any(errors) or isinstance(value, dict)  # an object may be anything's


def outcome(value: Any, cls: type[Any]) -> ProtocolError | None:
    try:
        assert isinstance(structure(value, cls), cls)
    except ProtocolError as error:
        return error
    return None


@pytest.mark.parametrize("in_wrapper", [False, True])
def test_unknown_fields_are_not_deep(*, in_wrapper: bool) -> None:
    """What nobody knows is kept, unless copying it would be too much for Python's stack."""

    def account(levels: int) -> dict[str, Any]:
        unknown = {"new": nested(levels)}
        return {"accountId": 1} | ({"individualTypes": unknown} if in_wrapper else unknown)

    made = structure(account(60), IndividualAccount)
    assert made == copy.deepcopy(made)
    for levels in (70, 100):
        with pytest.raises(ProtocolError, match="fewer levels, got an object") as caught:
            structure(
                {"individualAccounts": {"individualAccount": [account(levels)]}}, AccountsPage
            )
        assert "individualAccounts.individualAccount[0]" == caught.value.path


@pytest.mark.parametrize("fee", ["a lot", True, [1.5], "1e5"])
def test_fee_that_is_no_number(fee: object) -> None:
    """A number with a fraction that is none is odd, as any other value."""
    membership = structure({"fee": fee}, Membership)

    assert (None, {"fee": fee}) == (membership.fee, membership.extra)
