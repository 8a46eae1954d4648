"""How v1 spells requests and replies: forms, envelopes, and the JSON of 2012."""

from __future__ import annotations

import json
import re
from datetime import UTC, date
from email import message_from_bytes
from email.policy import HTTP
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard
from urllib.parse import parse_qsl

import attrs
import orjson

from neon_async.emulator._wire.clock import parse_timestamp, timestamp
from neon_async.emulator._wire.codes import RefusedError, malformed

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

Value: TypeAlias = Any
"""Any JSON value."""

Json: TypeAlias = dict[str, Any]
Pairs: TypeAlias = list[tuple[str, str]]

_DATES = frozenset({"dob", "startDate", "endDate"})
_ENUMS = re.compile(r"phone[123]Type|activityPriority|dataType|component")
_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ID = re.compile(r"\d{1,12}", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,18}", re.ASCII)
_NO_BYTE = re.compile("[\ud800-\udc7f\udd00-\udfff]")


def parse_pairs(text: str) -> Pairs:
    """Decode a query string or a form body in order, with its blanks."""
    # A bare + is a space here: a +08:00 has to come as %2B08:00.
    return parse_qsl(text, keep_blank_values=True, errors="replace")


def parse_multipart(content_type: str, body: bytes) -> Pairs:
    """Decode the parameters of a body in `multipart/form-data`, in order."""
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    # A guess: no page names this form, and clients that send it should not fail because of that.
    message = message_from_bytes(head + body, policy=HTTP)
    return [
        (name, bytes(part.get_payload(decode=True) or b"").decode("utf-8", "replace"))
        for part in message.iter_parts()
        if isinstance(name := part.get_param("name", header="content-disposition"), str)
    ]


def spelled(pairs: Pairs, names: Iterable[str]) -> Pairs:
    """Return the pairs with their names as documented, where they differ only by case."""
    # The vendor's own pages mix cases: login.orgid and login.orgId, usersessionid.
    known = {name.casefold(): name for name in names}
    return [(known.get(name.casefold(), name), value) for name, value in pairs]


@attrs.frozen
class Fields:
    """Parameters below one prefix, each of which may be given once.

    Attributes:
        prefix: what the names start with, for messages.
        values: name below the prefix → the values given for it.
        placeholders: whether blanks only keep positions, as in a repeated group.
        exact: whether values with few choices are known in their documented spelling only.
    """

    prefix: str
    values: dict[str, list[str]] = attrs.field(repr=False)
    placeholders: bool = False
    exact: bool = False

    def get(self, name: str) -> str | None:
        """Return the value, None when it was omitted, or `""` when it is blank."""
        values = self.values.get(name)
        if values is None:
            return None
        if len(values) > 1:
            raise malformed(f"{self.prefix}{name} was given {len(values)} times.")
        return values[0]

    def text(self, name: str) -> str:
        """Return the value, or `""` when it was omitted or is blank."""
        return self.get(name) or ""

    def every(self, name: str) -> list[str]:
        """Return all values of a parameter, in order."""
        return self.values.get(name, [])

    def below(self, prefix: str) -> Fields:
        values = {
            name.removeprefix(prefix): texts
            for name, texts in self.values.items()
            if name.startswith(prefix)
        }
        return Fields(self.prefix + prefix, values, exact=self.exact)

    def groups(
        self, prefix: str, names: Collection[str], may_end: Collection[str] = ()
    ) -> list[Fields]:
        """Return a repeated group: its parameters zipped by position.

        Args:
            prefix: what the names of the group start with.
            names: the rest of each.
            may_end: names of which the last elements may have none.

        Raises:
            RefusedError: other parameters were not given equally often, so that they tear.
        """
        repeated = {
            name: texts for name, texts in self.below(prefix).values.items() if name in names
        }
        counts = {name: len(texts) for name, texts in repeated.items() if name not in may_end}
        # Groups are three parallel lists to v1: without a blank in each gap the rest would shift.
        if len(set(counts.values())) > 1:
            summary = ", ".join(f"{name} {count}" for name, count in counts.items())
            raise malformed(
                f"Each parameter of {self.prefix}{prefix}* must be given equally often: {summary}."
            )
        size = max(map(len, repeated.values()), default=0)
        return [
            Fields(
                self.prefix + prefix,
                {name: [texts[at]] for name, texts in repeated.items() if at < len(texts)},
                size > 1,
                self.exact,
            )
            for at in range(size)
        ]


def form(pairs: Pairs, *, exact: bool = False) -> Fields:
    """Return all parameters of a request by name (see `Fields` for `exact`)."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        # All of them, in order: a repeated parameter is a list, and its position matters in groups.
        values.setdefault(name, []).append(value)
    return Fields("", values, exact=exact)


def success(root: str, at: str, payload: Json) -> Json:
    """Return the envelope of a reply, with a message first, as on the pages."""
    head: Json = {"operationResult": "SUCCESS"}
    if "responseMessage" in payload:
        head["responseMessage"] = payload["responseMessage"]
    return {root: {**head, "responseDateTime": at, **payload}}


def failure(root: str, at: str, refusal: RefusedError) -> Json:
    """Return the envelope of a FAIL reply."""
    # A number or a text in replies that were seen; the schema says text.
    errors = [{"errorCode": str(code), "errorMessage": text} for code, text in refusal.problems]
    return {
        root: {
            "operationResult": "FAIL",
            "responseDateTime": at,
            "errors": {"error": errors},
        }
    }


def encode(reply: Json) -> bytes:
    """Encode a reply as JSON, even half of a surrogate pair, which is not quite JSON."""
    try:
        # orjson refuses half of a surrogate pair, as UTF-8 has none (RFC 3629, section 3).
        return orjson.dumps(reply)
    except orjson.JSONEncodeError:
        text = json.dumps(reply, ensure_ascii=False)
    # Other halves than those that stand for bytes have no UTF-8 at all.
    escaped = _NO_BYTE.sub(lambda half: f"\\u{ord(half[0]):04x}", text)
    return escaped.encode(errors="surrogateescape")


def copied(value: Json) -> Json:
    """Return a deep copy of a JSON object."""
    copy: Json = orjson.loads(orjson.dumps(value))
    return copy


def parse_id(text: str) -> int | None:
    return int(text) if _ID.fullmatch(text) else None


def parse_number(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None


def is_date(text: str) -> bool:
    if not _DATE.fullmatch(text):
        return False
    try:
        # Matched before: since Python 3.11 fromisoformat also takes 20140110 and 2014-W02-5.
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_object(value: Value) -> TypeGuard[Json]:
    return isinstance(value, dict)


def is_list(value: Value) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def inner(value: Value, *names: str) -> Value:
    """Return what lies at a path of names, or None. Planted records may have any shape."""
    for name in names:
        if not is_object(value):
            return None
        value = value.get(name)
    return value


def addresses(record: Json) -> list[Json]:
    """Return the addresses of an account's contact."""
    entries = inner(record, "primaryContact", "addresses", "address")
    return [
        address for address in (entries if is_list(entries) else [entries]) if is_object(address)
    ]


def legacy(value: Value, name: str = "") -> Value:
    """Return a JSON value as v1 wrote it in 2012."""
    if is_object(value):
        return _legacy_object(value)
    if is_list(value):
        return _legacy_list(value, name)
    if isinstance(value, str):
        return _legacy_text(value, name)
    return value


def _legacy_object(value: Json) -> Json:
    kept: Json = {}
    for name, new in value.items():
        old = legacy(new, name)
        emptied = new != {} and old == {}
        # Replies of 2012 leave an empty list out, and the wrapper with it.
        if old != [] and not emptied:
            kept[name] = old
    return kept


def _legacy_list(items: list[Any], name: str) -> Value:
    old = [legacy(item, name) for item in items]
    # In 2012 a list of one element collapsed to the element.
    return old[0] if len(old) == 1 else old


def _legacy_text(text: str, name: str) -> str | int:
    if _ENUMS.fullmatch(name):
        return "".join(word.capitalize() for word in text.split("_"))
    if name in _DATES and _DATE.fullmatch(text):
        # In 2012 a date had an offset: 1988-10-16-05:00.
        return f"{text}-05:00"
    if name.endswith("DateTime") and (at := parse_timestamp(text)) is not None:
        return f"{timestamp(at // 1000, UTC)[:-6]}+0000"
    # In 2012 a text of digits became a number, and lost its leading zeros.
    return int(text) if _NUMBER.fullmatch(text) else text
