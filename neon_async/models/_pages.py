"""Pages of results, and the block that says which page it is."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import attrs

from neon_async.models._accounts import Account, IndividualAccount, OrganizationAccount
from neon_async.models._activities import Activity
from neon_async.models._base import Model, extra_field, page_list


@attrs.frozen(eq=False, unsafe_hash=True)
class PageInfo(Model):
    """Which page a reply holds.

    Attributes:
        current_page: number of the page, from 1.
        page_size: most records a page, as the server applied it.
        total_page: how many pages there are.
        total_results: how many records there are.
        sort_column: what the records are sorted by, where the server says it.
        sort_direction: `"ASC"` or `"DESC"`, where the server says it.
    """

    current_page: int
    page_size: int
    total_page: int
    total_results: int
    # v1 repeats what was asked for, which does not mean that it sorted so.
    sort_column: str | None = None
    sort_direction: str | None = None
    extra: Mapping[str, Any] = extra_field()


@attrs.frozen
class Unreadable:
    """A record on a page that has no usable id, or a deleted record's id that is none.

    Its id is missing, null, blank, below 1, or no whole number; or it is no object at all. Its
    representation shows the position only.

    Attributes:
        position: place among the records of the page, individuals before organizations, or in
            the list of deleted ids; from 0.
        value: the JSON value, as received.
        path: where it is in the reply, such as `"activities.activity[17]"`.
    """

    position: int
    value: Any = attrs.field(repr=False, hash=False)
    path: str = attrs.field(default="", repr=False, eq=False, kw_only=True)


def unreadable_field() -> Any:
    """Declare the field for what has no usable id, which is taken out of the page's lists."""
    return attrs.field(default=(), hash=False, metadata={"on_wire": False})


class ResultPage(Model):
    """One page of records, whichever method lists them."""

    __slots__ = ()

    page: PageInfo | None
    unreadable: tuple[Unreadable, ...]

    @property
    @abc.abstractmethod
    def items(self) -> Sequence[Any]:
        """The records of the page."""

    @property
    @abc.abstractmethod
    def keys(self) -> Sequence[object]:
        """The identities of the records."""

    @property
    def deleted_ids(self) -> Sequence[int]:
        """The ids of deleted records, which only the sync methods list."""
        return ()


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class AccountsPage(ResultPage):
    """One page of syncAccounts.

    `deleted_account_ids` holds accounts that were deleted or merged away; v1 does not say which.
    `unreadable` holds what has no usable id, and is in none of the lists.
    """

    individual_accounts: list[IndividualAccount] = page_list(
        "individualAccount", record_id="account_id"
    )
    organization_accounts: list[OrganizationAccount] = page_list(
        "organizationAccount", record_id="account_id"
    )
    # Merged accounts are among them: only the merge history distinguishes them.
    deleted_account_ids: list[int] = page_list("accountId", wire="deletedAccountList")
    page: PageInfo | None = None
    response_date_time: datetime | None = None
    unreadable: tuple[Unreadable, ...] = unreadable_field()
    extra: Mapping[str, Any] = extra_field()

    @property
    def accounts(self) -> list[Account]:
        """The individuals and then the organizations, each in the order of the reply."""
        return [*self.individual_accounts, *self.organization_accounts]

    @property
    def items(self) -> list[Account]:
        """The records of the page."""
        return self.accounts

    @property
    def keys(self) -> list[object]:
        """The record's identity, which is the record itself without an id."""
        # In a reply each has an id, or is unreadable. A page made by hand may hold others.
        return [account.account_id or account for account in self.accounts]

    @property
    def deleted_ids(self) -> list[int]:
        """The ids of deleted records."""
        return self.deleted_account_ids


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class ActivitiesPage(ResultPage):
    """One page of syncActivities.

    `unreadable` holds what has no usable id, and is in none of the lists.
    """

    activities: list[Activity] = page_list("activity", record_id="activity_id")
    deleted_activity_ids: list[int] = page_list("activityId", wire="deletedActivityIdList")
    page: PageInfo | None = None
    response_date_time: datetime | None = None
    unreadable: tuple[Unreadable, ...] = unreadable_field()
    extra: Mapping[str, Any] = extra_field()

    @property
    def items(self) -> list[Activity]:
        """The records of the page."""
        return self.activities

    @property
    def keys(self) -> list[object]:
        """The record's identity, which is the record itself without an id."""
        return [activity.activity_id or activity for activity in self.activities]

    @property
    def deleted_ids(self) -> list[int]:
        """The ids of deleted records."""
        return self.deleted_activity_ids
