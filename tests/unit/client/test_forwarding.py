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
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import CodeType
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import httpx
import pytest

import neon_async
import neon_async.emulator
import neon_async.fastapi
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
from neon_async.emulator import Clock, Emulator, Quirks
from neon_async.emulator._server import serve
from neon_async.operations import Effect
from tests.support.secrets_scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

SINCE = datetime(2020, 1, 2, tzinfo=UTC)


class _Quiet(neon_async.Hooks):
    """A hook that is only handed on."""


def fresh(text: str) -> str:
    """Return an equal text that is another object than any literal."""
    return "".join(list(text))


def values(place: Path = Path("nowhere")) -> dict[str, Any]:
    """A value of its own for each keyword: none is a default, and none is another's."""
    return {
        "api_key": fresh("fake-key-forwarded"),
        "accept_loss": ["consentInformation", "login"],
        "account_ids": [10_001, 10_002],
        "activity_ids": [501, 502],
        "allow_clear": ["primaryContact.fax"],
        "base_url": fresh("https://forwarding.example.org/api"),
        "body": bytes(bytearray(b"forwarded")),
        "clock": Clock(SINCE),
        "code": 10_132,
        "database": place / "emulator.sqlite",
        "delay": 0.625,
        "drop": True,
        "headers": {"X-Forwarded": "yes"},
        "html": fresh("<p>forwarded"),
        "idle": 901.5,
        "journal": EditJournal(place / "journal.ndjson"),
        "latency": 0.375,
        "message": fresh("forwarded"),
        "method": fresh("listGenders"),
        "org_id": fresh("fake-organization-forwarded"),
        "page_size_limit": 179,
        "processed": True,
        "quirks": Quirks(unmodified=3),
        "seed": 1_021,
        "status": 1_000 - 497,
        "threads": 1_019,
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
        "ssl_context": ssl.create_default_context(),
        "start_page": 307,
        "time_from": SINCE,
        "time_to": SINCE + timedelta(days=3),
        "timeout": 29.125,
        "transport": httpx.MockTransport(lambda _: httpx.Response(200)),
        "until": SINCE + timedelta(days=5),
        "user_agent": fresh("fake-agent/1"),
        "verify": False,
        "workers": 11,
    }


# What only checks an argument, or belongs to the face itself, proves nothing.
_BEHIND = re.compile(r"/neon_async/(?!_client/)|attrs generated")
_CHECKS = {"require_finite", "require_positive", "require_type", "check_store"}

# A flag that chooses a way has no callee of its own: what comes behind it is the evidence.
CHOOSES = {"merges": "resolve", "on_unknown": "create_or_find"}


@attrs.define
class Watch:
    """Collects the arguments of the package's functions, but for the method's own."""

    own: CodeType
    seen: list[tuple[str, str, object]] = attrs.field(factory=list[tuple[str, str, object]])

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event != "call" or code is self.own:
            return
        if not _BEHIND.search(code.co_filename) or code.co_name in _CHECKS:
            return
        count = code.co_argcount + code.co_kwonlyargcount
        for name in code.co_varnames[:count]:
            self.seen.append((code.co_name, name, frame.f_locals.get(name)))

    def named(self) -> list[tuple[str, object]]:
        """The arguments by their names."""
        return [(name, given) for _, name, given in self.seen]

    def arrived(self, keyword: str, value: object) -> bool:
        """Whether a function got the value: the very object, or a flag under the same name."""
        if keyword in CHOOSES:
            return any(name == CHOOSES[keyword] for name, _, _ in self.seen) or any(
                argument == CHOOSES[keyword] and given is not None
                for _, argument, given in self.seen
            )
        if isinstance(value, bool | Effect):
            return any(name == keyword and given is value for _, name, given in self.seen)
        if isinstance(value, dict):  # copied, so that nobody changes it meanwhile
            return any(given == value for _, _, given in self.seen)
        return any(given is value for _, _, given in self.seen)


@contextlib.contextmanager
def watching(method: Callable[..., object]) -> Iterator[Watch]:
    """Watch what is called until the end of the block."""
    watch = Watch(inspect.unwrap(method).__code__)
    before = sys.getprofile()
    sys.setprofile(watch)
    try:
        yield watch
    finally:
        sys.setprofile(before)


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


def keywords_of(function: Callable[..., object]) -> list[str]:
    """The keywords of one function or constructor."""
    parameters = inspect.signature(function).parameters
    return [name for name, one in parameters.items() if one.kind is one.KEYWORD_ONLY]


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
    required = {
        other: parameter_value
        for other, parameter_value in {"output_fields": ["accountId"], "time_from": SINCE}.items()
        if other in inspect.signature(method).parameters and other != keyword
    }

    with watching(method) as watch:
        await run(
            method(scenario.neon, *positional(method, scenario), **required, **{keyword: value})
        )

    await scenario.neon.aclose()
    assert watch.arrived(keyword, value)


@pytest.mark.parametrize("keyword", keywords_of(AsyncClient))
def test_keywords_of_the_constructor(keyword: str) -> None:
    """What a client is made with reaches the part that needs it."""
    value = values()[keyword]

    with watching(AsyncClient.__init__) as watch:
        neon = AsyncClient("fake-organization", "fake-key", **{keyword: value})
        neon.sync_accounts(time_from=SINCE)

    assert watch.arrived(keyword, value)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.parametrize(("name", "keyword"), keywords(Paginator))
async def test_keywords_of_paginators(name: str, keyword: str) -> None:
    """What an iteration is told, alone or with look-ahead, reaches what iterates."""
    value = values()[keyword]
    scenario = Scenario.set_up()
    method: Callable[..., Any] = getattr(Paginator, name)

    with watching(method) as watch:
        made = method(scenario.neon.sync_accounts(time_from=SINCE), **{keyword: value})
        await run(made)

    await scenario.neon.aclose()
    assert watch.arrived(keyword, value)


@pytest.mark.parametrize("name", ["lookahead", "lookahead_pages"])
async def test_workers_of_a_lookahead(name: str) -> None:
    """The number of workers, which may be given by position, is that of the look-ahead."""
    scenario = Scenario.set_up()
    workers = 1_013
    method: Callable[..., Any] = getattr(Paginator, name)

    with watching(method) as watch:
        method(scenario.neon.sync_accounts(time_from=SINCE), workers)

    await scenario.neon.aclose()
    assert watch.arrived("workers", workers)


@pytest.mark.parametrize("keyword", keywords_of(AccountEdit.undo))
async def test_keywords_of_an_undo(keyword: str) -> None:
    """What an undo is told reaches the editor."""
    value = values()[keyword]
    scenario = Scenario.set_up()
    change = scenario.neon.edit_individual_account(
        scenario.person, scenario.edited, accept_loss=["consentInformation"]
    )
    edit = await change

    with watching(AccountEdit.undo) as watch:
        await run(edit.undo(**{keyword: value}))

    await scenario.neon.aclose()
    assert watch.arrived(keyword, value)


@pytest.mark.parametrize("keyword", keywords_of(Emulator))
def test_keywords_of_the_emulator(keyword: str, tmp_path: Path) -> None:
    """What an emulator is made with reaches the part of it that needs it."""
    value = values(tmp_path)[keyword]

    with watching(Emulator.__init__) as watch:
        Emulator(1, 1, **{keyword: value}).close()

    assert watch.arrived(keyword, value)


@pytest.mark.parametrize("keyword", keywords_of(Emulator.fail_next))
def test_keywords_of_faults(keyword: str) -> None:
    """What a fault of the emulator is described with is in the fault."""
    value = values()[keyword]
    described: dict[str, Any] = {"code": 1} if keyword == "message" else {}
    described[keyword] = value

    with Emulator(1, 1) as emulator, watching(Emulator.fail_next) as watch:
        emulator.fail_next(**described)

    # HTML goes out as bytes.
    arrived = {"html": "body"}.get(keyword, keyword)
    assert watch.arrived(arrived, value) or (arrived, b"<p>forwarded") in watch.named()


@pytest.mark.parametrize("keyword", keywords_of(neon_async.fastapi.clients_by_org))
def test_keywords_of_clients_by_organization(keyword: str) -> None:
    """How long clients stay is told to what keeps them."""
    value = values()[keyword]
    helper = neon_async.fastapi.clients_by_org

    with watching(helper) as watch:
        helper(lambda _: "fake-organization", AsyncClient, **{keyword: value})

    assert watch.arrived(keyword, value)


@pytest.mark.parametrize("feed", ["account_changes", "activity_changes"])
async def test_size_of_batches(feed: str) -> None:
    """The size of batches reaches what divides the changes into them."""
    size = 1_013
    scenario = Scenario.set_up()

    async with getattr(scenario.neon, feed)(SINCE) as changes:
        with watching(ChangeFeed.batches) as watch:
            batches = [batch async for batch in changes.batches(size)]

    await scenario.neon.aclose()
    assert batches
    assert watch.arrived("size", size)


@pytest.mark.parametrize("keyword", ["host", "port", "console"])
def test_keywords_of_a_served_emulator(keyword: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an emulator is served, and whether with its console, reaches both kinds of servers."""
    arrived: list[dict[str, Any]] = []
    values: dict[str, Any] = {"host": fresh("127.0.0.7"), "port": 8_117, "console": False}
    value = values[keyword]
    told: dict[str, Any] = {keyword: value}

    def take(
        _emulator: object, host: str, port: int, _ready: object = None, *, console: bool | None
    ) -> contextlib.nullcontext[str]:
        arrived.append({"host": host, "port": port, "console": console})
        return contextlib.nullcontext("http://127.0.0.7:8117")

    monkeypatch.setattr(serve, "serve", take)
    monkeypatch.setattr(serve, "running", take)
    with Emulator(1, 1) as emulator:
        neon_async.emulator.serve(emulator, **told)
        with neon_async.emulator.running(emulator, **told):
            pass

    assert [value, value] == [options[keyword] for options in arrived]
