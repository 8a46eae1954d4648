"""Values as parameters, and the one wording of what can't be one."""

import math
from datetime import UTC, date, datetime
from typing import Any

import pytest

from neon_async import PhoneType
from neon_async._wire import spelling
from neon_async._wire.flatten import SPELLINGS
from neon_async._wire.spelling import SpellingError

NAIVE = datetime(2026, 1, 1)  # noqa: DTZ001 - a naive one is what is refused
CANARY = "canary"


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (CANARY, "str"),
        (None, "NoneType"),
        (True, "bool"),
        (0, "0"),
        (0.0, "0"),
        (-3, "a negative int"),
        (-0.5, "a negative float"),
        (7, "int"),
        (2**63, "int out of range"),
        (math.inf, "float out of range"),
        (math.nan, "float out of range"),
        (NAIVE, "a naive datetime"),
        (NAIVE.replace(tzinfo=UTC), "datetime"),
    ],
)
def test_what_came_is_described(value: Any, got: str) -> None:
    """By its type, a number by what is wrong with it, and never by the value."""
    assert f"expected X, got {got}" == spelling.expected("X", value)


@pytest.mark.parametrize(
    ("cls", "value", "text"),
    [
        (str, "a", "a"),
        (int, 5, "5"),
        (bool, False, "false"),
        (date, date(2020, 1, 2), "2020-01-02"),
        (datetime, datetime(2014, 1, 10, 15, 50, 28, 153999, UTC), "2014-01-10T15:50:28.153+00:00"),
        (PhoneType, "hOME", "Home"),
        (PhoneType, "", None),
    ],
)
def test_values_are_spelled(cls: type[Any], value: Any, text: str | None) -> None:
    """Each type of attribute has its spelling; a blank telephone type is not sent."""
    assert text == SPELLINGS[cls](value)


@pytest.mark.parametrize(
    ("cls", "value", "message"),
    [
        (str, 5, "expected text, got int"),
        (int, CANARY, "expected a positive integer, got str"),
        (bool, CANARY, "expected bool, got str"),
        (date, NAIVE, "expected date, got a naive datetime"),
        (datetime, NAIVE, "expected a datetime with a time zone, got a naive datetime"),
        (datetime, date(2020, 1, 2), "expected a datetime with a time zone, got date"),
        (PhoneType, CANARY, "expected one of HOME, WORK, MOBILE, got other text"),
        (PhoneType, 5, "expected one of HOME, WORK, MOBILE, got int"),
    ],
)
def test_other_values_are_refused(cls: type[Any], value: Any, message: str) -> None:
    """The message says what was expected, and does not show the value."""
    with pytest.raises(SpellingError) as caught:
        SPELLINGS[cls](value)

    assert message == str(caught.value)
