"""Probes of records: merged ids, the generation of JSON, dates and odd values."""

import re
from collections.abc import Iterable
from typing import Any, Final

from neon_async import AsyncClient, NeonError, Unreadable
from neon_async.cli._oddities import Oddities
from neon_async.cli._probes.observation import Observation, judge, unknown
from neon_async.cli._probes.target import (
    ACCOUNT_LISTS,
    SINCE,
    SYNC_ACCOUNTS,
    ProbeTarget,
    inner,
    leaves,
    listed,
)
from neon_async.cli._times import EPOCH

_TRIED: Final = 20
_ENUM: Final = re.compile(r"phone[123]Type")
_DIGITS: Final = re.compile(r"phone[123]|fax|zipCode")
_TIME: Final = re.compile(r"(lastModified|created)DateTime")
_DATE: Final = frozenset({"dob", "startDate", "endDate"})
_FORMS: Final = {
    "dates": re.compile(r"\d{4}-\d\d-\d\d", re.ASCII),
    "dates with an offset": re.compile(r"\d{4}-\d\d-\d\d(Z|[+-]\d\d:?\d\d)", re.ASCII),
    "timestamps": re.compile(r"\d{4}-\d\d-\d\dT.*", re.ASCII | re.DOTALL),
}
_READ: Final = {"dates", "dates with an offset"}
_NO_COLON: Final = re.compile(r"[+-]\d{4}$", re.ASCII)


async def merged_ids_followed(target: ProbeTarget) -> Observation:
    """Retrieve an account that was merged into another one, found among the deleted ids."""
    deleted = (await target.page()).deleted_account_ids
    for account_id in deleted[-_TRIED:]:
        try:
            history = await target.neon.retrieve_duplicate_merge_history(account_id)
        except NeonError:
            continue  # deleted, and not merged
        if history.current_account_id not in {None, account_id}:
            return await _retrieved(target, account_id)
    tried = min(len(deleted), _TRIED)
    return unknown(f"no merged account among the last {tried} that were deleted")


async def _retrieved(target: ProbeTarget, account_id: int) -> Observation:
    texts: list[str] = []
    for organization in (False, True):
        reply = await target.retrieve(account_id, organization=organization)
        if reply.failure is None:
            ids = [value for name, value in leaves(reply.payload) if name == "accountId"]
            same = str(account_id) in map(str, ids)
            which = "under the old id" if same else "of the account that it was merged into"
            return judge(agrees=False, observed=f"a record {which}")
        texts.append(reply.text)
    return judge(agrees=True, observed=" and ".join(dict.fromkeys(texts)))


async def legacy_json(target: ProbeTarget) -> Observation:
    """Look at lists of one element, digits, names of choices and offsets on a page."""
    single = await target.ask(SYNC_ACCOUNTS, SINCE, ("page.pageSize", 1))
    values = [*leaves(await target.raw_page())]
    seen = {
        name: [generation(value) for value in chosen]
        for name, chosen, generation in (
            ("lists of one element", _lists(single.payload), _collapsed),
            ("text of digits", _named(values, _DIGITS), _number),
            ("names of choices", _named(values, _ENUM), _capitalized),
            ("offsets", _named(values, _TIME), _colonless),
        )
    }
    if not any(seen.values()):
        return unknown("no account to look at")
    old = [name for name, legacy in seen.items() if any(legacy)]
    new = [name for name, legacy in seen.items() if legacy and not any(legacy)]
    texts = [f"{year}: {', '.join(names)}" for year, names in ((2012, old), (2014, new)) if names]
    return judge(not old, "; ".join(texts))


def _lists(payload: dict[str, Any]) -> list[Any]:
    values = (inner(payload, *way) for way in ACCOUNT_LISTS)
    return [value for value in values if listed(value)]


def _named(values: Iterable[tuple[str, Any]], names: re.Pattern[str]) -> list[Any]:
    return [value for name, value in values if names.fullmatch(name) and value not in {None, ""}]


def _collapsed(value: object) -> bool:
    return not isinstance(value, list)


def _number(value: object) -> bool:
    return isinstance(value, int)


def _capitalized(value: object) -> bool:
    return str(value) != str(value).upper()


def _colonless(value: object) -> bool:
    return _NO_COLON.search(str(value)) is not None


async def date_forms(target: ProbeTarget) -> Observation:
    """Count in which forms the dates on a page are written."""
    values = [value for name, value in leaves(await target.raw_page()) if name in _DATE and value]
    if not values:
        return unknown("no date on the first page")
    forms = [_form(value) for value in values]
    counts = {form: forms.count(form) for form in (*_FORMS, "other forms")}
    text = ", ".join(f"{count} {form}" for form, count in counts.items() if count)
    return judge(set(forms) <= _READ, text)


def _form(value: object) -> str:
    text = str(value)
    return next((name for name, form in _FORMS.items() if form.fullmatch(text)), "other forms")


async def odd_values(target: ProbeTarget) -> Observation:
    """Count odd values on the first page of accounts and of activities."""
    records, oddities, unreadable = await read_sample(target.neon)
    if not records and not unreadable:
        return unknown("no record to look at")
    if not oddities.values and not unreadable:
        return judge(agrees=True, observed="none is odd")
    text = f"{oddities.values} odd values in {oddities.records} of {records} records"
    if unreadable:
        text += f", {unreadable} records without a usable id"
    return judge(agrees=False, observed=text)


async def read_sample(neon: AsyncClient) -> tuple[int, Oddities, int]:
    """Read the first page of either kind.

    Returns:
        how many records they have, the odd values of these, and how many records can't be read.
    """
    unreadable: list[Unreadable] = []
    oddities = Oddities()
    accounts = neon.sync_accounts(time_from=EPOCH, on_unreadable=unreadable.append)
    activities = neon.sync_activities(time_from=EPOCH, on_unreadable=unreadable.append)
    records = [*(await accounts.first_page()).items, *(await activities.first_page()).items]
    oddities.count(records)
    return len(records), oddities, len(unreadable)
