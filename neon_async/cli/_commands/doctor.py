"""`neon-async doctor`: whether everything is as it should be, and what to set if not."""

import enum
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from typing import Literal

import anyio
import attrs
from cyclopts.types import PositiveInt

from neon_async import (
    Account,
    AsyncClient,
    AuthenticationError,
    HTTPStatusError,
    InvalidRequestError,
    NeonError,
    ProtocolError,
    RetryPolicy,
    SortDirection,
    Unreadable,
)
from neon_async.cli._credentials import credentials
from neon_async.cli._exit import Exit
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._interrupts import run_async
from neon_async.cli._messages import describe
from neon_async.cli._oddities import Oddities
from neon_async.cli._times import LONG_AGO

_SECONDS_OFF = 30.0
_LARGEST_PAGE = 200
# Few of them may be in order by chance.
_ENOUGH_TIMES = 6


class State(enum.StrEnum):
    """How a check ended."""

    OK = "ok"
    ADVICE = "advice"
    UNKNOWN = "unknown"
    FAILED = "failed"


_STYLES: dict[str, str] = {
    State.OK: "green",
    State.ADVICE: "yellow",
    State.UNKNOWN: "yellow",
    State.FAILED: "bold red",
}


@attrs.frozen
class Finding:
    """What a check found, and what to set if anything."""

    check: str
    state: State
    finding: str
    advice: str | None = None


Check = Callable[["Patient"], Awaitable[Finding]]


@attrs.define
class Patient:
    """What is examined.

    Attributes:
        neon: a client that is logged in.
        concurrency: how many requests at once to try.
        http_method: how requests are sent.
    """

    neon: AsyncClient
    concurrency: int
    http_method: Literal["POST", "GET"]


def doctor(*, concurrency: PositiveInt = 5, http_method: Literal["POST", "GET"] = "POST") -> Exit:
    """Check credentials, POST, clock, page size, sorting, values and quota, and say what to set.

    It only reads. What is "advice" works, but would work better as it says; the exit code is 1
    only when something has "failed".

    ```
    neon-async doctor
    neon-async doctor --concurrency 10
    ```

    Args:
        concurrency: How many requests to try at once.
        http_method: How to send requests. GET puts the credentials into URLs; try it only where
            POST has failed.
    """
    findings = run_async(_examine, concurrency, http_method)
    columns = [field.name for field in attrs.fields(Finding)]
    answer(columns, [attrs.astuple(finding) for finding in findings], styles=_STYLES)
    failed = any(finding.state is State.FAILED for finding in findings)
    return Exit.FAILED if failed else Exit.OK


async def _examine(concurrency: int, http_method: Literal["POST", "GET"]) -> Sequence[Finding]:
    try:
        client = AsyncClient(**credentials(), http_method=http_method)
    except InvalidRequestError as error:
        advice = "set NEON_BASE_URL, too, where it is not NeonCRM"
        return [Finding("credentials", State.FAILED, describe(error), advice)]
    async with client as neon:
        entry = await _login(neon, http_method)
        if entry[-1].state is State.FAILED:
            return entry
        patient = Patient(neon, concurrency, http_method)
        return [*entry, *[await _checked(name, check, patient) for name, check in CHECKS.items()]]


async def _login(neon: AsyncClient, http_method: str) -> list[Finding]:
    """Log in, which tells about the credentials and about the HTTP method."""
    try:
        await neon.login()
    except AuthenticationError as error:
        works = Finding(http_method, State.OK, "answered")
        advice = "compare NEON_ORG_ID and NEON_API_KEY with what NeonCRM shows"
        return [works, Finding("credentials", State.FAILED, describe(error), advice)]
    except (HTTPStatusError, ProtocolError) as error:
        advice = "check NEON_BASE_URL"
        if http_method == "POST":
            advice += (
                '; else try --http-method GET and, if that works, AsyncClient(http_method="GET")'
            )
        return [Finding(http_method, State.FAILED, describe(error), advice)]
    except NeonError as error:
        advice = "check NEON_BASE_URL, the network and its proxy"
        return [Finding(http_method, State.FAILED, describe(error), advice)]
    works = Finding(http_method, State.OK, "answered")
    return [works, Finding("credentials", State.OK, "accepted")]


async def _checked(name: str, check: Check, patient: Patient) -> Finding:
    try:
        return await check(patient)
    except NeonError as error:
        return Finding(name, State.FAILED, describe(error))


async def _clock(patient: Patient) -> Finding:
    asked = datetime.now(UTC)
    page = await patient.neon.sync_accounts(
        time_from=LONG_AGO, page_size=1, on_unreadable=_ignore
    ).first_page()
    if page.response_date_time is None:
        return Finding("clock", State.UNKNOWN, "the reply does not say what time it is")
    # The reply was written at some time in between.
    off = page.response_date_time - asked - (datetime.now(UTC) - asked) / 2
    seconds = round(off.total_seconds())
    said = f"the server is {seconds:+d} s from this machine"
    if abs(seconds) < _SECONDS_OFF:
        return Finding("clock", State.OK, said)
    return Finding("clock", State.ADVICE, said, "set this machine's clock, or its time zone")


async def _page_size(patient: Patient) -> Finding:
    page = await patient.neon.sync_accounts(time_from=LONG_AGO, on_unreadable=_ignore).first_page()
    total = 0 if page.page is None else page.page.total_results
    got = len(page.accounts)
    if total < _LARGEST_PAGE:
        said = f"there are {got} accounts, which is less than a page"
        return Finding("page size", State.UNKNOWN, said)
    if got == _LARGEST_PAGE:
        return Finding("page size", State.OK, f"{got} records a page")
    said = f"{got} records came instead of {_LARGEST_PAGE}"
    return Finding("page size", State.ADVICE, said, f"AsyncClient(page_size={got})")


async def _sorting(patient: Patient) -> Finding:
    ordered = [
        await _ordered(patient.neon, direction)
        for direction in (SortDirection.ASC, SortDirection.DESC)
    ]
    if None in ordered:
        said = "there are not enough accounts with different last-modified times to tell"
        return Finding("sorting", State.UNKNOWN, said)
    if all(ordered):
        return Finding("sorting", State.OK, "by last-modified time")
    advice = "nothing to set: change feeds notice it, and take more requests"
    return Finding("sorting", State.ADVICE, "the sort column is ignored", advice)


async def _ordered(neon: AsyncClient, direction: SortDirection) -> bool | None:
    """Whether a page is in order, or None where all orders look the same."""
    page = await neon.sync_accounts(
        time_from=LONG_AGO,
        sort_column="lastModifiedDateTime",
        sort_direction=direction,
        on_unreadable=_ignore,
    ).first_page()
    # A page has both kinds of account one after the other, each in order.
    kinds = [_times(page.individual_accounts), _times(page.organization_accounts)]
    if len({time for times in kinds for time in times}) < _ENOUGH_TIMES:
        return None
    descending = direction is SortDirection.DESC
    return all(times == sorted(times, reverse=descending) for times in kinds)


def _times(accounts: Sequence[Account]) -> list[datetime]:
    times = (account.last_modified_date_time for account in accounts)
    return [time for time in times if time is not None]


async def _odd_values(patient: Patient) -> Finding:
    """Look at the first page of either kind, as a sample."""
    unreadable: list[Unreadable] = []
    oddities = Oddities()
    neon = patient.neon
    accounts = neon.sync_accounts(time_from=LONG_AGO, on_unreadable=unreadable.append)
    activities = neon.sync_activities(time_from=LONG_AGO, on_unreadable=unreadable.append)
    records = [*(await accounts.first_page()).items, *(await activities.first_page()).items]
    oddities.count(records)
    if unreadable:
        said = f"{len(unreadable)} of {len(records) + len(unreadable)} records have no usable id"
        return Finding("odd values", State.ADVICE, said, "pull and sync with --skip-unreadable")
    if oddities.values:
        said = f"{oddities.values} in {oddities.records} of {len(records)} records"
        advice = "neon-async show names those of an account; neon-async edit --set mends them"
        return Finding("odd values", State.ADVICE, said, advice)
    return Finding("odd values", State.OK, f"none in {len(records)} records")


def _ignore(_: Unreadable) -> None:
    """Let a check go on: what has no usable id is told by a check of its own."""


async def _quota(patient: Patient) -> Finding:
    for requests in range(patient.concurrency, 0, -1):
        if await _at_once(patient, requests):
            said = f"{requests} requests at once were answered"
            if requests == patient.concurrency:
                return Finding("quota", State.OK, said)
            return Finding("quota", State.ADVICE, said, f"AsyncClient(max_concurrency={requests})")
    advice = "something else uses the organization's quota; try again later"
    return Finding("quota", State.FAILED, "not even a single request was answered", advice)


async def _at_once(patient: Patient, requests: int) -> bool:
    """Whether so many requests at once are all answered."""
    unanswered = 0

    async def ask(neon: AsyncClient) -> None:
        nonlocal unanswered
        page = neon.sync_accounts(time_from=LONG_AGO, page_size=1, on_unreadable=_ignore)
        try:
            await page.first_page()
        # What a reply beyond the quota looks like is not documented.
        except NeonError:
            unanswered += 1

    client = AsyncClient(
        **credentials(),
        max_concurrency=requests,
        retry=RetryPolicy(attempts=1),
        http_method=patient.http_method,
    )
    async with client as neon:
        await neon.login()
        async with anyio.create_task_group() as tasks:
            for _ in range(requests):
                tasks.start_soon(ask, neon)
    return unanswered == 0


CHECKS: dict[str, Check] = {
    "clock": _clock,
    "page size": _page_size,
    "sorting": _sorting,
    "odd values": _odd_values,
    "quota": _quota,
}
