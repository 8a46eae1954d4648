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

from neon_async.emulator._methods.table import METHODS, Method, root_key
from neon_async.emulator._server.faults import Fault, Faults, Quota
from neon_async.emulator._server.log import LOG_LENGTH, Log, logged
from neon_async.emulator._state.state import State
from neon_async.emulator._wire.codes import RefusedError, malformed, refused
from neon_async.emulator._wire.messages import encode, failure, form, legacy, parse_pairs, success

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.types import Receive, Scope, Send

    from neon_async.emulator._wire.messages import Fields, Json, Pairs

BASE_PATH = "/neonws/services/api"
DISCONNECT = "neon_async.disconnect"
"""ASGI extension under which `serve` lets the application cut the connection."""

_FORM = "application/x-www-form-urlencoded"


class _Envelope(Response):
    """A reply in JSON.

    Attributes:
        codes: the codes of a FAIL.
    """

    codes: tuple[int, ...] = ()


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


def _page(status: int, title: str) -> HTMLResponse:
    body = f"<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
    return HTMLResponse(body, status)


@attrs.define(eq=False)
class App:
    """Answers requests.

    Attributes:
        latency: seconds that every request takes.
        methods: the methods that the emulator knows, by path.
        removed: API methods that the organization does not know → how that is said.
        unknown_methods: paths that were asked for and that the emulator does not know.
    """

    state: State
    quota: Quota
    latency: float
    faults: Faults = attrs.field(factory=Faults)
    log: Log = attrs.field(factory=Log)
    methods: dict[str, Method] = attrs.field(factory=METHODS.copy, repr=False)
    removed: dict[str, Literal["404", "fail"]] = attrs.field(
        factory=dict[str, Literal["404", "fail"]]
    )
    unknown_methods: deque[str] = attrs.field(factory=lambda: deque[str](maxlen=LOG_LENGTH))
    asgi: Starlette = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        """Route everything here, unknown methods too."""
        route = Route("/{path:path}", self._endpoint, methods=["GET", "POST"])
        self.asgi = Starlette(routes=[route])

    async def _endpoint(self, request: Request) -> Response:
        path = request.path_params["path"].removeprefix(BASE_PATH[1:]).strip("/")
        name = path.rpartition("/")[2]
        try:
            pairs = await _pairs(request)
        except ClientDisconnect:
            return Response(status_code=400)
        sessions, method = self.state.sessions, self.methods.get(path)
        entry = logged(name, pairs, request.method, sessions=sessions, method=method)
        entry.at = self.state.clock()
        self.log.add(entry)
        response: Response = _Disconnect()
        try:
            response = await self._respond(path, name, pairs)
        finally:
            cut = isinstance(response, _Disconnect)
            codes = response.codes if isinstance(response, _Envelope) else ()
            self.log.finish(entry, None if cut else response.status_code, codes)
        return response

    async def _respond(self, path: str, method: str, pairs: Pairs) -> Response:
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
        reply = failure(root_key(method), self.state.now_text(), refusal)
        status = 200 if fault.status is None else fault.status
        return self._envelope(reply, refusal, status, fault.headers)

    def _answer(self, path: str, method: str, pairs: Pairs) -> Response:
        known = self.methods.get(path)
        if known is None and method not in self.removed:
            self.unknown_methods.append(path)
        if known is None or self.removed.get(method) == "404":
            return _page(404, "Not Found")
        with self.state.store.lock:
            return self._reply(known, pairs)

    def _reply(self, method: Method, pairs: Pairs) -> Response:
        state = self.state
        state.store.flush_due(state.now())
        try:
            if method.name in self.removed:
                raise refused(1)
            payload = self._payload(method, form(pairs))
        except RefusedError as refusal:
            return self._envelope(failure(method.root, state.now_text(), refusal), refusal)
        return self._envelope(success(method.root, state.now_text(), payload))

    def _payload(self, method: Method, fields: Fields) -> Json:
        if fields.text("responseType") not in {"", "json"}:
            raise malformed("The emulator answers in JSON only.")
        if method.in_session:
            self.state.sessions.check(fields, self.state.now())
        return method.answer(self.state, fields)

    def _envelope(
        self,
        reply: Json,
        refusal: RefusedError | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        shown = legacy(reply) if self.state.quirks.legacy_json else reply
        response = _Envelope(encode(shown), status, headers, "application/json")
        if refusal is not None:
            response.codes = tuple(code for code, _ in refusal.problems)
        return response


async def _pairs(request: Request) -> Pairs:
    pairs = parse_pairs(request.url.query)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    # As in a servlet: a body that is not declared as a form has no parameters.
    if kind == _FORM:
        pairs += parse_pairs(body.decode("ascii", "replace"))
    return pairs
