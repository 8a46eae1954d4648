"""Client methods that write whole accounts, as documented."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, Literal

from neon_async import operations
from neon_async._client.activities import ActivityMethods
from neon_async._pipeline.secrecy import guarded
from neon_async.operations._validation import require_choice

if TYPE_CHECKING:
    from neon_async._writing.recovery import Creation
    from neon_async.models import (
        ConsentInformation,
        IndividualAccount,
        OrganizationAccount,
    )


class WriteMethods(ActivityMethods):
    """Creating and replacing accounts."""

    @abc.abstractmethod
    async def _pause(self, seconds: float) -> None:
        """Let time pass, unless the client closes."""

    @guarded
    async def update_individual_account(
        self, account: IndividualAccount, *, consent: ConsentInformation | None = None
    ) -> int:
        """Replace the whole account of a person, and return its id.

        **What is omitted or blank is deleted**: every attribute that is None or `""`, custom
        fields included. `edit_individual_account` keeps what the change does not name; this
        method needs a complete account, as `retrieve_individual_account` returns it. Addresses
        without an `address_id` become new ones. An account with anything in an `extra` is
        refused, since that has no parameter; an edit says what would be lost, and may lose it.
        Reference page: Update Individual Account.

        Args:
            account: the complete account.
            consent: the consents. v1 sets all others to NOT_ASKED.

        Raises:
            InvalidRequestError: a rule of the page is broken, or the account holds something for
                which the operation has no parameter.
            OutcomeUnknownError: it may or may not have happened.
        """
        operation = operations.UpdateIndividualAccount(account, consent)
        return await self.send(operation)

    @guarded
    async def update_organization_account(
        self, account: OrganizationAccount, *, consent: ConsentInformation | None = None
    ) -> int:
        """Replace the whole account of an organization, and return its id.

        **Omitted or blank fields are deleted**: see `update_individual_account`. The method has
        no reference page; `operations.UpdateOrganizationAccount` says what is known.

        Args:
            account: the complete account.
            consent: the consents. v1 sets all others to NOT_ASKED.

        Raises:
            InvalidRequestError: a rule of the page is broken, or the account holds something for
                which the operation has no parameter.
            OutcomeUnknownError: it may or may not have happened.
        """
        operation = operations.UpdateOrganizationAccount(account, consent)
        return await self.send(operation)

    @guarded
    async def create_individual_account(
        self,
        account: IndividualAccount,
        *,
        consent: ConsentInformation | None = None,
        origin_detail: str | None = None,
        send_acknowledge_email: bool | None = None,
        on_unknown: Literal["raise", "find"] = "raise",
    ) -> int:
        """Make a new account of a person, and return its id.

        The client never re-sends it by itself. The method has no reference page;
        `operations.CreateIndividualAccount` says what is known.

        Args:
            account: the person, without any ids.
            consent: the consents; v1's default is NOT_ASKED.
            origin_detail: the App ID of an integration partner's application.
            send_acknowledge_email: whether v1 sends its account creation e-mail; it does not when
                None.
            on_unknown: what to do when the reply is lost; see `create_organization_account`.

        Raises:
            InvalidRequestError: a rule is broken, or the account holds something for which the
                operation has no parameter.
            OutcomeUnknownError: it may or may not have happened.
        """
        operation = operations.CreateIndividualAccount(
            account, consent, origin_detail, send_acknowledge_email
        )
        return await self._create(operation, on_unknown)

    @guarded
    async def create_organization_account(
        self,
        account: OrganizationAccount,
        *,
        consent: ConsentInformation | None = None,
        origin_detail: str | None = None,
        send_acknowledge_email: bool | None = None,
        on_unknown: Literal["raise", "find"] = "raise",
    ) -> int:
        """Make a new account of an organization, and return its id.

        The client never re-sends it by itself. Reference page: Create Organization Account.

        When the connection breaks after the request was sent, the account may or may not have
        been made. With `on_unknown="find"` the client then looks for it: among the accounts
        changed since the request, by the server's clock, for one that was created since, and
        that says all that was sent. It looks up to three times within four seconds. Exactly one
        is returned, as a `RecoveredId`; otherwise `OutcomeUnknownError.found` lists the ids.
        An account that somebody else made with the same data in the same seconds can't be
        distinguished from it.

        Args:
            account: the organization, without an `account_id`.
            consent: consents of its primary contact; v1's default is NOT_ASKED.
            origin_detail: the App ID of an integration partner's application.
            send_acknowledge_email: whether v1 sends its account creation e-mail; it does not when
                None.
            on_unknown: what to do when the reply is lost: `"raise"`, or `"find"` to look for
                the account first.

        Raises:
            InvalidRequestError: a rule of the page is broken, or the account holds something for
                which the operation has no parameter.
            OutcomeUnknownError: it may or may not have happened.
        """
        operation = operations.CreateOrganizationAccount(
            account, consent, origin_detail, send_acknowledge_email
        )
        return await self._create(operation, on_unknown)

    async def _create(self, operation: Creation, on_unknown: str) -> int:
        # Checked before anything is sent: a misspelling must not come to light when a reply is
        # lost.
        require_choice(on_unknown, ("raise", "find"), "on_unknown")
        # v1 has no idempotency key: what a lost reply created can only be looked for.
        if on_unknown == "find":
            from neon_async._writing.recovery import create_or_find

            return await create_or_find(self, operation, self._pause)
        return await self.send(operation)
