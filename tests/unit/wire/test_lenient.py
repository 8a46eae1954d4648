"""JSON that is almost JSON: read all the same, with what can't be written back as an oddity."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import given

from neon_async import APIError, ProtocolError
from neon_async._wire.envelope import open_envelope
from neon_async._wire.lenient import LenientPayload, parse_lenient
from neon_async.models import AccountsPage, Contact
from neon_async.operations import RetrieveIndividualAccount, SyncAccounts
from tests.support import strategies

# What stands in the reply for a last name, what becomes of it, and whether it can be written back.
NAMES: list[tuple[bytes, str, bool]] = [
    (b"M\\ud83d", "M\ud83d", False),
    (b"\\ude00x", "\ude00x", False),
    (b"M\xfcller", "M\udcfcller", False),
    (b"\xed\xa0\xbd", "\udced\udca0\udcbd", False),
    (b"Mu\nller", "Mu\nller", True),
    (b"Mu\x01\tller", "Mu\x01\tller", True),
]
GOOD = b'"firstName": "Z\xc3\xbcrich \\ud83d\\ude00", '


def reply(name: bytes, result: bytes = b"SUCCESS") -> bytes:
    contact = b'{"contactId": 8, ' + GOOD + b'"lastName": "' + name + b'"}'
    account = b'{"accountId": 7, "primaryContact": ' + contact + b"}"
    return (
        b'{"reply": {"operationResult": "' + result + b'", "individualAccount": ' + account
        + b', "individualAccounts": {"individualAccount": [' + account + b"]}}}"
    )  # fmt: skip


@pytest.mark.parametrize(("raw", "name", "writable"), NAMES, ids=ascii)
def test_almost_json_is_read(raw: bytes, name: str, *, writable: bool) -> None:
    """One bad text costs nothing else of its reply; if it can't be written it is odd."""
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(reply(raw))

    payload = open_envelope(reply(raw), "op")
    account = RetrieveIndividualAccount(7).parse(payload)
    page: AccountsPage = SyncAccounts(ids=[7]).parse(payload)

    expected = Contact(contact_id=8, first_name="Zürich 😀", last_name=name)
    if not writable:
        odd = {"lastName": name}
        expected = Contact(contact_id=8, first_name="Zürich 😀", extra=odd)
    assert expected == account.contact
    assert [account] == page.accounts
    assert (() if writable else ("primaryContact.lastName",)) == account.oddities


def test_byte_order_mark_before_almost_json() -> None:
    """A mark before the JSON is no part of it."""
    assert {"a": "\ud83d"} == parse_lenient(b'\xef\xbb\xbf{"a": "\\ud83d"}')


def test_failures_are_read_in_almost_json() -> None:
    """A FAIL counts, whatever its text holds."""
    body = b'{"r": {"operationResult": "FAIL", "errors": {"error": {"errorCode": 4, "x": "\xfc"}}}}'

    with pytest.raises(APIError) as caught:
        open_envelope(body, "op")

    assert 4 == caught.value.code


@pytest.mark.parametrize(
    "body",
    [
        b'{"r": {"operationResult": "SUCCESS", "x": NaN}}',
        b'{"r": {"operationResult": "SUCCESS", "x": -Infinity}}',
        b'{"r": {"operationResult": "SUCCESS", "x": "\xfc"',
        b'\xfc{"r": {"operationResult": "SUCCESS"}}',
        b"\xfc",
        b'{"x": "\xfc", "y": ' + b"[" * 100_000,
        b'{"x": "\xfc", "y": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"x": "\xfc", "y": ' + b"[" * 1100 + b"]" * 1100 + b"}",
    ],
    ids=lambda body: body[:50],
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    """Everything else is as wrong as before, and nothing of it is quoted."""
    with pytest.raises(ProtocolError) as caught:
        open_envelope(body, "op")

    assert "SUCCESS" not in str(caught.value)


def test_levels_are_bounded_before_they_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an interpreter with a deep stack could read is refused for its depth."""
    deep: Any = []
    for _ in range(1100):
        deep = [deep]
    monkeypatch.setattr(json, "loads", lambda *_, **__: deep)

    with pytest.raises(ValueError, match="nested too deeply"):
        parse_lenient(b"")


@pytest.mark.parametrize(("digits", "value"), [("1.5", 1.5), ("1e999", "1e999"), ("-7", -7)])
def test_numbers(digits: str, value: object) -> None:
    """A number that is too large for a float stays its digits, and is not infinite."""
    assert {"a": value} == parse_lenient(f'{{"a": {digits}}}'.encode())


@given(value=strategies.json.filter(lambda value: "nan" not in repr(value)))
def test_json_means_the_same_to_both(value: Any) -> None:
    """What the strict parser reads, the lenient one reads as well."""
    body = json.dumps(value).replace("Infinity", "0").encode()

    assert json.loads(body) == parse_lenient(body)


def test_only_such_replies_are_marked() -> None:
    """A reply that orjson reads is not looked through again."""
    body = reply(b"Boyd")

    assert not isinstance(open_envelope(body, "op"), LenientPayload)
