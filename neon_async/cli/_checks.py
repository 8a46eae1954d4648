"""Checks of the setup, with advice."""

import enum
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Literal

import attrs

from neon_async import (
    AsyncClient,
    AuthenticationError,
    HTTPStatusError,
    InvalidRequestError,
    NeonError,
    ProtocolError,
    RetryPolicy,
    SortDirection,
)
from neon_async.cli._common import CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._exit_codes import Exit
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._messages import describe
from neon_async.cli._probes.quota import at_once
from neon_async.cli._probes.ranges import is_ordered
from neon_async.cli._probes.records import read_sample
from neon_async.cli._probes.target import LARGEST_PAGE, ignore
from neon_async.cli._times import EPOCH

_SECONDS_OFF = 30.0


class CheckState(enum.StrEnum):
    """How a check ended."""

    OK = "ok"
    ADVICE = "advice"
    UNKNOWN = "unknown"
    FAILED = "failed"


_STYLES: dict[str, str] = {
    CheckState.OK: "green",
    CheckState.ADVICE: "yellow",
    CheckState.UNKNOWN: "yellow",
    CheckState.FAILED: "bold red",
}


@attrs.frozen
class Finding:
    """The result of one check, with advice if there is any."""

    check: str
    state: CheckState
    finding: str
    advice: str | None = None


Check = Callable[["Probe"], Awaitable[Finding]]


@attrs.define
class Probe:
    """The client and settings that the checks use.

    Attributes:
        neon: a client that is logged in.
        concurrency: how many requests at once to try.
    """

    neon: AsyncClient
    concurrency: int
    http_method: Literal["POST", "GET"]
    common: CommonOptions


def check_setup(
    concurrency: int, http_method: Literal["POST", "GET"], common: CommonOptions
) -> Exit:
    """Run all checks, print their results, and return the exit code."""
    findings = run_async(_examine, concurrency, http_method, common)
    columns = [field.name for field in attrs.fields(Finding)]
    answer(columns, [attrs.astuple(finding) for finding in findings], styles=_STYLES)
    failed = any(finding.state is CheckState.FAILED for finding in findings)
    return Exit.FAILED if failed else Exit.OK


async def _examine(
    concurrency: int, http_method: Literal["POST", "GET"], common: CommonOptions
) -> Sequence[Finding]:
    async with AsyncExitStack() as stack:
        try:
            neon = await stack.enter_async_context(connect(common, http_method=http_method))
        except InvalidRequestError as error:
            advice = "set NEON_BASE_URL as well if the server is not NeonCRM"
            return [Finding("credentials", CheckState.FAILED, describe(error), advice)]
        entry = await _login(neon, http_method)
        if entry[-1].state is CheckState.FAILED:
            return entry
        probe = Probe(neon, concurrency, http_method, common)
        return [*entry, *[await _checked(name, check, probe) for name, check in CHECKS.items()]]


async def _login(neon: AsyncClient, http_method: str) -> list[Finding]:
    """Log in, which checks the credentials and the HTTP method."""
    try:
        await neon.login()
    # An answer in v1's own form, so that the HTTP method works.
    except AuthenticationError as error:
        works = Finding(http_method, CheckState.OK, "answered")
        advice = "compare NEON_ORG_ID and NEON_API_KEY with those in NeonCRM"
        return [works, Finding("credentials", CheckState.FAILED, describe(error), advice)]
    # POST works at public clients; GET is the method that v1 documents.
    except (HTTPStatusError, ProtocolError) as error:
        advice = "check NEON_BASE_URL"
        if http_method == "POST":
            advice += '; if it is right, try --http-method GET and AsyncClient(http_method="GET")'
        return [Finding(http_method, CheckState.FAILED, describe(error), advice)]
    except NeonError as error:
        advice = "check NEON_BASE_URL, the network and its proxy"
        return [Finding(http_method, CheckState.FAILED, describe(error), advice)]
    works = Finding(http_method, CheckState.OK, "answered")
    return [works, Finding("credentials", CheckState.OK, "accepted")]


async def _checked(name: str, check: Check, probe: Probe) -> Finding:
    try:
        return await check(probe)
    except NeonError as error:
        return Finding(name, CheckState.FAILED, describe(error))


async def _clock(probe: Probe) -> Finding:
    sent_at = datetime.now(UTC)
    page = await probe.neon.sync_accounts(
        time_from=EPOCH, page_size=1, on_unreadable=ignore
    ).first_page()
    if page.response_date_time is None:
        return Finding("clock", CheckState.UNKNOWN, "the reply has no time")
    # The reply was written at some time in between.
    off = page.response_date_time - sent_at - (datetime.now(UTC) - sent_at) / 2
    seconds = round(off.total_seconds())
    text = f"the server is {seconds:+d} s from this machine"
    if abs(seconds) < _SECONDS_OFF:
        return Finding("clock", CheckState.OK, text)
    return Finding("clock", CheckState.ADVICE, text, "set this machine's clock, or its time zone")


async def _page_size(probe: Probe) -> Finding:
    page = await probe.neon.sync_accounts(time_from=EPOCH, on_unreadable=ignore).first_page()
    total = 0 if page.page is None else page.page.total_results
    received = len(page.accounts)
    if total < LARGEST_PAGE:
        text = f"only {received} accounts, fewer than one page"
        return Finding("page size", CheckState.UNKNOWN, text)
    if received == LARGEST_PAGE:
        return Finding("page size", CheckState.OK, f"{received} records a page")
    text = f"received {received} records instead of {LARGEST_PAGE}"
    advice = f"use --page-size {received}, or AsyncClient(page_size={received})"
    return Finding("page size", CheckState.ADVICE, text, advice)


async def _sorting(probe: Probe) -> Finding:
    ordered = [
        await is_ordered(probe.neon, direction)
        for direction in (SortDirection.ASC, SortDirection.DESC)
    ]
    if None in ordered:
        text = "too few accounts with different last-modified times to check"
        return Finding("sorting", CheckState.UNKNOWN, text)
    if all(ordered):
        return Finding("sorting", CheckState.OK, "by last-modified time")
    advice = "nothing to set; change feeds detect this and make more requests"
    return Finding("sorting", CheckState.ADVICE, "the sort column is ignored", advice)


async def _odd_values(probe: Probe) -> Finding:
    """Look at the first page of either kind, as a sample."""
    records, oddities, unreadable = await read_sample(probe.neon)
    if unreadable:
        text = f"{unreadable} of {records + unreadable} records have no usable id"
        return Finding(
            "odd values", CheckState.ADVICE, text, "pull and sync with --skip-unreadable"
        )
    if oddities.values:
        text = f"{oddities.values} in {oddities.records} of {records} records"
        advice = "neon-async show lists those of an account; neon-async edit --set repairs them"
        return Finding("odd values", CheckState.ADVICE, text, advice)
    return Finding("odd values", CheckState.OK, f"none in {records} records")


async def _quota(probe: Probe) -> Finding:
    for requests in range(probe.concurrency, 0, -1):
        if await _all_answered(probe, requests):
            text = f"{requests} requests at once were answered"
            if requests == probe.concurrency:
                return Finding("quota", CheckState.OK, text)
            advice = f"use --concurrency {requests}, or AsyncClient(max_concurrency={requests})"
            return Finding("quota", CheckState.ADVICE, text, advice)
    advice = "something else is using the organization's quota; try again later"
    return Finding("quota", CheckState.FAILED, "not even a single request was answered", advice)


async def _all_answered(probe: Probe, requests: int) -> bool:
    client = connect(
        probe.common,
        max_concurrency=requests,
        retry=RetryPolicy(attempts=1),
        http_method=probe.http_method,
    )
    async with client as neon:
        return not await at_once(neon, requests)


CHECKS: dict[str, Check] = {
    "clock": _clock,
    "page size": _page_size,
    "sorting": _sorting,
    "odd values": _odd_values,
    "quota": _quota,
}
