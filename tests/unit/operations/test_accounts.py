"""Single accounts: how they are asked for, and what the replies mean."""

from __future__ import annotations

from typing import Any

import pytest

from neon_async.errors import (
    APIError,
    ErrorCode,
    ErrorDetail,
    HTTPStatusError,
    InvalidRequestError,
    NeonError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
)
from neon_async.models import IndividualAccount, MergeHistory, OrganizationAccount
from neon_async.operations import (
    CreateIndividualAccount,
    CreateOrganizationAccount,
    Effect,
    Operation,
    RetrieveDuplicateMergeHistory,
    RetrieveIndividualAccount,
    RetrieveOrganizationAccount,
    UpdateIndividualAccount,
    UpdateOrganizationAccount,
)
from tests.support import accounts, samples

RETRIEVALS = [
    RetrieveIndividualAccount,
    RetrieveOrganizationAccount,
    RetrieveDuplicateMergeHistory,
]


@pytest.mark.parametrize("cls", RETRIEVALS)
@pytest.mark.parametrize("account_id", [0, -5, True, "5", 5.0, None])
def test_account_ids_are_positive(cls: Any, account_id: Any) -> None:
    """Anything but a positive whole number is refused."""
    with pytest.raises(InvalidRequestError) as caught:
        cls(account_id).params()

    error = caught.value
    assert ("accountId", ErrorCode.ACCOUNT_ID_INVALID) == (error.parameter, error.code)


@pytest.mark.parametrize("cls", RETRIEVALS)
def test_retrievals_ask_for_one_id(cls: Any) -> None:
    """They read, and take the account's id."""
    operation = cls(5)

    assert [("accountId", "5")] == operation.params()
    assert Effect.READ is operation.effect
    assert f"account/{operation.name}" == operation.path


def test_retrieved_accounts() -> None:
    """The one object of the reply is what comes back, or what is missed."""
    individual = RetrieveIndividualAccount(5).parse({"individualAccount": {"accountId": 5}})
    organization = RetrieveOrganizationAccount(5).parse({"organizationAccount": {"accountId": "5"}})

    assert (IndividualAccount(account_id=5), OrganizationAccount(account_id=5)) == (
        individual,
        organization,
    )
    with pytest.raises(
        ProtocolError, match=r"^retrieveIndividualAccount: .*\[individualAccount\]$"
    ):
        RetrieveIndividualAccount(5).parse({"organizationAccount": {}})


@pytest.mark.parametrize(
    ("cls", "member"),
    [
        (RetrieveIndividualAccount, "individualAccount"),
        (RetrieveOrganizationAccount, "organizationAccount"),
    ],
)
@pytest.mark.parametrize(
    ("account", "came"), [({"accountId": 7}, "the id 7"), ({"url": "example.org"}, "no id")]
)
def test_another_account_is_no_answer(cls: Any, member: str, account: Any, came: str) -> None:
    """An account with another id than the one asked for, or none, is refused."""
    with pytest.raises(ProtocolError) as caught:
        cls(5).parse({member: account})

    assert (
        f"{cls(5).name}: asked for account 5, got an account with {came}. When accounts were "
        f"merged, resolve_account_id returns the current id [{member}.accountId]"
    ) == str(caught.value)


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ("merged", MergeHistory(12345, 101177, [12345, 10930, 12423])),
        ("current", MergeHistory(101177, 101177, [12345, 10930, 12423])),
        ("none", MergeHistory(18948, 18948, [])),
    ],
)
def test_merge_histories(case: str, expected: MergeHistory) -> None:
    """The three replies of the page."""
    payload = samples.payload(f"retrieveDuplicateMergeHistory-{case}")

    assert expected == RetrieveDuplicateMergeHistory(12345).parse(payload)


@pytest.mark.parametrize(
    "error",
    [
        HTTPStatusError("HTTP 404", status=404),
        APIError(1, "m", [ErrorDetail(1, "m")], "retrieveDuplicateMergeHistory"),
    ],
)
def test_a_method_that_does_not_exist(error: NeonError) -> None:
    """The page says so of itself; the error says it too, and keeps what v1 said."""
    explained = RetrieveDuplicateMergeHistory(5).explain(error)

    assert isinstance(explained, NotFoundError)
    assert "a specification of a method that does not exist" in str(explained)
    assert explained.operation == "retrieveDuplicateMergeHistory"
    if isinstance(error, APIError):
        assert (error.code, error.errors) == (explained.code, explained.errors)


@pytest.mark.parametrize(
    "error",
    [
        HTTPStatusError("HTTP 500", status=500),
        APIError(77),
        NotFoundError(10132),
        PermissionDeniedError(5),
        ProtocolError("x"),
    ],
)
def test_other_errors_need_no_explanation(error: NeonError) -> None:
    """What says something else stays what it is, and other operations explain nothing."""
    assert error is RetrieveDuplicateMergeHistory(5).explain(error)
    assert error is RetrieveIndividualAccount(5).explain(error)


WRITES: list[Operation[int]] = [
    UpdateIndividualAccount(accounts.INDIVIDUAL),
    CreateIndividualAccount(accounts.INDIVIDUAL),
    CreateOrganizationAccount(accounts.ORGANIZATION),
    UpdateOrganizationAccount(accounts.ORGANIZATION),
]


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: operation.name)
def test_writes_answer_with_the_id(operation: Operation[int]) -> None:
    """They write, and come back with the account's id."""
    assert Effect.WRITE is operation.effect
    assert f"account/{operation.name}" == operation.path
    assert 123937 == operation.parse(samples.payload("createOrganizationAccount"))
    assert 5 == operation.parse({"accountId": "5"})
    with pytest.raises(ProtocolError, match=r"got nothing \[accountId\]$"):
        operation.parse({})


@pytest.mark.parametrize("operation", WRITES, ids=lambda operation: operation.name)
def test_writes_do_not_show_what_they_carry(operation: Operation[int]) -> None:
    """The repr of an operation names no person."""
    assert "Jennifer" not in repr(operation)
    assert "fake-password" not in repr(operation)
