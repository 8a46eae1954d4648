"""Every keyword of a public method arrives where it counts, and not only in the signature.

Branch coverage can't see that a keyword is not handed on. Here each is set to a value of its
own, and compared with the arguments of all functions of the package that are called behind the
method.
"""

from __future__ import annotations

import contextlib
import inspect
import re
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import httpx
import pytest

import neon_async
from neon_async import (
    AccountEdit,
    AsyncClient,
    ChangeFeed,
    ConsentInformation,
    EditJournal,
    IndividualAccount,
    NeonError,
    OrganizationAccount,
    RetryPolicy,
)
from neon_async._paging.paginator import Paginator
from neon_async.operations import Effect
from tests.support.forwarding import ArgumentWatch, fresh, watching
from tests.support.secrets_scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable

SSL_CONTEXT = ssl.create_default_context()
SINCE = datetime(2020, 1, 2, tzinfo=UTC)


class _Quiet(neon_async.Hooks):
    """A hook that is only handed on."""


def values() -> dict[str, Any]:
    """A value of its own for each keyword: none is a default, and none is another's."""
    return {
        "api_key": fresh("fake-key-forwarded"),
        "accept_loss": ["consentInformation", "login"],
        "account_ids": [10_001, 10_002],
        "activity_ids": [501, 502],
        "allow_clear": ["primaryContact.fax"],
        "base_url": fresh("https://forwarding.example.org/api"),
        "journal": EditJournal(Path("nowhere") / "journal.ndjson"),
        "org_id": fresh("fake-organization-forwarded"),
        "checkpoint": neon_async.FileCheckpoint("nowhere.json"),
        "consent": ConsentInformation(email_consent_status="GIVEN"),
        "deadline": 777.5,
        "dry_run": True,
        "effect": Effect.WRITE,
        "hooks": _Quiet(),
        "http_method": "GET",
        "ids": [10_003, 10_004],
        "ignore_deleted": True,
        "lag": 61.25,
        "limiter": anyio.CapacityLimiter(7),
        "lookback": 901.75,
        "max_age": 17.5,
        "max_concurrency": 1_009,
        "merges": True,
        "on_conflict": fresh("retry"),
        "on_progress": lambda _progress: None,
        "on_unknown": fresh("find"),
        "on_unreadable": lambda _unreadable: None,
        "id_field": fresh("Some ID"),
        "output_fields": ["First Name"],
        "origin_detail": fresh("fake-app"),
        "page_size": 113,
        "proxy": fresh("http://proxy.example.org:1"),
        "retry": RetryPolicy(attempts=3),
        "send_acknowledge_email": True,
        "sort_column": fresh("accountId"),
        "sort_direction": fresh("DESC"),
        "ssl_context": SSL_CONTEXT,
        "start_page": 307,
        "time_from": SINCE,
        "time_to": SINCE + timedelta(days=3),
        "timeout": 29.125,
        "transport": httpx.MockTransport(lambda _: httpx.Response(200)),
        "until": SINCE + timedelta(days=5),
        "user_agent": fresh("fake-agent/1"),
        "verify": False,
        "workers": 1_021,
    }


# What belongs to the face itself proves nothing.
BEHIND = re.compile(r"/neon_async/(?!_client/)|attrs generated")

# A flag that chooses a way has no callee of its own: what comes behind it is the evidence.
CHOOSES = {"merges": "resolve", "on_unknown": "create_or_find"}


def arrived(watch: ArgumentWatch, keyword: str, value: object) -> bool:
    """Whether a value came behind the client's face, or what it chooses did."""
    if keyword not in CHOOSES:
        return watch.arrived(keyword, value)
    chosen = CHOOSES[keyword]
    return chosen in watch.functions() or any(
        name == chosen and argument is not None for name, argument in watch.named()
    )


def keywords_only(function: Callable[..., object]) -> list[str]:
    """Return the parameters of a function that are given by keyword."""
    parameters = inspect.signature(function).parameters
    return [name for name, parameter in parameters.items() if parameter.kind.name == "KEYWORD_ONLY"]


def positional(method: Callable[..., Any], scenario: Scenario) -> list[Any]:
    """What a method gets besides its keywords, by their names."""
    kind = "organization" if "organization" in method.__name__ else "individual"
    account_id = scenario.company if kind == "organization" else scenario.person
    classes = {"organization": OrganizationAccount, "individual": IndividualAccount}
    arguments: dict[str, Any] = {
        "account": classes[kind](),
        "account_id": account_id,
        "account_ids": [account_id],
        "change": scenario.edited,
        "changes": [],
        "criteria": [("Account ID", "EQUAL", "1")],
        "edit": AccountEdit.__new__(AccountEdit),
        "event_id": 1,
        "known_ids": [account_id],
        "path": "account/listAnything",
        "since": SINCE,
    }
    needed = [
        name
        for name, parameter in inspect.signature(method).parameters.items()
        if parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        and parameter.default is parameter.empty
    ]
    return [arguments[name] for name in needed if name != "self"]


def keywords(cls: type) -> list[Any]:
    """Each keyword of each public method."""
    methods = inspect.getmembers(cls, inspect.isfunction)
    return [
        pytest.param(name, keyword, id=f"{cls.__name__}.{name}({keyword}=)")
        for name, method in methods
        if not name.startswith("_")
        for keyword, parameter in inspect.signature(method).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]


async def run(made: object) -> None:
    """Await what a method returns, or use it; that it fails later is no matter."""
    if isinstance(made, AsyncClient):
        made.sync_accounts(time_from=SINCE)
    if inspect.iscoroutine(made):
        with contextlib.suppress(NeonError, AttributeError):
            await made


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize(("name", "keyword"), keywords(AsyncClient))
async def test_keywords_of_the_client(name: str, keyword: str) -> None:
    """What a method of the client is told reaches a function behind it."""
    value = values()[keyword]
    scenario = Scenario.set_up()
    await scenario.neon.login()
    method: Callable[..., Any] = getattr(AsyncClient, name)
    # Without `ids` all from 1 on would be asked for: some are the numbers that are to arrive.
    usual = {"ids": [], "output_fields": ["accountId"], "time_from": SINCE}
    required = {
        other: parameter_value
        for other, parameter_value in usual.items()
        if other in inspect.signature(method).parameters and other != keyword
    }

    with watching(method, BEHIND) as watch:
        await run(
            method(scenario.neon, *positional(method, scenario), **required, **{keyword: value})
        )

    await scenario.neon.aclose()
    assert arrived(watch, keyword, value)


@pytest.mark.parametrize("keyword", keywords_only(AsyncClient))
def test_keywords_of_the_constructor(keyword: str) -> None:
    """What a client is made with reaches the part that needs it."""
    value = values()[keyword]

    with watching(AsyncClient.__init__, BEHIND) as watch:
        neon = AsyncClient("fake-organization", "fake-key", **{keyword: value})
        neon.sync_accounts(time_from=SINCE)

    assert arrived(watch, keyword, value)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize(("name", "keyword"), keywords(Paginator))
async def test_keywords_of_paginators(name: str, keyword: str) -> None:
    """What an iteration is told, alone or with look-ahead, reaches what iterates."""
    value = values()[keyword]
    scenario = Scenario.set_up()
    method: Callable[..., Any] = getattr(Paginator, name)

    with watching(method, BEHIND) as watch:
        made = method(scenario.neon.sync_accounts(time_from=SINCE), **{keyword: value})
        await run(made)

    await scenario.neon.aclose()
    assert arrived(watch, keyword, value)


@pytest.mark.parametrize("name", ["lookahead", "lookahead_pages"])
async def test_workers_of_a_lookahead(name: str) -> None:
    """The number of workers, which may be given by position, is that of the look-ahead."""
    scenario = Scenario.set_up()
    workers = 1_013
    method: Callable[..., Any] = getattr(Paginator, name)

    with watching(method, BEHIND) as watch:
        method(scenario.neon.sync_accounts(time_from=SINCE), workers)

    await scenario.neon.aclose()
    assert watch.arrived("workers", workers)


@pytest.mark.parametrize("keyword", keywords_only(AccountEdit.undo))
async def test_keywords_of_an_undo(keyword: str) -> None:
    """What an undo is told reaches the editor."""
    value = values()[keyword]
    scenario = Scenario.set_up()
    change = scenario.neon.edit_individual_account(
        scenario.person, scenario.edited, accept_loss=["consentInformation"]
    )
    edit = await change

    with watching(AccountEdit.undo, BEHIND) as watch:
        await run(edit.undo(**{keyword: value}))

    await scenario.neon.aclose()
    assert arrived(watch, keyword, value)


@pytest.mark.parametrize("feed", ["account_changes", "activity_changes"])
async def test_size_of_batches(feed: str) -> None:
    """The size of batches reaches what divides the changes into them."""
    size = 1_013
    scenario = Scenario.set_up()

    async with getattr(scenario.neon, feed)(SINCE) as changes:
        with watching(ChangeFeed.batches, BEHIND) as watch:
            batches = [batch async for batch in changes.batches(size)]

    await scenario.neon.aclose()
    assert batches
    assert watch.arrived("size", size)
