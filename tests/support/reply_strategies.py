"""Strategies for replies: anything at all, and what is almost a reply of v1."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any, TypeAlias

from hypothesis import strategies as st

from tests.support import samples, strategies

if TYPE_CHECKING:
    from collections.abc import Iterator

Path: TypeAlias = tuple[Any, ...]

_ODD: list[Any] = [None, "", " ", "0", "x", "SUCCESS", "FAIL", 0, -1, 2**63, 1e400, True, [], {}]


def _everything() -> dict[str, Any]:
    """One payload in which every method finds its own part."""
    accounts = samples.payload("syncAccounts")
    (people,) = accounts["individualAccounts"].values()
    pair = {"id": "1", "code": "X", "name": "Example"}
    return {
        "operationResult": "SUCCESS",
        "userSessionId": "fake-session",
        **samples.payload("syncActivities"),
        **accounts,
        **samples.payload("retrieveDuplicateMergeHistory-merged"),
        "page": {"currentPage": 1, "pageSize": 200, "totalPage": 1, "totalResults": 2},
        "individualAccount": people[0],
        "organizationAccount": {**people[0], "organizationName": "Example"},
        "accountId": 1,
        "prefixes": {"prefix": ["Mr."]},
        "genders": {"gender": [pair]},
        "countries": {"country": [pair]},
        "customFields": {"customField": [{"fieldId": "1", "fieldOptions": {"fieldOption": pair}}]},
        "errors": {"error": [{"errorCode": 10001, "errorMessage": "x"}]},
    }


def _places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Return the paths to all values in JSON."""
    items: Any = value.items() if isinstance(value, dict) else ()
    for key, inside in enumerate(value) if isinstance(value, list) else items:
        yield (*path, key)
        yield from _places(inside, (*path, key))


EVERYTHING = _everything()
_PLACES = sorted(_places(EVERYTHING), key=len)


def _edited(edits: list[tuple[Path, Any]]) -> dict[str, Any]:
    """The payload with other values in some places."""
    document = copy.deepcopy(EVERYTHING)
    for (*path, last), value in edits:
        holder: Any = document
        for key in path:
            found = isinstance(holder, list) and isinstance(key, int) and key < len(holder)
            found = found or (isinstance(holder, dict) and key in holder)
            holder = holder[key] if found else {}
        if isinstance(holder, dict) or (isinstance(holder, list) and last in range(len(holder))):
            holder[last] = copy.deepcopy(value)
    return document


def dumped(document: object) -> bytes:
    """JSON, with the numbers that are none in JSON."""
    return json.dumps(document).encode()


def enveloped(payload: object) -> bytes:
    """A reply with this payload."""
    return dumped({"anyResponse": payload})


_values = st.sampled_from(_ODD) | strategies.json
_edits = st.lists(st.tuples(st.sampled_from(_PLACES), _values), min_size=1, max_size=4)
_almost = _edits.map(_edited).map(enveloped)
_results = st.sampled_from(["SUCCESS", "FAIL"])
_invented = st.builds(
    lambda result, value: enveloped({"operationResult": result, "errors": value, "page": value}),
    _results,
    strategies.json,
)
bodies = st.one_of(
    _almost,
    _almost,
    _invented,
    strategies.json.map(dumped),
    st.binary(max_size=200),
    st.text(max_size=100).map(str.encode),
)
headers = st.lists(
    st.tuples(
        st.sampled_from([b"Content-Encoding", b"Date", b"Retry-After", b"Location", b"Set-Cookie"]),
        st.sampled_from([b"gzip", b"br", b"0", b"9999", b"Sat, 10 Jan 2026 07:50:28 GMT"])
        | st.binary(max_size=20),
    ),
    max_size=3,
)
statuses = st.just(200) | st.just(200) | st.integers(200, 599)
