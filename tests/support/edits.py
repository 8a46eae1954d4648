"""Changes to make in tests, and what the emulator saw of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import attrs

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async import Address
    from neon_async.emulator import Emulator

READ, WRITE = "retrieveIndividualAccount", "updateIndividualAccount"
ADDRESS = "primaryContact.addresses.address"
RESET = frozenset({"consentInformation"})  # what an edit accepts that leaves consents alone


def methods(emulator: Emulator) -> list[str]:
    """What was asked for, in order."""
    return [request.method for request in emulator.requests]


def addresses(account: Any) -> list[Address]:
    """The addresses of an account that has some."""
    found: list[Address] = account.primary_contact.addresses
    return found


def drop_last_address(account: Any) -> None:
    """A change that takes an address away."""
    addresses(account).pop()


def to(url: str) -> Callable[[Any], Any]:
    """Return a change of the account's web site."""
    return lambda account: attrs.evolve(account, url=url)


def put(path: str, value: Any) -> Callable[[Any], None]:
    """A change of one attribute below the account; numbers are indexes."""

    def change(account: Any) -> None:
        *way, last = path.split(".")
        for step in way:
            account = account[int(step)] if step.isdigit() else getattr(account, step)
        setattr(account, last, value)

    return change
