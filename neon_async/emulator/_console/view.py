"""Templates and filters of the console."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import jinja2
import orjson
from starlette.responses import HTMLResponse

from neon_async.emulator._server.log import without_passwords
from neon_async.emulator._wire.codes import TEXTS

if TYPE_CHECKING:
    from datetime import datetime

    from neon_async.emulator._server.faults import Fault
    from neon_async.emulator._server.log import LoggedRequest
    from neon_async.emulator._wire.messages import Value


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("neon_async.emulator._console"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "clock": clock,
        "fault": described_fault,
        "json": shown_json,
        "meaning": meaning,
        "outcome": outcome,
        "plain": "{:g}".format,
        "thousands": "{:,}".format,
        "tone": tone,
    }
    environment.filters |= filters  # pyright: ignore[reportUnknownMemberType]
    return environment


def page(template: str, status: int = 200, **values: Any) -> HTMLResponse:
    return HTMLResponse(_environment().get_template(template).render(values), status)


def clock(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S}"


def shown_json(value: Value) -> str:
    """Return a value as indented JSON without passwords."""
    return orjson.dumps(without_passwords(value), option=orjson.OPT_INDENT_2).decode()


def outcome(request: LoggedRequest) -> str:
    if request.seconds is None:
        return "working"
    if request.status is None:
        return "cut off"
    if request.codes:
        return f"FAIL {', '.join(map(str, request.codes))}"
    return "SUCCESS" if request.status == 200 else f"status {request.status}"  # noqa: PLR2004


def tone(request: LoggedRequest) -> str:
    """Return whether the outcome is good, bad or still open."""
    text = outcome(request)
    return {"SUCCESS": "good", "working": "open"}.get(text, "bad")


def meaning(codes: tuple[int, ...]) -> str:
    return " ".join(TEXTS.get(code, "") for code in codes)


def described_fault(fault: Fault) -> str:
    """Return what a fault does, in a few words."""
    if fault.drop:
        effect = "cut off"
    elif fault.code is not None:
        effect = f"FAIL {fault.code}"
    elif fault.status is not None:
        effect = f"status {fault.status}"
    elif fault.body is not None:
        effect = "a page of HTML" if fault.content_type.startswith("text/html") else "other bytes"
    else:
        effect = ""
    delay = f"{fault.delay:g} s late" if fault.delay else ""
    after = "after processing" if fault.processed else ""
    return ", ".join(filter(None, (effect, delay, after)))
