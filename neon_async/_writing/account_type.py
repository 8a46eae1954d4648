"""The two types of account, and what differs when they are edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar, cast

import attrs

from neon_async._wire.flatten import ParameterSet
from neon_async.models import (
    Account,
    ConsentInformation,
    Contact,
    IndividualAccount,
    OrganizationAccount,
)
from neon_async.operations import (
    Operation,
    RetrieveIndividualAccount,
    RetrieveOrganizationAccount,
    UpdateIndividualAccount,
    UpdateOrganizationAccount,
)
from neon_async.operations._parameters import (
    UPDATE_INDIVIDUAL,
    UPDATE_ORGANIZATION,
    WHOLE_INDIVIDUAL,
    WHOLE_ORGANIZATION,
)

AccountT = TypeVar("AccountT", bound=Account)


@attrs.frozen
class AccountType(Generic[AccountT]):
    """One of the two kinds of account.

    Attributes:
        retrieve: the operation that reads it, whose class knows path and member.
        update: makes the operation that writes it.
        update_whole: makes one that also sends what only the page of the other kind lists.
        spec: the parameters of the operation that writes it.
        whole: the parameters of the one that sends more.
        other: the member under which a reply holds an account of the other kind.
        component: the component of custom fields that only this kind has.
    """

    cls: type[AccountT]
    retrieve: type[RetrieveIndividualAccount] | type[RetrieveOrganizationAccount]
    update: Callable[[AccountT, ConsentInformation | None], Operation[int]]
    update_whole: Callable[[AccountT, ConsentInformation | None], Operation[int]]
    spec: ParameterSet
    whole: ParameterSet
    other: str
    component: str


# The schema of v1's SOAP interface has one Contact and one Address type for both types of account,
# so v1 may take what only the page of the other lists.
@attrs.frozen
class _UpdateWholeIndividual(UpdateIndividualAccount):
    spec = WHOLE_INDIVIDUAL


@attrs.frozen
class _UpdateWholeOrganization(UpdateOrganizationAccount):
    spec = WHOLE_ORGANIZATION


INDIVIDUAL: AccountType[IndividualAccount] = AccountType(
    IndividualAccount,
    RetrieveIndividualAccount,
    UpdateIndividualAccount,
    _UpdateWholeIndividual,
    UPDATE_INDIVIDUAL,
    WHOLE_INDIVIDUAL,
    RetrieveOrganizationAccount.member,
    "Individual",
)
ORGANIZATION: AccountType[OrganizationAccount] = AccountType(
    OrganizationAccount,
    RetrieveOrganizationAccount,
    UpdateOrganizationAccount,
    _UpdateWholeOrganization,
    UPDATE_ORGANIZATION,
    WHOLE_ORGANIZATION,
    RetrieveIndividualAccount.member,
    "Organization",
)


def kind_of(account: AccountT) -> AccountType[AccountT]:
    kind = INDIVIDUAL if isinstance(account, IndividualAccount) else ORGANIZATION
    return cast("AccountType[AccountT]", kind)


def contact_of(account: Account) -> Contact:
    """Return the account's primary contact, or an empty one."""
    return account.primary_contact or Contact()
