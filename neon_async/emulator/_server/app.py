"""The ASGI application: what a path, a form and the faults make of a request."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Literal

import anyio
import attrs
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from neon_async.emulator._methods.table import METHODS, ApiMethod, root_key
from neon_async.emulator._server import soap
from neon_async.emulator._server.faults import Fault, Faults, Quota
from neon_async.emulator._server.log import LOG_LENGTH, Log, logged
from neon_async.emulator._server.replies import Disconnect, Envelope, page
from neon_async.emulator._state.state import EmulatorState
from neon_async.emulator._wire.codes import RefusedError, malformed, refused
from neon_async.emulator._wire.messages import (
    encode,
    failure,
    form,
    legacy,
    parse_multipart,
    parse_pairs,
    spelled,
    success,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from neon_async.emulator._wire.messages import Fields, Json, Pairs

BASE_PATH = "/neonws/services/api"
_FORM = "application/x-www-form-urlencoded"
_MULTIPART = "multipart/form-data"


@attrs.define(eq=False)
class App:
    """Answers requests.

    Attributes:
        latency: seconds that every request takes.
        methods: the methods that the emulator knows, by path.
        removed: API methods that the organization does not know → how that is said.
        unknown_methods: paths that were asked for and that the emulator does not know.
    """

    state: EmulatorState
    quota: Quota
    latency: float
    faults: Faults = attrs.field(factory=Faults)
    log: Log = attrs.field(factory=Log)
    methods: dict[str, ApiMethod] = attrs.field(factory=METHODS.copy, repr=False)
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
        section = soap.section_of(path, self.methods)
        if section is not None:
            strict = self.state.quirks.strict_soap
            return await soap.answer(request, section, self.methods, self._handle, strict=strict)
        try:
            pairs = await _pairs(request, multipart=not self.state.quirks.urlencoded_only)
        except ClientDisconnect:
            return Response(status_code=400)
        if request.method == "POST" and self.state.quirks.post_refused:
            return page(405, "Method Not Allowed")
        method = self.methods.get(path)
        if method is not None and not self.state.quirks.exact_names:
            pairs = spelled(pairs, [parameter.name for parameter in method.parameters])
        response = await self._handle(path, pairs, request.method)
        # Documented values of responseType are JSON and XML; the vendor's client sends `json`.
        wants_xml = any((name, text.lower()) == ("responseType", "xml") for name, text in pairs)
        return soap.as_xml(response) if wants_xml else response

    async def _handle(self, path: str, pairs: Pairs, http_method: str) -> Response:
        """Answer a request for a method, and log it."""
        name = path.rpartition("/")[2]
        sessions, method = self.state.sessions, self.methods.get(path)
        entry = logged(name, pairs, http_method, sessions=sessions, method=method)
        entry.at = self.state.clock()
        self.log.add(entry)
        response: Response = Disconnect()
        try:
            response = await self._respond(path, name, pairs)
        finally:
            cut = isinstance(response, Disconnect)
            codes = response.codes if isinstance(response, Envelope) else ()
            self.log.finish(entry, None if cut else response.status_code, codes)
        return response

    async def _respond(self, path: str, method: str, pairs: Pairs) -> Response:
        # v1's quota is on concurrent threads. What its refusal looks like is not documented; 429 is
        # a guess.
        if not self.quota.enter():
            return page(429, "Too Many Requests")
        try:
            # Inside of the quota: v1 counts threads, which are taken while a request is worked on.
            await anyio.sleep(self.latency)
            fault = self.faults.take(method)
            if fault is None:
                return self._answer(path, method, pairs)
            return await self._faulty(fault, path, method, pairs)
        finally:
            self.quota.leave()

    async def _faulty(self, fault: Fault, path: str, method: str, pairs: Pairs) -> Response:
        # Processed before the reply is lost: the case in which a client can't know what happened.
        answer = self._answer(path, method, pairs) if fault.processed else None
        await anyio.sleep(fault.delay)
        if fault.answers:
            return self._fault(fault, method)
        return answer or self._answer(path, method, pairs)

    def _fault(self, fault: Fault, method: str) -> Response:
        if fault.drop:
            return Disconnect()
        if fault.code is not None:
            return self._json(method, refused(fault.code, fault.message), fault)
        status = 200 if fault.status is None else fault.status
        if fault.body is None:
            html = page(status, f"Status {status}")
            html.headers.update(fault.headers)
            return html
        return Response(fault.body, status, fault.headers, fault.content_type)

    def _json(self, method: str, refusal: RefusedError, fault: Fault) -> Response:
        reply = failure(root_key(method), self.state.now_text(), refusal)
        return self._envelope(reply, refusal, fault.status, fault.headers)

    def _answer(self, path: str, method: str, pairs: Pairs) -> Response:
        known = self.methods.get(path)
        if known is None and method not in self.removed:
            self.unknown_methods.append(path)
        # Page Retrieve Duplicate Merge History says that the method does not exist. How v1 refuses
        # such a method is not known: by status 404, or by FAIL.
        if known is None or self.removed.get(method) == "404":
            return page(404, "Not Found")
        # A served emulator is controlled from the test's thread, by calls that change the same
        # store.
        with self.state.store.lock:
            return self._reply(known, pairs)

    def _reply(self, method: ApiMethod, pairs: Pairs) -> Response:
        state = self.state
        state.store.flush_due(state.now())
        try:
            # Code 1 is "unexpected system error", often a malformed request; none is known for
            # this.
            if method.name in self.removed:
                raise refused(1)
            payload = self._payload(method, form(pairs, exact=state.quirks.exact_values))
        except RefusedError as refusal:
            return self._envelope(failure(method.root, state.now_text(), refusal), refusal)
        return self._envelope(success(method.root, state.now_text(), payload))

    def _payload(self, method: ApiMethod, fields: Fields) -> Json:
        if fields.text("responseType").lower() not in {"", "json", "xml"}:
            raise malformed("responseType must be JSON or XML.")
        # Every method but login takes userSessionId.
        if method.in_session:
            self.state.sessions.check(fields, self.state.now())
        return method.answer(self.state, fields)

    def _envelope(
        self,
        reply: Json,
        refusal: RefusedError | None = None,
        status: int | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        quirks = self.state.quirks
        # v1 has two generations of JSON: samples of 2012 differ from replies since 2014.
        shown = legacy(reply) if quirks.legacy_json else reply
        codes = () if refusal is None else tuple(code for code, _ in refusal.problems)
        # A guess that all known clients share: FAIL comes with status 200. The quirk changes that.
        if status is None:
            status = 200 if refusal is None else quirks.fail_status
        return Envelope(encode(shown), reply, codes, status, headers)


async def _pairs(request: Request, *, multipart: bool) -> Pairs:
    pairs = parse_pairs(request.url.query)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    body = await request.body()
    # As in a servlet: a body that is not declared as a form has no parameters.
    if kind == _FORM:
        pairs += parse_pairs(body.decode("ascii", "replace"))
    elif multipart and kind == _MULTIPART:
        pairs += parse_multipart(request.headers["content-type"], body)
    return pairs
