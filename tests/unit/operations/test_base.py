"""What all operations have in common."""

from __future__ import annotations

from typing import Any

import attrs
import pytest

from neon_async import operations
from neon_async.operations import Effect, ListCustomFields, Operation

CLASSES: list[type[Any]] = [
    cls
    for cls in (getattr(operations, name) for name in operations.__all__)
    if isinstance(cls, type) and issubclass(cls, Operation) and cls is not Operation
]


@pytest.mark.parametrize("cls", CLASSES)
def test_operations_are_frozen_attrs_classes(cls: type[Any]) -> None:
    """What was asked for can't change while it is sent, and has no room for a misspelling."""
    required = [field.alias for field in attrs.fields(cls) if field.default is attrs.NOTHING]
    operation = cls(**dict.fromkeys(required, "x"))

    with pytest.raises((attrs.exceptions.FrozenInstanceError, AttributeError)):
        operation.adress = 5
    assert not hasattr(operation, "__dict__")


def test_name_is_the_end_of_the_path() -> None:
    """Errors and logs call an operation by its API method."""
    assert "listCustomFields" == ListCustomFields("Account").name


def test_effects() -> None:
    """An operation reads or writes, and nothing between."""
    assert ["read", "write"] == [effect.value for effect in Effect]


def test_earlier_names_are_kept() -> None:
    """Two operations go by their earlier names, too, which users may have imported."""
    assert operations.RawCall is operations.Call
    assert operations.OpenSession is operations.Login
