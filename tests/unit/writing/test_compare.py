"""Edits that meet each other, or somebody else's: nothing is overwritten that can be seen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest

from neon_async import Address, AsyncClient, ConflictError, IndividualAccount
from neon_async._writing import AccountLocks
from tests.support import account_server
from tests.support.edits import READ, RESET, WRITE, addresses, methods

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async.emulator import Emulator


def meanwhile(emulator: Emulator, person: int, times: int, **fields: Any) -> Callable[[Any], Any]:
    """A change during which somebody else changes the account, too; its record says how often."""
    calls: list[str] = []

    def change(account: IndividualAccount) -> IndividualAccount:
        calls.append("x")
        if len(calls) <= times:
            emulator.clock.advance(1)
            emulator.change_account(person, **{"facebookPage": "x" * len(calls), **fields})
        return attrs.evolve(account, url=f"https://example.org/{len(calls)}")

    return change


async def test_a_conflict(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """Somebody else's change between the readings is an error with both versions."""
    with pytest.raises(ConflictError, match="nothing was written") as caught:
        await neon.edit_individual_account(
            person, meanwhile(emulator, person, 1), accept_loss=RESET
        )

    before, current = caught.value.before, caught.value.current
    assert isinstance(before, IndividualAccount)
    assert isinstance(current, IndividualAccount)
    assert ("https://social.example.org/f/1", "x") == (before.facebook_page, current.facebook_page)
    assert [READ, READ] == methods(emulator)


async def test_any_field_is_a_conflict(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """The last-modified time alone does not decide: a server may forget to move it."""
    record = emulator.account(person)
    assert record is not None
    same_time = {"lastModifiedDateTime": record["lastModifiedDateTime"]}
    same_time |= {"lastModifiedBy": record["lastModifiedBy"]}

    with pytest.raises(ConflictError):
        await neon.edit_individual_account(
            person, meanwhile(emulator, person, 1, **same_time), accept_loss=RESET
        )


async def test_the_time_alone_is_a_conflict(
    neon: AsyncClient, emulator: Emulator, person: int
) -> None:
    """What changed may be what v1 does not show."""
    same = {"facebookPage": "https://social.example.org/f/1"}

    with pytest.raises(ConflictError):
        await neon.edit_individual_account(
            person, meanwhile(emulator, person, 1, **same), accept_loss=RESET
        )


async def test_a_retry(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """The change is applied to the newer version, so that both are there in the end."""
    done = await neon.edit_individual_account(
        person, meanwhile(emulator, person, 4), on_conflict="retry", accept_loss=RESET
    )

    assert ("https://example.org/5", "xxxx") == (done.after.url, done.after.facebook_page)
    assert "xxxx" == done.before.facebook_page
    assert [*[READ] * 6, WRITE, READ] == methods(emulator)


async def test_retries_end(neon: AsyncClient, emulator: Emulator, person: int) -> None:
    """Somebody who writes all the time can't be waited for."""
    with pytest.raises(ConflictError):
        await neon.edit_individual_account(
            person, meanwhile(emulator, person, 99), on_conflict="retry", accept_loss=RESET
        )

    assert [READ] * 6 == methods(emulator)


async def test_order_is_no_conflict() -> None:
    """Lists whose elements come in another order say the same."""
    first, second = {"addressId": 7}, {"addressId": 8}
    person = account_server.person(contact={"addresses": {"address": [first, second]}})

    def turn(account: IndividualAccount) -> None:
        contact = person.payload["individualAccount"]["primaryContact"]
        contact["addresses"] = {"address": [second, first]}
        account.url = "https://example.org/"

    done = await person.edit(turn)

    assert "https://example.org/" == done.after.url


async def test_many_edits_at_once(neon: AsyncClient, person: int) -> None:
    """Twenty tasks edit one account, and every change is there."""

    def add(number: int) -> Callable[[IndividualAccount], None]:
        def change(account: IndividualAccount) -> None:
            addresses(account).append(Address(address_line1=f"{number} New St", city="Graz"))
            fields = account.custom_field_data_list or []
            (said,) = (one for one in fields if one.field_id == "22")
            said.field_value = f"{said.field_value} {number}"

        return change

    async with anyio.create_task_group() as tasks:
        edit = partial(neon.edit_individual_account, accept_loss=RESET)
        for number in range(20):
            tasks.start_soon(edit, person, add(number))

    account = await neon.retrieve_individual_account(person)
    lines = {address.address_line1 for address in addresses(account)}
    assert {f"{number} New St" for number in range(20)} <= lines
    assert 22 == len(addresses(account))
    said = next(one for one in account.custom_field_data_list or [] if one.field_id == "22")
    numbers = [int(word) for word in str(said.field_value).split()[1:]]
    assert [*range(20)] == sorted(numbers)
    assert 0 == len(neon._editor.locks)


async def test_other_accounts_need_not_wait() -> None:
    """Only edits of the same account take turns."""
    locks = AccountLocks()

    async with locks.lock(1), locks.lock(2):
        assert 2 == len(locks)
    assert 0 == len(locks)


async def test_a_cancelled_edit_gives_way() -> None:
    """Whether it waits for its turn or has it, its lock is free afterwards."""
    locks = AccountLocks()
    order: list[str] = []
    scopes = {name: anyio.CancelScope() for name in "abc"}

    async def edit(name: str) -> None:
        with scopes[name]:
            async with locks.lock(1):
                order.append(name)
                await anyio.sleep_forever()

    async with anyio.create_task_group() as tasks:
        for name in "abc":
            tasks.start_soon(edit, name)
            await anyio.wait_all_tasks_blocked()
        assert 1 == len(locks)
        scopes["b"].cancel()
        scopes["a"].cancel()
        await anyio.wait_all_tasks_blocked()
        assert ["a", "c"] == order
        scopes["c"].cancel()

    assert 0 == len(locks)
