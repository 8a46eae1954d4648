"""JSON that is almost JSON, as an old database and an old serializer may give it.

It may hold half of a surrogate pair, raw control characters in text, and bytes that are not
UTF-8. The strict parser comes first; this one is for replies that it refuses.
"""

from __future__ import annotations

import json
import math
from contextlib import suppress
from typing import Any

from neon_async._wire.type_guards import is_deep

_BOM = b"\xef\xbb\xbf"
# As many as orjson allows.
_MOST_LEVELS = 1024


class LenientPayload(dict[str, Any]):
    """The payload of such a reply: text in it may be such that it can't be sent."""


def parse_lenient(body: bytes) -> Any:
    """Return the JSON value.

    Half of a surrogate pair stays what it is, and a byte that is not UTF-8 becomes such a half, so
    that neither is taken for text that somebody has written.
    """
    text = body.removeprefix(_BOM).decode("utf-8", "surrogateescape")
    with suppress(RecursionError):
        value = json.loads(text, strict=False, parse_float=_finite, parse_constant=_refuse)
        if not is_deep({"": value}, _MOST_LEVELS):
            return value
    raise ValueError("nested too deeply")


def _finite(digits: str) -> float | str:
    """Return a number, or its digits if it is too large for a float."""
    number = float(digits)
    return number if math.isfinite(number) else digits


def _refuse(_: str) -> Any:
    raise ValueError("NaN and Infinity are not JSON")
