"""XML as JSON values: what refusals are made of, and nothing that could do harm."""

import pytest

from neon_async._wire.xml import parse_xml


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"<a/>", {"a": ""}),
        (b"<a> x </a>", {"a": "x"}),
        (b"<a>x<b>1</b>y</a>", {"a": {"b": "1"}}),
        (b"<a><b>1</b><b>2</b><b/></a>", {"a": {"b": ["1", "2", ""]}}),
        (b"<a c='d'>&lt;&#65;<![CDATA[&]]></a>", {"a": "<A&"}),
        (b"<n:a xmlns:n='http://example.org/n'><n:b/><b/></n:a>", {"a": {"b": ["", ""]}}),
        (b"\xef\xbb\xbf<a>\xc3\xab</a>", {"a": "ë"}),
    ],
)
def test_values(body: bytes, expected: object) -> None:
    """Elements are objects, or text where they have no children; several of a name are a list."""
    assert expected == parse_xml(body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"<a>",
        b"<a></b>",
        b"<a/><b/>",
        b"<a>\xff</a>",
        b"<a>&x;</a>",
        b"<?xml version='1.0' encoding='no-such-charset'?><a/>",
        b"<?xml version='1.0' encoding='gbk'?><a/>",
        b"<!DOCTYPE a><a/>",
        b"<!DOCTYPE a [<!ENTITY x 'xxxxxxxx'><!ENTITY y '&x;&x;&x;'>]><a>&y;</a>",
        b"<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/a.dtd'><a/>",
        b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><a>&x;</a>",
        b"<a>" * 33 + b"</a>" * 33,
        b"<a>" + b"<b/>" * 20_000 + b"</a>",
        b"<a>" + b" " * 1024 * 1024 + b"</a>",
    ],
    ids=range(16),
)
def test_refused(body: bytes) -> None:
    """What is no XML, has a document type, or is larger or deeper than a refusal, is None."""
    assert parse_xml(body) is None


def test_bounds() -> None:
    """The most levels and elements are read."""
    assert parse_xml(b"<a>" * 32 + b"</a>" * 32) is not None
    assert parse_xml(b"<a>" + b"<b/>" * 19_999 + b"</a>") is not None
