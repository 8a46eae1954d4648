"""The organization that is probed: one client, and the replies that several probes read."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Any, Final, Literal, TypeGuard

import attrs

from neon_async import (
    AccountsPage,
    AsyncClient,
    NeonError,
    Unreadable,
)
from neon_async.cli._probes.observation import failure_text
from neon_async.cli._probes.transport import Encoding, ProbeTransport
from neon_async.cli._times import EPOCH
from neon_async.operations import Effect

SYNC_ACCOUNTS: Final = "account/syncAccounts"
ACCOUNT_LISTS: Final = (
    ("individualAccounts", "individualAccount"),
    ("organizationAccounts", "organizationAccount"),
)
"""The ways to the lists of accounts in a reply of syncAccounts."""
SINCE: Final = ("syncAccountTimeFrom", EPOCH)
# The limit of list methods (page Querying); the sync pages name none.
LARGEST_PAGE: Final = 200
MISSING_ID: Final = 999_999_999  # NeonCRM counts from 1, in each organization


@attrs.frozen
class ProbeReply:
    """The answer to one request.

    Attributes:
        payload: the JSON of a SUCCESS; empty otherwise.
        failure: the error that it led to instead, if it did.
    """

    payload: dict[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    failure: NeonError | None = attrs.field(default=None, repr=False)

    @property
    def text(self) -> str:
        """What the server did, in words."""
        return "accepted" if self.failure is None else f"refused: {failure_text(self.failure)}"


@attrs.define
class ProbeTarget:
    """The client of the probes, and what they share.

    Attributes:
        neon: sends one request at a time.
        connect: returns a client of its own for so many requests at once.
        concurrency: how many requests at once to try; 0 for not to.
        recent: what had changed lately when the run began, for the probe at its end.
    """

    neon: AsyncClient
    transport: ProbeTransport
    http_method: Literal["POST", "GET"]
    connect: Callable[[int], AbstractAsyncContextManager[AsyncClient]]
    concurrency: int = 0
    recent: AccountsPage | None = attrs.field(default=None, repr=False)
    _page: AccountsPage | None = attrs.field(default=None, init=False, repr=False)
    _raw: dict[str, Any] | None = attrs.field(default=None, init=False, repr=False)

    async def ask(
        self, path: str, *pairs: tuple[str, Any], encoding: Encoding = Encoding.FORM
    ) -> ProbeReply:
        """Call a method that reads, and return whatever the server answers.

        Raises:
            NeonError: there was no answer, or nothing was sent.
        """
        with self.transport.encoded(encoding):
            self.transport.status = 0
            try:
                return ProbeReply(await self.neon.call(path, pairs, effect=Effect.READ))
            except NeonError as error:
                # Without a reply there is nothing to report about the server.
                if not self.transport.status:
                    raise
                return ProbeReply(failure=error)

    async def page(self) -> AccountsPage:
        """Return the first page of accounts, read once."""
        if self._page is None:
            self._page = await self.accounts(EPOCH)
        return self._page

    async def raw_page(self) -> dict[str, Any]:
        """Return the JSON of the first page of accounts, read once."""
        if self._raw is None:
            self._raw = await self.neon.call(
                SYNC_ACCOUNTS, [SINCE, ("page.pageSize", LARGEST_PAGE)]
            )
        return self._raw

    async def accounts(
        self,
        since: datetime,
        until: datetime | None = None,
        *,
        page_size: int = LARGEST_PAGE,
        **options: Any,
    ) -> AccountsPage:
        """Return the first page of accounts that changed in a range of time."""
        return await self.neon.sync_accounts(
            time_from=since,
            time_to=until,
            page_size=page_size,
            on_unreadable=ignore,
            **options,
        ).first_page()

    async def retrieve(self, account_id: int, *, organization: bool = False) -> ProbeReply:
        kind = "Organization" if organization else "Individual"
        return await self.ask(f"account/retrieve{kind}Account", ("accountId", account_id))

    async def sample_id(self) -> int | None:
        """Return the id of some account that has a last-modified time."""
        page = await self.page()
        return next(
            (account.id for account in page.accounts if account.last_modified_date_time), None
        )


def ignore(_: Unreadable) -> None:
    """Let a probe continue, since another one counts records without a usable id."""


def inner(value: Any, *names: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what lies at a path of names, or None."""
    for name in names:
        if not _is_object(value):
            return None
        value = value.get(name)
    return value


def listed(value: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    """Return the elements of a list, which may have collapsed to its only one."""
    if _is_list(value):
        return value
    return [] if value is None or value in ("", {}) else [value]


def leaves(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - any JSON
    """Yield all values that are neither objects nor lists, with the name of each."""
    if _is_object(value):
        for key, child in value.items():
            yield from leaves(child, key)
    elif _is_list(value):
        for child in value:
            yield from leaves(child, name)
    else:
        yield name, value


def _is_object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)
