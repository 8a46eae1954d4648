"""Whatever a reply holds: an edit refuses it with nothing sent, or keeps all of it."""

from __future__ import annotations

import copy
from typing import Any

import anyio
from hypothesis import given
from hypothesis import strategies as st

from neon_async import InvalidRequestError, LossyReadError, ProtocolError, structure
from neon_async._wire.flatten import READ_ONLY
from tests.support import strategies
from tests.support.account_server import FakeAccountServer
from tests.support.edits import put
from tests.support.full_records import RECORDS, Json, places

GONE = object()
TEXT = st.text(st.characters(codec="utf-8"), max_size=6)
BLANKS = [GONE, "", None, {}, []]
OTHERS = [0, 7, True, "12", "x\0", "false", "2001-02-03-05:00"]
ODD = [1.5, 2**60, "20014-01-01", [[7]], ["x", {}], {"id": [1]}, {"x": ""}, "\ud83d"]
ANYTHING = st.one_of(st.sampled_from(BLANKS), st.sampled_from(OTHERS), st.sampled_from(ODD), TEXT)
REFUSALS = LossyReadError, InvalidRequestError, ProtocolError


@st.composite
def readings(draw: st.DrawFn) -> Json:
    """A payload: a complete record, with other values or none in some places."""
    name = draw(st.sampled_from([*RECORDS]))
    record = copy.deepcopy(RECORDS[name])
    for place in draw(st.sets(st.sampled_from(places(record)), max_size=6)):
        holder: Any = record
        for step in place[:-1]:
            holder = holder[step]
        holder[place[-1]] = draw(ANYTHING)
    record = _without(record)
    record["accountId"] = 1
    record["primaryContact"]["contactId"] = 2
    for number, address in enumerate(record["primaryContact"]["addresses"]["address"]):
        address["addressId"] = draw(st.sampled_from([number + 7, str(number + 7)]))
    member = "organizationAccount" if name == "organization" else "individualAccount"
    return {member: record}


def _without(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without(inner) for key, inner in value.items() if inner is not GONE}
    if isinstance(value, list):
        return [_without(inner) for inner in value if inner is not GONE]
    return value


def meaning(value: Any) -> Any:
    """What JSON says: without blanks and what is false, and with pairs by their first half."""
    if isinstance(value, list):
        # A list in a list is as good as its elements.
        elements = [meaning(inner) for outer in value for inner in flattened(outer)]
        return [inner for inner in elements if inner not in (None, {}) and _is_filled(inner)]
    if isinstance(value, dict):
        said = {key: meaning(inner) for key, inner in value.items()}
        said = {key: inner for key, inner in said.items() if inner not in (None, {}, [])}
        half = next((said[key] for key in ("id", "code", "name") if key in said), None)
        return half or said
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return None if value is None or text.strip() in {"", "false"} else text.removesuffix("-05:00")


def flattened(value: Any) -> list[Any]:
    if not isinstance(value, list):
        return [value]
    return [one for inner in value for one in flattened(inner)]


def _is_filled(element: Any) -> bool:
    return not isinstance(element, dict) or element.keys() != {"fieldId"}


def upper(record: Json) -> Json:
    """The record with kinds of telephones spelled alike."""
    contact = record["primaryContact"]
    for name in ("phone1Type", "phone2Type", "phone3Type"):
        if isinstance(contact.get(name), str):
            contact[name] = contact[name].upper()
    return record


@given(readings(), strategies.words, st.sampled_from(["url", "primary_contact.fax"]))
def test_refused_or_kept(payload: Json, new: str, attribute: str) -> None:
    """The form that leaves says all that the reply said, but for the one change."""
    book = FakeAccountServer(payload)
    ((member, before),) = copy.deepcopy(payload).items()

    async def edit() -> bool:
        try:
            await book.edit(put(attribute, new))
        except REFUSALS:
            return False
        return True

    if anyio.run(edit):
        holder = before if attribute == "url" else before["primaryContact"]
        holder[attribute.rpartition(".")[2]] = new
        assert meaning(upper(before)) == meaning(upper(book.payload[member]))
    else:
        assert {book.kind.retrieve.path.rpartition("/")[2]} == {*book.requests}


@given(readings())
def test_oddities_are_undecided(payload: Json) -> None:
    """An edit names all odd values of the record by the paths that the record itself has."""
    book = FakeAccountServer(payload)
    (record,) = payload.values()
    odd = set(structure(record, book.kind.cls).oddities) - READ_ONLY - {"url"}

    async def edit() -> set[str] | None:
        try:
            plan = await book.edit(put("url", "https://example.org/new"), dry_run=True)
        except InvalidRequestError:
            return None
        return set(plan.undecided)

    paths = anyio.run(edit)

    assert paths is None or odd <= paths
