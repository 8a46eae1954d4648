"""Definitions of custom fields."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any

import attrs

from neon_async.models._base import Model, extra_field, list_field
from neon_async.models._references import IdName


class Component(enum.StrEnum):
    """What a custom field belongs to, for listCustomFields.

    The fields of `ACCOUNT` are those of individuals and organizations alike.
    """

    # Requests are documented with `Account`: `ListCustomFields` spells it so.
    ACCOUNT = "ACCOUNT"
    DONATION = "DONATION"
    EVENT = "EVENT"
    ATTENDEE = "ATTENDEE"
    INDIVIDUAL = "INDIVIDUAL"
    ORGANIZATION = "ORGANIZATION"
    ACTIVITY = "ACTIVITY"
    MEMBERSHIP = "MEMBERSHIP"
    PRODUCT = "PRODUCT"


class FieldDataType(enum.StrEnum):
    """What a custom field holds: options (`CHECKBOX`, `DROPDOWN`, `RADIO`) or one value."""

    # The schema's types. Replies of 2012 and 2013 have `Radio`, `OneLineText`.
    CHECKBOX = "CHECKBOX"
    DROPDOWN = "DROPDOWN"
    ONE_LINE_TEXT = "ONE_LINE_TEXT"
    MULTI_LINE_TEXT = "MULTI_LINE_TEXT"
    PASSWORD = "PASSWORD"  # noqa: S105 - the name of a type
    FILE = "FILE"
    RADIO = "RADIO"
    ACCOUNT = "ACCOUNT"


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class CustomField(Model):
    """A custom field that the organization has defined.

    Attributes:
        field_id: text, as in `CustomFieldData`, so that the two can be compared.
        field_name: what users see.
        code: a short name, which few fields have.
        data_type: a `FieldDataType`, in either spelling of v1 (`OneLineText`, `ONE_LINE_TEXT`); a
            type that is no member stays text.
        component: a `Component`, or text.
        field_options: the choices of a drop-down, radio or check box field.
        extra: fields of the reply that this package does not know.
    """

    field_id: str | None = None
    field_name: str | None = None
    code: str | None = None
    data_type: FieldDataType | str | None = None
    component: Component | str | None = None
    field_options: list[IdName] | None = list_field("fieldOption")
    extra: Mapping[str, Any] = extra_field()
