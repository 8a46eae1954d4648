"""Options, and the one wording with which they are refused."""

from typing import Any

import pytest

from neon_async import InvalidRequestError
from neon_async.operations import _validation


def message(check: Any, *arguments: Any) -> str:
    with pytest.raises(InvalidRequestError) as caught:
        check(*arguments, "option")
    assert "option" == caught.value.parameter
    return str(caught.value).removesuffix(" [option]")


def test_usable_options_pass() -> None:
    """What is expected is let through; None stands for no callable."""
    _validation.require(True, "X", 5, "option")  # noqa: FBT003 - the condition
    _validation.require_type("a", str, "text", "option")
    _validation.require_callable(None, "option")
    _validation.require_callable(print, "option")
    _validation.require_choice("b", ("a", "b"), "option")

    assert 5 == _validation.require_positive(5, "option")


@pytest.mark.parametrize("value", [0, -1, True, "5", 5.0, None])
def test_a_positive_integer(value: Any) -> None:
    """A truth value and the digits of a number are none."""
    text = message(_validation.require_positive, value)

    assert text.startswith("expected a positive integer, got ")


def test_unusable_options_are_refused() -> None:
    """The message says what was expected, and of which type the value is."""
    assert "expected X, got 0" == message(_validation.require, None, "X", 0)
    assert "expected text, got int" == message(_validation.require_type, 5, str, "text")
    assert "expected a callable, got int" == message(_validation.require_callable, 5)


@pytest.mark.parametrize(("value", "got"), [("secret", "other text"), (5, "int"), ([], "list")])
def test_choices(value: Any, got: str) -> None:
    """A text that is none of the choices is not shown, and what has no hash is refused, too."""
    text = message(_validation.require_choice, value, ("a", "b"))

    assert f"expected 'a' or 'b', got {got}" == text
