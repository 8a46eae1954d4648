"""Actions of the console's forms."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import attrs
from starlette.responses import RedirectResponse, Response

from neon_async.emulator._console import view
from neon_async.emulator._console.pages import STATUSES, live_values
from neon_async.emulator._server.app import App
from neon_async.emulator._server.faults import HTML, Fault
from neon_async.emulator._wire.codes import TEXTS, RefusedError
from neon_async.emulator._wire.messages import form, parse_id, parse_pairs

if TYPE_CHECKING:
    from starlette.requests import Request

    from neon_async.emulator._console.guard import Endpoint
    from neon_async.emulator._wire.messages import Fields

_LONGEST = 3600.0
"""Seconds that a request may be made to take."""

_UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
_FURTHEST = 3650 * 86_400.0
_MOST = 100
_THREADS = 10_000
_PAGE = b"<html><head><title>Sorry</title></head><body><h1>We will be back soon</h1></body></html>"


class InvalidInputError(Exception):
    """A form holds a value that can't be used."""


Action = Callable[["App", "Fields"], str]


@attrs.frozen(eq=False)
class Controls:
    """Answers the console's forms."""

    app: App

    def endpoint(self, action: Action) -> Endpoint:
        """Return the endpoint of an action, which reports what it did."""

        async def endpoint(request: Request) -> Response:
            fields = form(parse_pairs((await request.body()).decode("ascii", "replace")))
            status = 200
            try:
                notice = action(self.app, fields)
            except InvalidInputError as error:
                status, notice = 422, str(error)
            except RefusedError:
                status, notice = 422, "A field was filled in twice."
            if "hx-request" not in request.headers and status == 200:  # noqa: PLR2004
                return RedirectResponse("/", 303)
            values = live_values(self.app)
            return view.page("live.html", status, fresh=False, notice=notice, **values)

        return endpoint


def _add_fault(app: App, fields: Fields) -> str:
    kind, method = fields.text("kind"), fields.text("method")
    known = {known_method.name for known_method in app.methods.values()}
    if kind not in _FAULTS or (method and method not in known):
        raise InvalidInputError("Choose a fault and a method.")
    times = _whole(fields, "times", "The number of requests", 1, _MOST)
    fault = Fault(method=method or None, processed=bool(fields.text("processed")))
    app.faults.add(_FAULTS[kind](fault, fields), times)
    return f"Fault added for {method or 'any method'}, {times} ×."


def _late(fault: Fault, fields: Fields) -> Fault:
    return attrs.evolve(fault, delay=_number(fields, "delay", "The delay", 0.001, _LONGEST))


def _status(fault: Fault, fields: Fields) -> Fault:
    status = _choice(fields, "status", STATUSES)
    headers: dict[str, str] = {}
    if fields.text("retry-after"):
        headers["Retry-After"] = str(_whole(fields, "retry-after", "Retry-After", 0, 86_400))
    return attrs.evolve(fault, status=status, headers=headers)


def _code(fault: Fault, fields: Fields) -> Fault:
    return attrs.evolve(fault, code=_choice(fields, "code", TEXTS))


def _drop(fault: Fault, fields: Fields) -> Fault:
    del fields
    return attrs.evolve(fault, drop=True)


def _html(fault: Fault, fields: Fields) -> Fault:
    del fields
    return attrs.evolve(fault, body=_PAGE, content_type=HTML)


_FAULTS: dict[str, Callable[[Fault, Fields], Fault]] = {
    "code": _code,
    "delay": _late,
    "drop": _drop,
    "html": _html,
    "status": _status,
}


def _clear_faults(app: App, fields: Fields) -> str:
    del fields
    app.faults.clear()
    return "Faults cleared."


def _expire_sessions(app: App, fields: Fields) -> str:
    del fields
    with app.state.store.lock:
        app.state.sessions.expire()
    return "All sessions have expired."


def _load(app: App, fields: Fields) -> str:
    threads = None
    if fields.text("threads"):
        threads = _whole(fields, "threads", "The number of threads", 1, _THREADS)
    latency = _number(fields, "latency", "The time", 0, _LONGEST)
    app.quota.limit, app.latency = threads, latency
    return f"{threads or 'Any number of'} requests at once, {latency:g} s each."


def _advance(app: App, fields: Fields) -> str:
    unit = fields.text("unit")
    amount = _number(fields, "amount", "The time", 0.001, _FURTHEST)
    seconds = amount * _UNITS.get(unit, math.inf)
    if not seconds <= _FURTHEST:
        raise InvalidInputError("The clock can move by at most ten years.")
    app.state.clock.advance(seconds)
    return f"The clock moved {amount:g} {unit}."


def _clear_log(app: App, fields: Fields) -> str:
    del fields
    app.log.entries.clear()
    return "The log is empty."


ACTIONS: dict[str, Action] = {
    "advance": _advance,
    "clear-faults": _clear_faults,
    "clear-log": _clear_log,
    "expire-sessions": _expire_sessions,
    "fault": _add_fault,
    "load": _load,
}
"""The actions by the last part of their path."""


def _number(fields: Fields, name: str, label: str, low: float, high: float) -> float:
    try:
        number = float(fields.text(name))
    except ValueError:
        number = math.nan
    if not low <= number <= high:
        raise InvalidInputError(f"{label} must be a number from {low:g} to {high:g}.")
    return number


def _whole(fields: Fields, name: str, label: str, low: int, high: int) -> int:
    number = parse_id(fields.text(name))
    if number is None or not low <= number <= high:
        raise InvalidInputError(f"{label} must be a whole number from {low} to {high}.")
    return number


def _choice(fields: Fields, name: str, known: dict[int, str]) -> int:
    text = fields.text(name)
    if text not in map(str, known):
        raise InvalidInputError("Choose an entry of the list.")
    return int(text)
