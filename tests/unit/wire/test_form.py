"""The form that leaves: encoded once, in order, and never shown."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.pretty import pretty_repr

from neon_async._wire.form import Form
from tests.support import forms, strategies

CANARY = "fake-canary-81"


def test_encoding() -> None:
    """Spaces, plus signs and characters beyond ASCII leave as forms have them."""
    form = Form.encode([("time", "2014-01-10T15:50:28.153+08:00"), ("name", "Zoë Lee & Co=1")])

    expected = b"time=2014-01-10T15%3A50%3A28.153%2B08%3A00&name=Zo%C3%AB+Lee+%26+Co%3D1"
    assert expected == form.content


@given(pairs=st.lists(st.tuples(strategies.words, strategies.text), max_size=5))
def test_any_pairs_come_back_in_order(pairs: list[tuple[str, str]]) -> None:
    """What is encoded is read back pair by pair, repeated names and blanks included."""
    form = Form.encode(pairs)

    assert pairs == forms.pairs(form.content)
    assert re.fullmatch(rb"[\w.~*+%&=-]*", form.content)


EVERY_CHARACTER = "".join(map(chr, [*range(0x250), 0x4E2D, 0x1F600]))
TEXTS = ["", "%", "%25 +", "\0", "\1", "a\1=b", "a\0&b", "x\0y\1z", "é" * 40, EVERY_CHARACTER]


@pytest.mark.parametrize("name", ["a.b", "a\0b", "a\1b", "a=b&c", ""], ids=ascii)
@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_encoding_is_that_of_the_standard_library(name: str, text: str) -> None:
    """Whatever characters there are, `urlencode` would make the same of them."""
    for pairs in ([], [(name, text)], [("first", "1"), (name, text), (name, text), ("last", "")]):
        assert urlencode(pairs).encode() == Form.encode(pairs).content


def test_values_are_not_shown() -> None:
    """A form shows the names of its parameters, each once, and nothing else."""
    form = Form.encode([("a.b", CANARY), ("a.b", CANARY), ("c", CANARY)])

    assert "<Form a.b, c>" == repr(form) == str(form)
    assert CANARY not in pretty_repr(form)
    assert "a.b" in pretty_repr(form)
