"""What is said of a reply that can't be read: its kind and measures, and nothing that is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async._wire.diagnosis import describe

JSON = '{"loginResponse": {"userSessionId": "fake-session-canary-83"}}'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", "the reply is empty"),
        (b" \r\n", "the reply is blank (3 bytes)"),
        (b"\0\0\0", "the reply is blank (3 bytes)"),
        (b"<html>x</html>", "HTML, not JSON (14 bytes, ASCII,"),
        (b"\n<!DOCTYPE HTML>\n<p>x", "HTML, not JSON (21 bytes, ASCII,"),
        (b"<!-- x --><HTML>", "HTML, not JSON (16 bytes, ASCII,"),
        ("<html>é".encode(), "HTML, not JSON (8 bytes, UTF-8,"),
        ("<html>é".encode("latin-1"), "HTML, not JSON (7 bytes, not UTF-8 at byte 6,"),
        ("<html>".encode("utf-16"), "HTML, not JSON (14 bytes, UTF-16,"),
        ("<html>".encode("utf-32"), "HTML, not JSON (28 bytes, UTF-32,"),
        (b"<?xml version='1.0'?><r/>", "XML, not JSON (25 bytes, ASCII,"),
        (b"Bad gateway", "plain text, not JSON (11 bytes, ASCII,"),
        (b"oops {", "plain text, not JSON (6 bytes, ASCII,"),
        (b"\x1f\x8b\x08x", "binary data, not JSON (4 bytes, not UTF-8 at byte 1,"),
        (JSON[:40].encode(), "JSON that is cut off (40 bytes, ASCII,"),
        (JSON[1:-1].encode(), "damaged JSON (60 bytes, ASCII,"),
        (b"\xef\xbb\xbf" + JSON[:40].encode(), "JSON that is cut off (43 bytes, UTF-8,"),
        (JSON.replace(":", "", 1).encode(), "damaged JSON (61 bytes, ASCII,"),
        (
            JSON.encode("utf-16-le"),
            "damaged JSON (124 bytes, UTF-16, UTF-32 or binary,",
        ),
        (
            f")]}}',\n{JSON}".encode(),
            "text in front of JSON, or JSON without its beginning (68 bytes, ASCII,",
        ),
        (
            JSON[10:].encode(),
            "text in front of JSON, or JSON without its beginning (52 bytes, ASCII,",
        ),
    ],
)
def test_kinds(body: bytes, expected: str) -> None:
    """A reply is told by what it is, how long, in which charset, and where it went wrong."""
    described = describe(body, 7)

    whole = expected.startswith("the reply")
    assert described == (expected if whole else f"the reply is {expected} wrong at character 7)")


@given(body=st.binary(max_size=300) | st.text(max_size=200).map(str.encode), cut=st.integers(0, 9))
def test_any_bytes(body: bytes, cut: int) -> None:
    """Whatever arrives, its description is short, printable, and made of our own words."""
    described = describe(body[cut:], 0)

    assert described.isascii()
    assert described.isprintable()
    assert len(described) < 150
