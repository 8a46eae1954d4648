"""What is watched for the arrival of arguments, and what proves nothing."""

from collections.abc import Callable
from typing import Any

import pytest

from neon_async._pipeline.secrecy import guarded
from tests.support.forwarding import ANYWHERE, fresh, watching


def take(option: object) -> None:
    """Get an option, from who hands it on."""


@guarded
def hand_on(*, option: object) -> None:
    take(option)


@guarded
def ignore(*, option: object) -> None:
    del option


@guarded
async def hand_on_later(*, option: object) -> None:
    take(option)


@guarded
async def ignore_later(*, option: object) -> None:
    del option


@pytest.mark.parametrize(
    ("function", "arrived"),
    [(hand_on, True), (ignore, False), (hand_on_later, True), (ignore_later, False)],
)
def test_guards_are_no_arrival(function: Callable[..., Any], *, arrived: bool) -> None:
    """A guard gets all arguments of what it guards, which may ignore them."""
    value = fresh("forwarded")

    with watching(function, ANYWHERE) as watch:
        made = function(option=value)
        if made is not None:
            with pytest.raises(StopIteration):
                made.send(None)

    assert arrived is watch.arrived("option", value)


def test_callers_are_no_arrival() -> None:
    """What calls a function with an option has it, whether the function hands it on or not."""
    value = fresh("forwarded")

    def call(**options: object) -> None:
        ignore(**options)

    with watching(ignore, ANYWHERE, caller=call) as watch:
        call(option=value)

    assert not watch.arrived("option", value)
