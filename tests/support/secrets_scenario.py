"""The emulator behind an HTTP engine that fails on demand, and every method of the client."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

import attrs
import httpx
from anyio.lowlevel import checkpoint

from neon_async import (
    AccountChange,
    Activity,
    ActivityPriority,
    AsyncClient,
    Contact,
    IdName,
    IndividualAccount,
    OrganizationAccount,
    RetryPolicy,
    operations,
)
from neon_async.emulator import Emulator
from tests.support.edits import RESET
from tests.support.fault_steps import answers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from tests.support.fault_server import FaultServer

Fault: TypeAlias = "Callable[[httpx.Request], Awaitable[httpx.Response]]"

ORG_ID = "canary-organization-4711"
API_KEY = "canary-api-key-0815"
DONOR = "canary.donor@example.org"
REQUESTS = 9  # at which a test tries something; edits and their undoing take eight
OPTIONS: dict[str, Any] = {"retry": RetryPolicy(attempts=2, base=0.0), "page_size": 2}
FIRST_ACTIVITY = 501  # of those that the emulator makes
EVER = datetime(1990, 1, 1, tzinfo=UTC)


class Engine(httpx.ASGITransport):
    """Lets requests through to the emulator, until one fails.

    Attributes:
        fault: what happens to requests instead; None to let all of them through.
        good: how many requests besides logins are let through before the fault begins.
        fails_logins: whether the fault is about logins, and nothing else.
        seen: the API methods requested, in order.
    """

    def __init__(self, emulator: Emulator) -> None:
        super().__init__(app=emulator)
        self.fault: Fault | None = None
        self.good = 0
        self.fails_logins = False
        self.seen: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer, or fail."""
        method = request.url.path.rpartition("/")[2]
        self.seen.append(method)
        await checkpoint()  # a network takes its time
        if self.fault is not None and self._fails(method):
            return await self.fault(request)
        if method.endswith("Anything"):
            envelope = {"operationResult": "SUCCESS", "email1": DONOR}
            return httpx.Response(200, json={f"{method}Response": envelope})
        return await super().handle_async_request(request)

    def _fails(self, method: str) -> bool:
        if method == "login" or self.fails_logins:
            return self.fails_logins and method == "login"
        self.good -= 1
        return self.good < 0


@attrs.define(eq=False)
class Scenario:
    """An organization with a few records, and a client of it."""

    emulator: Emulator
    engine: Engine
    neon: AsyncClient
    person: int
    company: int

    @classmethod
    def set_up(cls, **options: Any) -> Scenario:
        emulator = Emulator(accounts=0, activities=0, org_id=ORG_ID, api_key=API_KEY)
        contact = {"firstName": "Canary", "lastName": "Donor", "email1": DONOR}
        company = emulator.create_organization(primaryContact=contact)
        people = [emulator.create_individual(primaryContact=contact) for _ in range(5)]
        emulator.delete_account(emulator.create_individual(primaryContact=contact))
        for _ in range(3):
            emulator.create_activity(subject="Call", note=DONOR)
        return cls._with_client(emulator, people[0], company, options)

    @classmethod
    def _with_client(
        cls, emulator: Emulator, person: int, company: int, options: dict[str, Any]
    ) -> Scenario:
        engine = Engine(emulator)
        neon = emulator.client(transport=engine, **OPTIONS | options)
        return cls(emulator, engine, neon, person, company)

    def again(self, **options: Any) -> Scenario:
        """Return another client of the same organization: setting that up takes longer."""
        return self._with_client(self.emulator, self.person, self.company, options)

    async def call(self, name: str) -> object:
        """Use a method of the client, as `CALLS` says."""
        return await CALLS[name](self)

    def on_socket(self, server: FaultServer, **options: Any) -> Scenario:
        """Let a server answer for the emulator, and return the scene with a client of it."""
        server.answer(answers(self.emulator))
        url = server.url + urlsplit(self.emulator.base_url).path
        return attrs.evolve(
            self, neon=AsyncClient(ORG_ID, API_KEY, base_url=url, **OPTIONS | options)
        )

    def edited(self, account: IndividualAccount | OrganizationAccount) -> None:
        """Change an account that is being edited."""
        contact = account.primary_contact
        assert contact is not None
        contact.last_name = f"{contact.last_name} changed"


def _contact() -> Contact:
    return Contact(first_name="Canary", last_name="Donor", email1=DONOR)


def _person() -> IndividualAccount:
    return IndividualAccount(primary_contact=_contact())


def _company() -> OrganizationAccount:
    return OrganizationAccount(organization_name="Canary", primary_contact=_contact())


def _phone_call(scenario: Scenario, **more: Any) -> Activity:
    return Activity(
        subject="Call",
        note=DONOR,
        start_date_time=EVER,
        client_id=scenario.person,
        activity_status=IdName(name="Completed"),
        activity_priority=ActivityPriority.NORMAL,
        **more,
    )


async def _all(items: AsyncIterator[object]) -> int:
    return len([item async for item in items])


async def _ahead(context: AbstractAsyncContextManager[AsyncIterator[object]]) -> int:
    async with context as items:
        return await _all(items)


async def _logout(scenario: Scenario) -> None:
    await scenario.neon.login()
    await scenario.neon.logout()


async def _update_person(scenario: Scenario) -> int:
    account = await scenario.neon.retrieve_individual_account(scenario.person)
    return await scenario.neon.update_individual_account(account)


async def _update_company(scenario: Scenario) -> int:
    account = await scenario.neon.retrieve_organization_account(scenario.company)
    return await scenario.neon.update_organization_account(account)


async def _undo(scenario: Scenario) -> object:
    edit = await scenario.neon.edit_individual_account(
        scenario.person, scenario.edited, accept_loss=RESET
    )
    return await scenario.neon.undo_edit(edit)


async def _edit_many(scenario: Scenario) -> object:
    changes = [
        AccountChange(scenario.person, scenario.edited, accept_loss=RESET),
        AccountChange(scenario.company, scenario.edited, kind="organization", accept_loss=RESET),
    ]
    async with scenario.neon.edit_many(changes) as outcomes:
        return [outcome async for outcome in outcomes]


async def _attendees(scenario: Scenario) -> object:
    events = await scenario.neon.search_events([], output_fields=[]).collect()
    event_id = events[0].id if events else 1
    return await scenario.neon.retrieve_event_attendees(event_id).collect()


BY_EMAIL = [("Email", "EQUAL", DONOR)]

CALLS: dict[str, Callable[[Scenario], Awaitable[object]]] = {
    "login": lambda s: s.neon.login(),
    "logout": _logout,
    "send": lambda s: s.neon.send(operations.RawCall("account/listAnything", {"email": DONOR})),
    "call": lambda s: s.neon.call("account/createAnything", {"email": DONOR}),
    "sync_accounts": lambda s: _all(aiter(s.neon.sync_accounts(time_from=EVER))),
    "sync_accounts pages": lambda s: _all(s.neon.sync_accounts(time_from=EVER).pages()),
    "sync_accounts first_page": lambda s: s.neon.sync_accounts(time_from=EVER).first_page(),
    "sync_accounts collect": lambda s: s.neon.sync_accounts(time_from=EVER).collect(),
    "sync_accounts lookahead": lambda s: _ahead(s.neon.sync_accounts(time_from=EVER).lookahead()),
    "sync_accounts lookahead_pages": lambda s: _ahead(
        s.neon.sync_accounts(time_from=EVER).lookahead_pages(2)
    ),
    "sync_activities": lambda s: _all(aiter(s.neon.sync_activities(time_from=EVER))),
    "sync_activities lookahead": lambda s: _ahead(
        s.neon.sync_activities(time_from=EVER).lookahead()
    ),
    "update_individual_account": _update_person,
    "update_organization_account": _update_company,
    "create_individual_account": lambda s: s.neon.create_individual_account(_person()),
    "create_individual_account find": lambda s: s.neon.create_individual_account(
        _person(), on_unknown="find"
    ),
    "create_organization_account": lambda s: s.neon.create_organization_account(_company()),
    "edit_individual_account": lambda s: s.neon.edit_individual_account(
        s.person, s.edited, accept_loss=RESET
    ),
    "edit_organization_account": lambda s: s.neon.edit_organization_account(
        s.company, s.edited, accept_loss=RESET
    ),
    "edit_many": _edit_many,
    "undo_edit": _undo,
    "account_changes": lambda s: _ahead(s.neon.account_changes(EVER, page_size=2)),
    "account_changes merges": lambda s: _ahead(s.neon.account_changes(EVER, merges=True)),
    "activity_changes": lambda s: _ahead(s.neon.activity_changes(EVER)),
    "resolve_account_id": lambda s: s.neon.resolve_account_id(s.person),
    "resolve_account_ids": lambda s: s.neon.resolve_account_ids([s.person, s.company]),
    "reconcile": lambda s: s.neon.reconcile([s.person], ids=[s.company]),
    "retrieve_duplicate_merge_history": lambda s: s.neon.retrieve_duplicate_merge_history(s.person),
    "retrieve_individual_account": lambda s: s.neon.retrieve_individual_account(s.person),
    "retrieve_organization_account": lambda s: s.neon.retrieve_organization_account(s.company),
    "list_prefixes": lambda s: s.neon.list_prefixes(),
    "list_genders": lambda s: s.neon.list_genders(),
    "list_states": lambda s: s.neon.list_states(),
    "list_countries": lambda s: s.neon.list_countries(),
    "list_address_types": lambda s: s.neon.list_address_types(),
    "list_sources": lambda s: s.neon.list_sources(),
    "list_individual_types": lambda s: s.neon.list_individual_types(),
    "list_organization_types": lambda s: s.neon.list_organization_types(),
    "retrieve_activity": lambda s: s.neon.retrieve_activity(FIRST_ACTIVITY),
    "add_activity": lambda s: s.neon.add_activity(_phone_call(s)),
    "update_activity": lambda s: s.neon.update_activity(_phone_call(s, activity_id=FIRST_ACTIVITY)),
    "list_custom_fields": lambda s: s.neon.list_custom_fields("Account"),
    "search_accounts": lambda s: _all(aiter(s.neon.search_accounts(BY_EMAIL, output_fields=[45]))),
    "search_accounts lookahead": lambda s: _ahead(
        s.neon.search_accounts(BY_EMAIL, output_fields=["Email 1"]).lookahead()
    ),
    "search_activities": lambda s: s.neon.search_activities([], output_fields=[]).collect(),
    "search_donations": lambda s: s.neon.search_donations([], output_fields=[]).collect(),
    "search_events": lambda s: s.neon.search_events([], output_fields=[]).collect(),
    "search_memberships": lambda s: s.neon.search_memberships([], output_fields=[]).collect(),
    "retrieve_event_attendees": _attendees,
    "list_membership_history": lambda s: s.neon.list_membership_history(s.person),
    "list_campaigns": lambda s: s.neon.list_campaigns(),
    "list_funds": lambda s: s.neon.list_funds(),
    "list_purposes": lambda s: s.neon.list_purposes(),
}

# Those of several requests, one of each kind.
LONG = [
    "sync_accounts",
    "sync_accounts collect",
    "sync_accounts lookahead",
    "create_individual_account find",
    "undo_edit",
    "account_changes",
    "account_changes merges",
    "reconcile",
]


def public_methods() -> set[str]:
    """Every method of the client that sends something."""
    methods = inspect.getmembers(AsyncClient, inspect.isfunction)
    return {name for name, _ in methods if not name.startswith("_")} - {"aclose", "with_options"}
