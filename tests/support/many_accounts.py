"""A v1 with many accounts that stores what is sent, fast, and can die at any request."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from anyio.lowlevel import checkpoint

from neon_async import AccountChange, EditJournal
from neon_async._wire.form import Form
from neon_async._writing import AccountLocks, BulkEdit, Editor
from neon_async.operations import Effect
from tests.support import forms
from tests.support.edits import RESET, to

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async.operations import Operation

T = TypeVar("T")

ORGANIZATION = "fake-fingerprint"


class KilledError(Exception):
    """The process is dead: nothing that it does from now on counts."""


@attrs.define
class ManyAccounts:
    """People with ids from 1, whose web site is edited.

    Attributes:
        accounts: the stored accounts.
        script: what happens to the next requests of an account: None for the ordinary, an exception
            to raise instead of replying.
        requests: the requests, each as effect and account.
        written: what was written to each account, in order.
        wait: awaited before each request is processed.
        in_flight: how many requests are being processed, now and at most.
    """

    accounts: dict[int, dict[str, Any]] = attrs.field(repr=False)
    script: defaultdict[int, list[Exception | None]] = attrs.field(
        factory=lambda: defaultdict(list)
    )
    requests: list[tuple[str, int]] = attrs.field(factory=list[tuple[str, int]])
    written: defaultdict[int, list[str]] = attrs.field(factory=lambda: defaultdict(list))
    wait: Callable[[str, int], Awaitable[object]] | None = None
    in_flight: list[int] = attrs.field(factory=lambda: [0, 0])

    @classmethod
    def of(cls, count: int) -> ManyAccounts:
        """So many people."""
        contact = {"contactId": 7, "firstName": "Ada", "lastName": "Example"}
        return cls(
            {
                number: {"accountId": number, "url": "old", "primaryContact": contact}
                for number in range(1, count + 1)
            }
        )

    async def send(self, operation: Operation[T], /) -> T:
        form = forms.parse(Form.encode(operation.params()).content)
        effect = str(operation.effect.name)
        number = int(form.get("accountId") or form["individualAccount"]["accountId"])
        self.requests.append((effect, number))
        self.in_flight[0] += 1
        self.in_flight[1] = max(self.in_flight)
        try:
            await checkpoint()
            if self.wait is not None:
                await self.wait(effect, number)
            if operation.effect is Effect.WRITE:
                self.accounts[number] = form["individualAccount"]
                self.written[number].append(form["individualAccount"]["url"])
            failures = self.script[number]
            failure = failures.pop(0) if failures else None
            if failure is not None:
                raise failure
            account = copy.deepcopy(self.accounts[number])
            return operation.parse({"accountId": number, "individualAccount": account})
        finally:
            self.in_flight[0] -= 1

    def edit(
        self,
        changes: Any,
        *,
        workers: int = 3,
        journal: Path | EditJournal | None = None,
        organization: str = ORGANIZATION,
    ) -> BulkEdit:
        """Edit them as `AsyncClient.edit_many` does."""
        return BulkEdit(
            Editor(self, AccountLocks()),
            changes,
            workers=workers,
            journal=EditJournal(journal) if isinstance(journal, Path) else journal,
            organization=organization,
        )


def change(number: int, url: str = "new", **options: Any) -> AccountChange:
    """A change of an account's web site, by default with all consents reset."""
    return AccountChange(number, to(url), **{"accept_loss": RESET, **options})


def changes(numbers: Iterable[int]) -> list[AccountChange]:
    """The same for several accounts."""
    return [change(number) for number in numbers]


@attrs.define
class Killer:
    """Kills a run at one of its requests: before it is processed, or before its reply arrives.

    Attributes:
        server: the server.
        journal: the journal, of which a copy is kept as it is then.
        dice: when to kill, and how many other tasks come first.
        left: how many requests are left to live.
    """

    server: ManyAccounts
    journal: Path
    dice: random.Random
    left: int
    left_behind: bytes | None = None

    async def wait(self, _effect: str, number: int) -> None:
        """Let others come first, and die if it is time."""
        for _ in range(self.dice.randrange(4)):
            await checkpoint()
        self.left -= 1
        if self.left_behind is not None:
            raise KilledError
        if self.left <= 0:
            content = self.journal.read_bytes()
            # The last line may be torn: it was not on the disk before the last write left.
            self.left_behind = content + b'{"accountId": 1, "numb'[: self.dice.randrange(20)]
            if self.dice.random() < 0.5:
                raise KilledError
            self.server.script[number].append(KilledError())
