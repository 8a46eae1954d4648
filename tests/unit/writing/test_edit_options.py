"""The options of edits, which are said once and mean the same everywhere."""

import inspect
from collections.abc import Callable
from typing import Any

import attrs
import pytest

from neon_async import AccountChange, AccountEdit, AsyncClient, EditOptions
from neon_async.blocking import BlockingClient

# What belongs to the library's own undoing, and to no caller.
OPTIONS = {field.name: field for field in attrs.fields(EditOptions) if field.name != "restored"}
UNDOING = {"consent", "accept_loss"}


def keywords(function: Callable[..., Any]) -> dict[str, Any]:
    """Return the names of the options that a function takes, with their defaults."""
    parameters = inspect.signature(function).parameters.values()
    return {
        parameter.name: parameter.default
        for parameter in parameters
        if parameter.kind is parameter.KEYWORD_ONLY and parameter.name != "kind"
    }


@pytest.mark.parametrize("client", [AsyncClient, BlockingClient])
@pytest.mark.parametrize("kind", ["individual", "organization"])
def test_an_edit_takes_all(client: type[Any], kind: str) -> None:
    """The methods for one account have each option of `EditOptions`, with the same default."""
    options = keywords(getattr(client, f"edit_{kind}_account"))

    assert set(OPTIONS) == set(options)
    assert EditOptions() == EditOptions(**options)


def test_a_change_among_many_takes_what_decides() -> None:
    """Of many edits each has the options that decide about its account."""
    assert {"consent", "allow_clear", "accept_loss"} == set(keywords(AccountChange))
    assert EditOptions() == EditOptions(**keywords(AccountChange))


@pytest.mark.parametrize(
    "undo",
    [AsyncClient.undo_edit, BlockingClient.undo_edit, AccountEdit.undo, AccountChange.to_undo],
)
def test_an_undo_takes_the_same(undo: Callable[..., Any]) -> None:
    """An undo has the options that decide, by the names that an edit has for them."""
    assert UNDOING <= set(keywords(undo)) <= set(OPTIONS)
