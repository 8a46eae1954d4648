"""The ASGI application: what a path, a form and the faults make of a request."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal

import anyio
import attrs
import httpx
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from . import _account_writes, _accounts, _activities, _reference
from ._codes import RefusedError, malformed, refused
from ._faults import LOG_LENGTH, Fault, Faults, LoggedRequest, Quota, logged
from ._state import State
from ._wire import encode, failure, form, legacy, parse_pairs, success

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from ._wire import Fields, Json, Pairs

BASE_PATH = "/neonws/services/api"
DISCONNECT = "neon_async.disconnect"
"""ASGI extension under which `serve` lets the application cut the connection."""

_FORM = "application/x-www-form-urlencoded"
_READS = {
    "account/listAddressTypes": _reference.list_address_types,
    "account/listCountries": _reference.list_countries,
    "account/listGenders": _reference.list_genders,
    "account/listIndividualTypes": _reference.list_individual_types,
    "account/listOrganizationTypes": _reference.list_organization_types,
    "account/listPrefixes": _reference.list_prefixes,
    "account/listSources": _reference.list_sources,
    "account/listStates": _reference.list_states,
    "account/retrieveDuplicateMergeHistory": _accounts.retrieve_duplicate_merge_history,
    "account/retrieveIndividualAccount": _accounts.retrieve_individual_account,
    "account/retrieveOrganizationAccount": _accounts.retrieve_organization_account,
    "account/syncAccounts": _accounts.sync_accounts,
    "account/syncActivities": _activities.sync_activities,
    "common/listCustomFields": _reference.list_custom_fields,
}
_WRITES = {
    "account/createIndividualAccount": _account_writes.create_individual_account,
    "account/createOrganizationAccount": _account_writes.create_organization_account,
    "account/updateIndividualAccount": _account_writes.update_individual_account,
    "account/updateOrganizationAccount": _account_writes.update_organization_account,
}
_METHODS: dict[str, Callable[[State, Fields], Json]] = _READS | _WRITES
_SESSION_METHODS = frozenset({"common/login", "common/logout"})


class _Disconnect(Response):
    """Cuts the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Cut it, or in process raise what an HTTP client would raise."""
        del send
        cut = scope.get("extensions", {}).get(DISCONNECT)
        if cut is None:
            raise httpx.RemoteProtocolError("Server disconnected without sending a response.")
        cut()
        # The server must have seen it before this ends, or it answers with status 500.
        await receive()


def _root(method: str) -> str:
    # One page shows a root key without the ending.
    return method if method == "retrieveDuplicateMergeHistory" else f"{method}Response"


def _page(status: int, title: str) -> HTMLResponse:
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return HTMLResponse(body, status)


@attrs.define(eq=False)
class App:
    """Answers requests.

    Attributes:
        latency: seconds that every request takes.
        unknown: API methods that the organization does not know → how that is said.
    """

    state: State
    quota: Quota
    latency: float
    faults: Faults = attrs.field(factory=Faults)
    requests: deque[LoggedRequest] = attrs.field(factory=lambda: deque(maxlen=LOG_LENGTH))
    unknown: dict[str, Literal["404", "fail"]] = attrs.field(
        factory=dict[str, Literal["404", "fail"]]
    )
    asgi: Starlette = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Route everything here, unknown methods too."""
        route = Route("/{path:path}", self._endpoint, methods=["GET", "POST"])
        self.asgi = Starlette(routes=[route])

    async def _endpoint(self, request: Request) -> Response:
        path = request.path_params["path"].removeprefix(BASE_PATH[1:]).strip("/")
        method = path.rpartition("/")[2]
        try:
            pairs = await _pairs(request)
        except ClientDisconnect:
            return Response(status_code=400)
        self.requests.append(logged(method, pairs, request.method))
        if not self.quota.enter():
            return _page(429, "Too Many Requests")
        try:
            await anyio.sleep(self.latency)
            fault = self.faults.take(method)
            if fault is None:
                return self._answer(path, method, pairs)
            return await self._faulty(fault, path, method, pairs)
        finally:
            self.quota.leave()

    async def _faulty(self, fault: Fault, path: str, method: str, pairs: Pairs) -> Response:
        answer = self._answer(path, method, pairs) if fault.processed else None
        await anyio.sleep(fault.delay)
        if fault.answers:
            return self._fault(fault, method)
        return answer or self._answer(path, method, pairs)

    def _fault(self, fault: Fault, method: str) -> Response:
        if fault.drop:
            return _Disconnect()
        if fault.code is not None:
            return self._json(method, refused(fault.code, fault.message), fault)
        status = 200 if fault.status is None else fault.status
        if fault.body is None:
            page = _page(status, f"Status {status}")
            page.headers.update(fault.headers)
            return page
        return Response(fault.body, status, fault.headers, fault.content_type)

    def _json(self, method: str, refusal: RefusedError, fault: Fault) -> Response:
        reply = failure(_root(method), self.state.stamp(), refusal)
        status = 200 if fault.status is None else fault.status
        return Response(self._encode(reply), status, fault.headers, "application/json")

    def _answer(self, path: str, method: str, pairs: Pairs) -> Response:
        known = path in _METHODS or path in _SESSION_METHODS
        unknown = self.unknown.get(method)
        if not known or unknown == "404":
            return _page(404, "Not Found")
        with self.state.store.lock:
            reply = self._reply(path, method, pairs)
            return Response(self._encode(reply), media_type="application/json")

    def _reply(self, path: str, method: str, pairs: Pairs) -> Json:
        state = self.state
        state.store.settle(state.now())
        root = _root(method)
        try:
            if method in self.unknown:
                raise refused(1)
            payload = self._payload(path, form(pairs))
        except RefusedError as refusal:
            return failure(root, state.stamp(), refusal)
        return success(root, state.stamp(), payload)

    def _payload(self, path: str, fields: Fields) -> Json:
        state = self.state
        if fields.text("responseType") not in {"", "json"}:
            raise malformed("The emulator answers in JSON only.")
        if path == "common/login":
            return state.sessions.login(fields, state.now())
        if path == "common/logout":
            return state.sessions.logout(fields, state.now())
        state.sessions.check(fields, state.now())
        return _METHODS[path](state, fields)

    def _encode(self, reply: Json) -> bytes:
        return encode(legacy(reply) if self.state.quirks.legacy_json else reply)


async def _pairs(request: Request) -> Pairs:
    pairs = parse_pairs(request.url.query)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    # As in a servlet: a body that is not declared as a form has no parameters.
    if kind == _FORM:
        pairs += parse_pairs(body.decode("ascii", "replace"))
    return pairs
