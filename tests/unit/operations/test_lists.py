"""The organization's lists."""

from __future__ import annotations

import typing
from typing import Any

import pytest

from neon_async.errors import InvalidRequestError, ProtocolError
from neon_async.models import (
    CodeName,
    Component,
    CustomField,
    FieldDataType,
    IdName,
    Membership,
)
from neon_async.operations import (
    Effect,
    ListAddressTypes,
    ListCountries,
    ListCustomFields,
    ListGenders,
    ListIndividualTypes,
    ListMembershipHistory,
    ListOrganizationTypes,
    ListPrefixes,
    ListSources,
    ListStates,
    Operation,
)

PAIRS = [{"id": "1", "name": "a"}, {"id": 2, "name": "b"}]
CODES = [{"code": "F", "name": "Female"}, {"code": "M", "name": "Male"}]
FIELDS = [
    {
        "fieldId": 53,
        "fieldName": "T-shirt",
        "dataType": "Radio",
        "component": "Account",
        "fieldOptions": {"fieldOption": {"id": "16", "name": "XL"}},
    }
]
LISTS: list[tuple[Operation[Any], str, str, Any, tuple[Any, ...]]] = [
    (ListPrefixes(), "prefixes", "prefix", ["Mr.", "Mrs."], ("Mr.", "Mrs.")),
    *(
        (operation, wrapper, item, CODES, (CodeName("F", "Female"), CodeName("M", "Male")))
        for operation, wrapper, item in (
            (ListGenders(), "genders", "gender"),
            (ListStates(), "states", "state"),
        )
    ),
    *(
        (operation, wrapper, item, PAIRS, (IdName("1", "a"), IdName("2", "b")))
        for operation, wrapper, item in (
            (ListCountries(), "countries", "country"),
            (ListAddressTypes(), "addressTypes", "addressType"),
            (ListSources(), "sources", "source"),
            (ListIndividualTypes(), "individualTypes", "individualType"),
            (ListOrganizationTypes(), "organizationTypes", "organizationType"),
        )
    ),
    (
        ListCustomFields("Account"),
        "customFields",
        "customField",
        FIELDS,
        (
            CustomField(
                field_id="53",
                field_name="T-shirt",
                data_type=FieldDataType.RADIO,
                component=Component.ACCOUNT,
                field_options=[IdName("16", "XL")],
            ),
        ),
    ),
]


@pytest.mark.parametrize(("operation", "wrapper", "item", "entries", "expected"), LISTS)
def test_lists(
    operation: Operation[Any], wrapper: str, item: str, entries: Any, expected: tuple[Any, ...]
) -> None:
    """Each is read whole, as a tuple; one entry may have collapsed, and none may be missing."""
    section = "common" if isinstance(operation, ListCustomFields) else "account"

    assert (f"{section}/{operation.name}", Effect.READ) == (operation.path, operation.effect)
    assert expected == operation.parse({wrapper: {item: entries}})
    assert expected[:1] == operation.parse({wrapper: {item: entries[0]}})
    nothing: Any
    for nothing in ("", None, {}, []):
        assert () == operation.parse({wrapper: nothing}) == operation.parse({})
    assert (tuple, (type(expected[0]), ...)) == (
        typing.get_origin(operation.reply),
        typing.get_args(operation.reply),
    )


@pytest.mark.parametrize("operation", [row[0] for row in LISTS[:-1]])
def test_lists_have_no_parameters(operation: Operation[Any]) -> None:
    """All but the custom fields are asked for by name alone."""
    assert [] == operation.params()


@pytest.mark.parametrize(("operation", "wrapper", "item", "entries", "expected"), LISTS)
def test_wrong_lists(
    operation: Operation[Any], wrapper: str, item: str, entries: Any, expected: Any
) -> None:
    """A wrong entry is named by its place."""
    with pytest.raises(ProtocolError) as caught:
        operation.parse({wrapper: {item: [entries[0], [expected]]}})

    assert f"{wrapper}.{item}[1]" == caught.value.path
    assert operation.name == caught.value.operation


def test_component() -> None:
    """Custom fields are listed for one component, which must be named."""
    given: list[tuple[str, str]] = [
        ("Activity", "Activity"),
        ("activity", "Activity"),
        (Component.ACTIVITY, "Activity"),
        ("CustomObject", "CustomObject"),  # newer than the schema, so that v1 decides
    ]
    for component, sent in given:
        assert [("searchCriteria.component", sent)] == ListCustomFields(component).params()
    blank: list[Any] = ["", " ", None, 5]
    for component in blank:
        with pytest.raises(InvalidRequestError) as caught:
            ListCustomFields(component).params()
        assert "searchCriteria.component" == caught.value.parameter


def test_reply_of_memberships() -> None:
    """What the operation returns can be looked up as that of any other."""
    assert tuple[Membership, ...] == ListMembershipHistory(1).reply
