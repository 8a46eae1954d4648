"""Options of custom fields, by id or by name."""

from collections.abc import Iterable, Sequence
from typing import Protocol

import attrs

from neon_async import CustomField, IdName, InvalidRequestError, NeonError
from neon_async.cli._assignments import Assignment

_MOST_OPTIONS = 20


class FieldLister(Protocol):
    """Lists custom fields, as a client does."""

    async def list_custom_fields(self, component: str, /) -> tuple[CustomField, ...]: ...


async def with_options(
    neon: FieldLister, assignments: Sequence[Assignment], component: str
) -> tuple[Assignment, ...]:
    """Return the assignments with the options that their values stand for.

    Several options of one field are several assignments, of which only the first replaces what
    was chosen before.

    Args:
        neon: the client, which is asked for the custom fields if any is to be set.
        assignments: the assignments.
        component: `"Individual"` or `"Organization"`; fields of `"Account"` are for both.

    Raises:
        InvalidRequestError: a field has no such option.
    """
    bare = {
        assignment.custom_field for assignment in assignments if assignment.is_bare_custom_field
    }
    fields = await _fields(neon, bare, component) if bare else {}
    resolved_all: list[Assignment] = []
    for assignment in assignments:
        field = (
            fields.get(assignment.custom_field or "") if assignment.is_bare_custom_field else None
        )
        resolved = assignment if field is None else _resolved(assignment, field)
        earlier = any(
            other.sets_custom_field == assignment.sets_custom_field for other in resolved_all
        )
        resolved_all.append(
            attrs.evolve(resolved, adds=bool(assignment.sets_custom_field) and earlier)
        )
    return tuple(resolved_all)


async def _fields(
    neon: FieldLister, ids: Iterable[str | None], component: str
) -> dict[str, CustomField]:
    """Return the fields by id, as far as this user of the API may know them."""
    known: dict[str, CustomField] = {}
    for name in ("Account", component):
        if not known.keys() >= {*ids}:
            try:
                listed = await neon.list_custom_fields(name)
            except NeonError:
                continue
            known |= {field.field_id or "": field for field in listed}
    return known


def _resolved(assignment: Assignment, field: CustomField) -> Assignment:
    options = [option for option in field.field_options or [] if option.id]
    if not options:
        return assignment.at("fieldValue")
    text = (assignment.text or "").strip()
    by_id = [option for option in options if option.id == text]
    named = [option for option in options if (option.name or "").casefold() == text.casefold()]
    matches = by_id or named
    if len(matches) != 1:
        reason = "several options of that name" if matches else "no such option"
        raise InvalidRequestError(
            f"custom field {field.field_id} ({field.field_name}) has {reason}; "
            f"it has {_listed(options)}",
            parameter=assignment.path,
        )
    return assignment.at("fieldOptionId", matches[0].id)


def _listed(options: list[IdName]) -> str:
    names = [f"{option.id} {option.name or ''}".strip() for option in options]
    left = len(names) - _MOST_OPTIONS
    return ", ".join([*names[:_MOST_OPTIONS], f"{left} more"] if left > 0 else names)
