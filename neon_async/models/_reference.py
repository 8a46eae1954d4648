"""Merge history and custom fields."""

from __future__ import annotations

from typing import Any

import attrs

from neon_async.models._base import Model, extra_field, list_field
from neon_async.models._pairs import IdName


@attrs.frozen
class MergeHistory(Model):
    """Which accounts were merged into which.

    Attributes:
        searched_account_id: the id that was asked for.
        current_account_id: the id under which the account lives now.
        previous_account_ids: the ids that were merged into it.
    """

    searched_account_id: int
    current_account_id: int
    previous_account_ids: list[int] = attrs.field(factory=list[int], hash=False)
    extra: dict[str, Any] = extra_field()


@attrs.define(kw_only=True)
class CustomField(Model):
    """A custom field that the organization has defined.

    `data_type` is upper case, as newer replies spell it. `field_options` are the choices of a
    select, radio or checkbox field.
    """

    field_id: str | None = None
    field_name: str | None = None
    data_type: str | None = attrs.field(default=None, metadata={"upper": True})
    component: str | None = None
    field_options: list[IdName] | None = list_field("fieldOption")
    extra: dict[str, Any] = extra_field()
