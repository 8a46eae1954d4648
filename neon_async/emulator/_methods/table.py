"""The table of API methods: what answers them, which parameters they take, and their codes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs

from neon_async.emulator._methods import (
    account_writes,
    activity_writes,
    lists,
    search,
    transactions,
)
from neon_async.emulator._methods import accounts as accounts_module
from neon_async.emulator._methods import activities as activities_module
from neon_async.emulator._methods import parameters as parameters_module
from neon_async.emulator._methods.parameters import RESPONSE_TYPE, SESSION, Parameter
from neon_async.emulator._state.state import EmulatorState
from neon_async.emulator._wire.codes import TEXTS
from neon_async.emulator._wire.messages import Fields, Json

if TYPE_CHECKING:
    from collections.abc import Iterable

Answer = Callable[[EmulatorState, Fields], Json]


@attrs.frozen
class ApiMethod:
    """One API method.

    Attributes:
        path: section and name.
        answer: returns the payload, or raises `RefusedError`.
        own: the parameters besides those that every method has.
        codes: the codes that only this kind of method answers with.
        title: what it does, in a sentence.
        in_session: whether it needs the id of a session.
        known: whether its parameters are known, so that others can be reported.
    """

    path: str
    answer: Answer
    title: str
    own: tuple[Parameter, ...] = ()
    codes: tuple[int, ...] = ()
    writes: bool = False
    in_session: bool = True
    known: bool = True

    @property
    def section(self) -> str:
        """The first half of the path."""
        return self.path.partition("/")[0]

    @property
    def name(self) -> str:
        """The second half of the path."""
        return self.path.partition("/")[2]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        return (*((SESSION,) if self.in_session else ()), *self.own, RESPONSE_TYPE)

    @property
    def root(self) -> str:
        """The one key of its replies."""
        return root_key(self.name)


def root_key(name: str) -> str:
    """Return the root key of a method's replies."""
    return name if name in _BARE_ROOTS else f"{name}Response"


# Seen so on v1's pages and in public programs: most methods about donations and events have no
# ending. Clients that do well take the first key, whatever its name.
_BARE_ROOTS = {
    "listCampaigns",
    "listEvents",
    "listFunds",
    "listPurposes",
    "retrieveDuplicateMergeHistory",
    "retrieveEventAttendees",
}


def _login(state: EmulatorState, fields: Fields) -> Json:
    return state.sessions.login(fields, state.now())


def _logout(state: EmulatorState, fields: Fields) -> Json:
    return state.sessions.logout(fields, state.now())


def _codes(*spans: tuple[int, int]) -> tuple[int, ...]:
    return tuple(code for first, last in spans for code in TEXTS if first <= code <= last)


def _account_methods() -> Iterable[ApiMethod]:
    individual = _codes((10001, 10023))
    organization = (10007, 10020, 10021, 10023, *_codes((10050, 10071)))
    yield ApiMethod(
        "account/createIndividualAccount",
        account_writes.create_individual_account,
        "Creates an account of a person.",
        parameters_module.individual(update=False),
        (*individual, 10036, 10037),
        writes=True,
    )
    yield ApiMethod(
        "account/createOrganizationAccount",
        account_writes.create_organization_account,
        "Creates an account of an organization.",
        parameters_module.organization(update=False),
        (10036, 10037, *organization),
        writes=True,
    )
    yield ApiMethod(
        "account/updateIndividualAccount",
        account_writes.update_individual_account,
        "Replaces the account of a person; omitted or blank fields are deleted.",
        parameters_module.individual(update=True),
        (*individual, *_codes((10024, 10037))),
        writes=True,
    )
    yield ApiMethod(
        "account/updateOrganizationAccount",
        account_writes.update_organization_account,
        "Replaces the account of an organization; omitted or blank fields are deleted.",
        parameters_module.organization(update=True),
        (10036, 10037, *organization, 10131, 10132),
        writes=True,
    )
    yield ApiMethod(
        "account/retrieveIndividualAccount",
        accounts_module.retrieve_individual_account,
        "Returns the complete account of a person.",
        parameters_module.ACCOUNT_ID,
        (10030, 10031),
    )
    yield ApiMethod(
        "account/retrieveOrganizationAccount",
        accounts_module.retrieve_organization_account,
        "Returns the complete account of an organization.",
        parameters_module.ACCOUNT_ID,
        (10131, 10132),
    )
    yield ApiMethod(
        "account/retrieveDuplicateMergeHistory",
        accounts_module.retrieve_duplicate_merge_history,
        "Returns which accounts were merged into an account, and its current id.",
        parameters_module.ACCOUNT_ID,
        (10131, 10132),
    )


def _sync_methods() -> Iterable[ApiMethod]:
    yield ApiMethod(
        "account/syncAccounts",
        accounts_module.sync_accounts,
        "Returns the accounts that changed within a range of time, or that have certain ids.",
        parameters_module.SYNC_ACCOUNTS,
        (10240, 10242),
    )
    yield ApiMethod(
        "account/syncActivities",
        activities_module.sync_activities,
        "Returns the activities that changed within a range of time, or that have certain ids.",
        parameters_module.SYNC_ACTIVITIES,
        (10240, 10242),
    )


def _activity_methods() -> Iterable[ApiMethod]:
    custom_fields = _codes((10015, 10021))
    yield ApiMethod(
        "account/addActivity",
        activity_writes.add_activity,
        "Creates an activity.",
        parameters_module.activity(update=False),
        custom_fields,
        writes=True,
    )
    yield ApiMethod(
        "account/updateActivity",
        activity_writes.update_activity,
        "Replaces an activity; omitted or blank fields are deleted.",
        parameters_module.activity(update=True),
        (*custom_fields, 10200, 10201),
        writes=True,
    )
    yield ApiMethod(
        "account/retrieveActivity",
        activities_module.retrieve_activity,
        "Returns the complete activity.",
        parameters_module.ACTIVITY_ID,
        (10200, 10201),
    )


def _lists() -> Iterable[ApiMethod]:
    answers = {
        "AddressTypes": (lists.list_address_types, "types of addresses"),
        "Countries": (lists.list_countries, "countries"),
        "Genders": (lists.list_genders, "genders"),
        "IndividualTypes": (lists.list_individual_types, "types of individuals"),
        "OrganizationTypes": (lists.list_organization_types, "types of organizations"),
        "Prefixes": (lists.list_prefixes, "prefixes of names"),
        "Sources": (lists.list_sources, "sources of accounts"),
        "States": (lists.list_states, "states and provinces"),
    }
    for name, (answer, what) in answers.items():
        yield ApiMethod(f"account/list{name}", answer, f"Returns the {what}.")


def _searches() -> Iterable[ApiMethod]:
    for path, answer, what in (
        ("account/listAccounts", search.list_accounts, "accounts"),
        ("account/listActivities", search.list_activities, "activities"),
        ("donation/listDonations", search.list_donations, "donations"),
        ("event/listEvents", search.list_events, "events"),
        ("membership/listMemberships", search.list_memberships, "memberships"),
    ):
        yield ApiMethod(path, answer, f"Searches for {what}.", parameters_module.SEARCH)


def _transaction_methods() -> Iterable[ApiMethod]:
    yield ApiMethod("donation/listCampaigns", lists.list_campaigns, "Returns the campaigns.")
    yield ApiMethod("donation/listFunds", lists.list_funds, "Returns the funds.")
    yield ApiMethod("donation/listPurposes", lists.list_purposes, "Returns the purposes.")
    yield ApiMethod(
        "event/retrieveEventAttendees",
        transactions.retrieve_event_attendees,
        "Returns the attendees of an event.",
        parameters_module.EVENT_ATTENDEES,
    )
    yield ApiMethod(
        "membership/listMembershipHistory",
        transactions.list_membership_history,
        "Returns the memberships of an account.",
        parameters_module.ACCOUNT_ID,
        (10131, 10132),
    )


def _common_methods() -> Iterable[ApiMethod]:
    yield ApiMethod(
        "common/login",
        _login,
        "Opens a session, which ends after 30 minutes without use.",
        parameters_module.LOGIN,
        (10, 12, 13, 14),
        in_session=False,
    )
    yield ApiMethod("common/logout", _logout, "Ends the session.")
    yield ApiMethod(
        "common/listCustomFields",
        lists.list_custom_fields,
        "Returns the custom fields of one component.",
        parameters_module.COMPONENT,
    )


METHODS = {
    method.path: method
    for method in sorted(
        (
            *_account_methods(),
            *_activity_methods(),
            *_sync_methods(),
            *_lists(),
            *_searches(),
            *_transaction_methods(),
            *_common_methods(),
        ),
        key=lambda method: method.path,
    )
}
"""Every method that an emulator starts with, by its path."""
