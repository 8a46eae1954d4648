"""Answers at the client's `send`: a v1 with one account, which stores exactly what is sent."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeVar

import attrs
from anyio.lowlevel import checkpoint

from neon_async._wire.form import Form
from neon_async._writing import INDIVIDUAL, ORGANIZATION, AccountLocks, EditOptions, Editor
from neon_async.operations import Effect
from tests.support import forms

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async import AccountEdit
    from neon_async._writing import AccountType
    from neon_async.operations import Operation

T = TypeVar("T")

KEPT = {"createdBy", "createdDateTime", "primaryContactAccountId"}


@attrs.define
class FakeAccountServer:
    """Whatever it is asked to read, it shows its payload.

    Attributes:
        payload: the payload of each reading: the account under its member.
        script: what happens to the next requests: None for the ordinary, an exception to raise.
        requests: the names of the operations that were sent.
        sent: the last form, read as JSON.
        added: what v1 adds to the account when it is written.
    """

    payload: dict[str, Any] = attrs.field(repr=False)
    script: list[Exception | None] = attrs.field(factory=list[Exception | None])
    requests: list[str] = attrs.field(factory=list[str])
    sent: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    added: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)

    async def send(self, operation: Operation[T], /) -> T:
        await checkpoint()
        self.requests.append(operation.name)
        failure = self.script.pop(0) if self.script else None
        if failure is not None:
            raise failure
        if operation.effect is Effect.READ:
            return operation.parse(copy.deepcopy(self.payload))
        self.sent = forms.parse(Form.encode(operation.params()).content)
        (member,) = self.sent.keys() - {"consentInformation"}
        old = self.payload[member]
        kept = {name: old[name] for name in KEPT & old.keys()}
        self.payload = {member: kept | self.sent[member] | self.added}
        return operation.parse(self.payload[member])

    @property
    def kind(self) -> AccountType[Any]:
        return INDIVIDUAL if "individualAccount" in self.payload else ORGANIZATION

    async def edit(
        self,
        change: Any,
        *,
        kind: Any = None,
        accept_loss: Iterable[str] = (),
        consents: str = "consentInformation",
        **named: Any,
    ) -> AccountEdit[Any]:
        """Edit the account 1; by default consents are reset."""
        editor = Editor(self, AccountLocks())
        accepted = [*accept_loss, consents]
        options = EditOptions(accept_loss=accepted, **named)
        return await editor.edit(kind or self.kind, 1, change, options)

    async def undo(self, edit: AccountEdit[Any], **options: Any) -> AccountEdit[Any]:
        """Undo an edit."""
        editor = Editor(self, AccountLocks())
        return await editor.undo(edit, **{"consent": None, "accept_loss": (), **options})


def person(**more: Any) -> FakeAccountServer:
    """A server with the account of a person; `contact` adds to its contact."""
    contact = {"contactId": 2, "firstName": "Ada", "lastName": "Example"}
    contact |= more.pop("contact", {})
    return FakeAccountServer(
        {"individualAccount": {"accountId": 1, "primaryContact": contact, **more}}
    )


def company(**more: Any) -> FakeAccountServer:
    """A server with the account of an organization."""
    return FakeAccountServer(
        {"organizationAccount": {"accountId": 1, "organizationName": "Examples", **more}}
    )
