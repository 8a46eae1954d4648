"""Run all probes, one after the other, each within its time."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Final, TypeAlias, TypeVar

import anyio
import attrs

from neon_async import AuthenticationError, HTTPStatusError, NeonError, ProtocolError
from neon_async.cli._probes import quota, ranges, records, requests
from neon_async.cli._probes.assumptions import ASSUMPTIONS, ProbeName
from neon_async.cli._probes.observation import (
    Agreement,
    Observation,
    failure_text,
    judge,
    unknown,
)
from neon_async.cli._probes.target import ProbeTarget

T = TypeVar("T")
ProbeFunction: TypeAlias = Callable[[ProbeTarget], Awaitable[Observation]]

SECONDS: Final = 300.0
"""How long all probes may take."""

SECONDS_EACH: Final = 60.0
"""How long one probe may take."""

PROBES: Final[Mapping[ProbeName, ProbeFunction]] = MappingProxyType(
    {
        ProbeName.POST_REFUSED: requests.post_refused,
        ProbeName.URLENCODED_ONLY: requests.urlencoded_only,
        ProbeName.EXACT_NAMES: requests.exact_names,
        ProbeName.EXACT_VALUES: requests.exact_values,
        ProbeName.TORN_GROUPS: requests.torn_groups,
        ProbeName.FAIL_STATUS: requests.fail_status,
        ProbeName.LOGIN_CODES: requests.login_codes,
        ProbeName.XML_REPLIES: requests.xml_replies,
        ProbeName.PAGE_SIZE_LIMIT: ranges.page_size_limit,
        ProbeName.SORT_COLUMN_IGNORED: ranges.sort_column_ignored,
        ProbeName.BOUNDS: ranges.bounds,
        ProbeName.UNMODIFIED: ranges.unmodified,
        ProbeName.DELETED_IDS_LIMIT: ranges.deleted_ids_limit,
        ProbeName.MISSING_IDS: requests.missing_ids,
        ProbeName.MERGED_IDS_FOLLOWED: records.merged_ids_followed,
        ProbeName.LEGACY_JSON: records.legacy_json,
        ProbeName.DATE_FORMS: records.date_forms,
        ProbeName.ODD_VALUES: records.odd_values,
        ProbeName.SOAP_REFUSED: requests.soap_refused,
        ProbeName.SOAP_FAIL_STATUS: requests.soap_fail_status,
        ProbeName.SOAP_FAULT: requests.soap_fault,
        ProbeName.STRICT_SOAP: requests.strict_soap,
        # Last, since it compares with the beginning of the run.
        ProbeName.COMMIT_DELAY: ranges.commit_delay,
        ProbeName.CONCURRENCY_LIMIT: quota.concurrency_limit,
    }
)


# What they ask is about the bodies of requests, and a GET has none.
_WITH_BODY: Final = {
    ProbeName.POST_REFUSED,
    ProbeName.URLENCODED_ONLY,
    ProbeName.SOAP_REFUSED,
    ProbeName.SOAP_FAIL_STATUS,
    ProbeName.SOAP_FAULT,
    ProbeName.STRICT_SOAP,
}


@attrs.frozen
class ProbeResult:
    """The result of one probe, as the report has it."""

    probe: ProbeName
    agreement: Agreement
    observed: str


async def run_probes(target: ProbeTarget, seconds: float = SECONDS) -> list[ProbeResult]:
    """Run all probes. An error of one is its result, and does not end the others.

    Args:
        target: the organization.
        seconds: how long all of them may take; those that were not begun by then are not run.
    """
    end = anyio.current_time() + seconds
    try:
        await target.neon.login()
    except NeonError as error:
        return list(_without_login(target, error))
    results: dict[ProbeName, Observation] = {}
    with anyio.CancelScope(deadline=end):
        # Without it one probe has nothing to compare with, and says so.
        await _observed(ranges.note_recent, target)
        for name, probe in _chosen(target):
            results[name] = await _observed(probe, target)
    return [_result(name, results.get(name)) for name in ProbeName]


def _chosen(target: ProbeTarget) -> Iterator[tuple[ProbeName, ProbeFunction]]:
    for name, probe in PROBES.items():
        if target.http_method == "GET" and name in _WITH_BODY:
            yield name, _not_posted
        elif name is not ProbeName.CONCURRENCY_LIMIT or target.concurrency:
            yield name, probe


async def _not_posted(_: ProbeTarget) -> Observation:
    return unknown("not tried, since the requests were sent as GET")


async def _observed(
    probe: Callable[[ProbeTarget], Awaitable[T]], target: ProbeTarget
) -> T | Observation:
    with anyio.move_on_after(SECONDS_EACH):
        try:
            return await probe(target)
        # A server that was never probed may do what no probe expects.
        except Exception as error:  # noqa: BLE001 - and the others have to run
            return Observation(Agreement.FAILED, failure_text(error))
    return Observation(Agreement.FAILED, f"no answer within {SECONDS_EACH:.0f} s")


def _result(name: ProbeName, observation: Observation | None) -> ProbeResult:
    if observation is None:
        reason = ASSUMPTIONS[name].unprobed or "no time was left for it"
        observation = Observation(Agreement.NOT_PROBED, reason)
    return ProbeResult(name, observation.agreement, observation.observed)


def _without_login(target: ProbeTarget, error: NeonError) -> Iterator[ProbeResult]:
    """Yield what a failed login says about POST."""
    for name in ProbeName:
        observation = Observation(Agreement.NOT_PROBED, "the login failed")
        if name is ProbeName.POST_REFUSED:
            observation = _of_login(target, error)
        yield ProbeResult(name, observation.agreement, observation.observed)


def _of_login(target: ProbeTarget, error: NeonError) -> Observation:
    text = f"the login: {failure_text(error)}"
    match error:
        case AuthenticationError() if target.http_method == "POST":
            return judge(agrees=True, observed="accepted")
        case HTTPStatusError() | ProtocolError() if target.http_method == "POST":
            return judge(agrees=False, observed=text)
        case _:
            return unknown(text)
