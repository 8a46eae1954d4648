"""retrieveDuplicateMergeHistory."""

from typing import Any

import pytest

from neon_async.emulator import Emulator
from tests.support.emulator_caller import Caller

PATH = "account/retrieveDuplicateMergeHistory"
A, B, C, D, E = range(10_001, 10_006)


async def history(api: Caller, number: int) -> Any:
    payload = await api(PATH, ("accountId", str(number)))
    return payload["mergeHistory"]


async def test_root_key_is_the_one_of_the_page(api: Caller) -> None:
    """This reply's root key lacks the usual ending."""
    response = await api.post(PATH, ("accountId", str(A)))

    assert ["retrieveDuplicateMergeHistory"] == list(response.json())


async def test_account_without_history(api: Caller) -> None:
    """An account that nothing was merged into is its own current one."""
    assert {
        "searchedAccountId": A,
        "currentAccountId": A,
        "previousAccountIds": [],
    } == await history(api, A)


async def test_history_follows_merges_of_merges(emulator: Emulator, api: Caller) -> None:
    """Every former id leads to the current account, and to all its former ids."""
    emulator.merge_accounts(A, into=B)
    emulator.merge_accounts(B, into=C)
    emulator.clock.advance(1)
    emulator.merge_accounts(D, into=C)

    for searched in (A, B, C, D):
        assert {
            "searchedAccountId": searched,
            "currentAccountId": C,
            "previousAccountIds": [A, B, D],
        } == await history(api, searched)


@pytest.mark.parametrize(("number", "code"), [("", 10131), ("x", 10132), ("99", 10132)])
async def test_unknown_accounts_are_refused(api: Caller, number: str, code: int) -> None:
    """A missing id and an unknown one have their codes."""
    assert [code] == await api.codes(PATH, ("accountId", number))


async def test_deleted_accounts_have_no_history(emulator: Emulator, api: Caller) -> None:
    """Where the way ends in a deleted account, there is no current one."""
    emulator.delete_account(A)
    emulator.merge_accounts(B, into=C)
    emulator.delete_account(C)

    for number in (A, B, C):
        assert [10132] == await api.codes(PATH, ("accountId", str(number)))


async def test_method_can_be_unknown(emulator: Emulator, api: Caller) -> None:
    """An organization without the method says so by status 404 or by code 1."""
    emulator.remove_method("retrieveDuplicateMergeHistory")
    missing = await api.post(PATH, ("accountId", str(A)))
    emulator.remove_method("retrieveDuplicateMergeHistory", "fail")
    codes = await api.codes(PATH, ("accountId", str(A)))
    emulator.restore_method("retrieveDuplicateMergeHistory")

    assert (404, "text/html; charset=utf-8") == (
        missing.status_code,
        missing.headers["content-type"],
    )
    assert [1] == codes
    assert A == (await history(api, A))["currentAccountId"]


def test_merges_need_two_accounts(emulator: Emulator) -> None:
    """An account can't be merged into itself, nor one that does not exist."""
    with pytest.raises(ValueError, match="two different accounts, got"):
        emulator.merge_accounts(A, into=A)
    for old, into in ((A, 99), (99, A)):
        with pytest.raises(LookupError, match="99"):
            emulator.merge_accounts(old, into)
    assert A in emulator.account_ids()
