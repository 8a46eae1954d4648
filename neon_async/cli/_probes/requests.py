"""Probes of how requests may be written, and what refusals look like."""

from itertools import chain
from typing import Final

from neon_async.cli._probes.observation import Observation, failure_text, judge, unknown
from neon_async.cli._probes.target import (
    ACCOUNT_LISTS,
    MISSING_ID,
    SINCE,
    SYNC_ACCOUNTS,
    ProbeReply,
    ProbeTarget,
    inner,
    listed,
)
from neon_async.cli._probes.transport import Encoding

_LISTING: Final = "account/listPrefixes"  # needs no parameter, and answers with no donor's data
_OK: Final = 200
_LOGIN_CODES: Final = {10, 12, 13, 14}  # those of v2
_MISSING: Final = 10_031
_FEW: Final = 5
_LOWEST_ERROR: Final = 400
_SERVER_ERROR: Final = 500


async def post_refused(_: ProbeTarget) -> Observation:
    """Say how the login was sent that has succeeded."""
    return judge(agrees=True, observed="accepted")


async def urlencoded_only(target: ProbeTarget) -> Observation:
    """Send a form as HTTP libraries send one with files."""
    reply = await target.ask(_LISTING, encoding=Encoding.MULTIPART)
    return judge(reply.failure is None, reply.text)


async def exact_names(target: ProbeTarget) -> Observation:
    """Send names in lower case, as some pages have them."""
    reply = await target.ask(SYNC_ACCOUNTS, (SINCE[0].lower(), SINCE[1]), ("page.pagesize", 1))
    return judge(reply.failure is None, reply.text)


async def exact_values(target: ProbeTarget) -> Observation:
    """Send values of few choices in the other case, and compare with the documented one."""
    order = [("page.sortColumn", "accountId"), ("page.pageSize", _FEW)]
    documented = await target.ask(SYNC_ACCOUNTS, SINCE, *order, ("page.sortDirection", "DESC"))
    reply = await target.ask(
        SYNC_ACCOUNTS,
        SINCE,
        *order,
        ("page.sortDirection", "desc"),
        ("ignoreDeletedIdList", "TRUE"),
    )
    if documented.failure is not None:
        return unknown(f"the documented spelling: {failure_text(documented.failure)}")
    if reply.failure is not None:
        return judge(agrees=False, observed=reply.text)
    if _ids(reply) != _ids(documented):
        return judge(agrees=False, observed="ignored")
    return judge(agrees=True, observed="accepted")


def _ids(reply: ProbeReply) -> list[object]:
    accounts = chain.from_iterable(listed(inner(reply.payload, *way)) for way in ACCOUNT_LISTS)
    return [inner(account, "accountId") for account in accounts]


async def torn_groups(target: ProbeTarget) -> Observation:
    """Search with two criteria, their parts sent criterion by criterion and kind by kind."""
    account_id = await target.sample_id()
    if account_id is None:
        return unknown("no account to search for")
    keys = [("searches.search.key", "Account ID")] * 2
    operators = [("searches.search.searchOperator", name) for name in ("EQUAL", "NOT_EQUAL")]
    values = [("searches.search.value", number) for number in (account_id, MISSING_ID)]
    columns = [("outputfields.idnamepair.id", ""), ("outputfields.idnamepair.name", "Account ID")]
    apart = [*keys, *operators, *values]
    together = list(chain.from_iterable(zip(keys, operators, values, strict=True)))
    replies = [
        await target.ask("account/listAccounts", *columns, *pairs) for pairs in (together, apart)
    ]
    for reply in replies:
        if reply.failure is not None:
            return judge(agrees=False, observed=reply.text)
    counts = [inner(reply.payload, "page", "totalResults") for reply in replies]
    if all(str(count) == "1" for count in counts):
        return judge(agrees=True, observed="by position")
    return judge(agrees=False, observed="the parts of a group were torn apart")


async def fail_status(target: ProbeTarget) -> Observation:
    """Ask for an account that does not exist."""
    reply = await target.retrieve(MISSING_ID)
    if reply.failure is None:
        return unknown("accepted")
    status = target.transport.status
    return judge(status == _OK, f"status {status}")


async def missing_ids(target: ProbeTarget) -> Observation:
    """Ask for an account that does not exist."""
    reply = await target.retrieve(MISSING_ID)
    code = getattr(reply.failure, "code", None)
    return judge(code == _MISSING, reply.text)


async def login_codes(target: ProbeTarget) -> Observation:
    """Log in without organization id and key. A wrong key might lock the API user."""
    reply = await target.ask("common/login", ("login.apiKey", ""), ("login.orgid", ""))
    code = getattr(reply.failure, "code", None)
    return judge(code in _LOGIN_CODES, reply.text)


async def xml_replies(target: ProbeTarget) -> Observation:
    """Ask for XML, which the client then refuses to read."""
    await target.ask(_LISTING, ("responseType", "XML"))
    return judge(target.transport.kind == "XML", target.transport.kind)


async def soap_refused(target: ProbeTarget) -> Observation:
    """Call a method over SOAP in the session that REST has opened."""
    logins = target.transport.logins
    reply = await target.ask(_LISTING, encoding=Encoding.SOAP)
    if reply.failure is not None:
        return judge(agrees=False, observed=reply.text)
    if target.transport.logins > logins:
        return judge(agrees=False, observed="accepted after a login of its own")
    return judge(agrees=True, observed="accepted with the same session")


async def soap_fail_status(target: ProbeTarget) -> Observation:
    """Ask for an account that does not exist, over SOAP."""
    pair = ("accountId", MISSING_ID)
    reply = await target.ask("account/retrieveIndividualAccount", pair, encoding=Encoding.SOAP)
    status = target.transport.status
    if reply.failure is None:
        return unknown(reply.text)
    return judge(status == _OK, f"status {status}")


async def soap_fault(target: ProbeTarget) -> Observation:
    """Send a message over SOAP that no service knows."""
    reply = await target.ask(_LISTING, encoding=Encoding.SOAP_UNKNOWN)
    status, kind = target.transport.status, target.transport.kind
    if reply.failure is None:
        return unknown(reply.text)
    is_fault = kind == "XML" and status >= _LOWEST_ERROR
    text = f"a fault with status {status}" if is_fault else f"{kind} with status {status}"
    return judge(is_fault and status == _SERVER_ERROR, text)


async def strict_soap(target: ProbeTarget) -> Observation:
    """Send a message over SOAP whose first element comes last."""
    ordered, disordered = [
        await target.ask(SYNC_ACCOUNTS, SINCE, ("page.pageSize", 1), encoding=encoding)
        for encoding in (Encoding.SOAP, Encoding.SOAP_DISORDERED)
    ]
    if ordered.failure is not None:
        return unknown(f"in the schema's order: {failure_text(ordered.failure)}")
    return judge(disordered.failure is None, disordered.text)
