"""The reference lists."""

import pytest

from neon_async.emulator import Emulator
from tests.support.emulator_caller import Caller


@pytest.mark.parametrize(
    ("path", "wrapper", "item", "example"),
    [
        ("account/listPrefixes", "prefixes", "prefix", "Mrs."),
        ("account/listGenders", "genders", "gender", {"code": "F", "name": "Female"}),
        ("account/listStates", "states", "state", {"code": "NY", "name": "New York"}),
        ("account/listCountries", "countries", "country", {"id": "102", "name": "Iraq"}),
        ("account/listAddressTypes", "addressTypes", "addressType", {"id": "1", "name": "Home"}),
        ("account/listSources", "sources", "source", {"id": "2", "name": "Direct mail"}),
        (
            "account/listIndividualTypes",
            "individualTypes",
            "individualType",
            {"id": "1", "name": "Donor"},
        ),
        (
            "account/listOrganizationTypes",
            "organizationTypes",
            "organizationType",
            {"id": "3", "name": "School"},
        ),
    ],
)
async def test_lists_have_the_documented_shape(
    api: Caller, path: str, wrapper: str, item: str, example: object
) -> None:
    """Entries stand below two names, and are texts or pairs of texts."""
    payload = await api(path)

    assert example in payload[wrapper][item]


async def test_lists_can_be_changed(emulator: Emulator, api: Caller) -> None:
    """A test can give the organization its own lists."""
    emulator.lists.sources.append({"id": "9", "name": "Carrier pigeon"})

    payload = await api("account/listSources")

    assert {"id": "9", "name": "Carrier pigeon"} == payload["sources"]["source"][-1]


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ("Account", {22, 23, 24, 45, 50, 53}),
        ("individual", {60}),
        ("Organization", {61}),
        ("ACTIVITY", {70, 73}),
        ("Donation", {80}),
        ("Event", {81}),
        ("Attendee", set()),
        ("Membership", {82}),
        ("Product", set()),
    ],
)
async def test_custom_fields_of_a_component(
    api: Caller, component: str, expected: set[int]
) -> None:
    """Custom fields are listed for one component, in any case."""
    payload = await api("common/listCustomFields", ("searchCriteria.component", component))

    assert expected == {field["fieldId"] for field in payload["customFields"]["customField"]}


async def test_custom_fields_show_their_options(api: Caller) -> None:
    """A field has type, component and options; a text field has none of these."""
    payload = await api("common/listCustomFields", ("searchCriteria.component", "Activity"))

    assert {
        "fieldId": 70,
        "fieldName": "Outcome",
        "dataType": "RADIO",
        "component": "ACTIVITY",
        "fieldOptions": {
            "fieldOption": [{"id": "71", "name": "Good"}, {"id": "72", "name": "Bad"}]
        },
    } == payload["customFields"]["customField"][0]


async def test_unknown_components_are_refused(api: Caller) -> None:
    """The component is required, and one of nine."""
    name = "searchCriteria.component"

    for pairs in ([(name, "Accounts")], [(name, "")], []):
        assert name in await api.complaint("common/listCustomFields", *pairs)
