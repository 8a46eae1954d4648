"""Odd values: kept as they came, beside an attribute that is None."""

from __future__ import annotations

import copy
import typing
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async import models, structure, unstructure
from neon_async.models import (
    Activity,
    Address,
    CodeName,
    Contact,
    CustomField,
    IdName,
    IndividualAccount,
    Model,
    OrganizationAccount,
)
from tests.support import strategies

CASES: list[tuple[type[Any], dict[str, Any]]] = [
    (Contact, {"dob": "20014-01-01"}),
    (Contact, {"dob": "0000-00-00"}),
    (Contact, {"dob": "1988-13-16"}),
    (Contact, {"dob": "1988-10-16Tnoon"}),
    (Contact, {"dob": "16.10.1988"}),
    (Contact, {"dob": 19881016}),
    (Contact, {"dob": True}),
    (Contact, {"dob": ["1988-10-16"]}),
    (Contact, {"dob": {"year": 1988}}),
    (Contact, {"deceased": "maybe"}),
    (Contact, {"deceased": 1}),
    (Contact, {"contactId": "x1"}),
    (Contact, {"contactId": 1.0}),
    (Contact, {"contactId": True}),
    (Contact, {"contactId": 2**63}),
    (Contact, {"lastName": True}),
    (Contact, {"phone1": 5551.5}),
    (Contact, {"phone1": 2**53 + 1}),
    (Contact, {"lastName": {"a": 1}}),
    (Contact, {"lastName": [1]}),
    (Contact, {"lastName": "M\ud83d"}),
    (Contact, {"lastName": "M\udcfcller"}),
    (Contact, {"phone1Type": ["Home"]}),
    (Contact, {"phone1Type": False}),
    (Contact, {"gender": "F"}),
    (Contact, {"gender": [{"code": "F"}]}),
    (Contact, {"addresses": 5}),
    (Contact, {"addresses": {"address": ["x"]}}),
    (Contact, {"addresses": {"address": [{"city": "Akron"}, None]}}),
    (Contact, {"addresses": {"address": [{"city": "Akron"}, 5], "count": 2}}),
    (Contact, {"addresses": [{"city": "Akron"}, "x"]}),
    (Activity, {"startDateTime": "2014-05-07T00:00:00"}),
    (Activity, {"startDateTime": 1399392000}),
    (Activity, {"startDateTime": "0000-00-00T00:00:00Z"}),
    (Activity, {"activityPriority": 1.5}),
    (Activity, {"systemUserId": "nobody"}),
    (IndividualAccount, {"primaryContact": "Eagan Boyd"}),
    (IndividualAccount, {"primaryContact": [{"firstName": "Eagan"}]}),
    (IndividualAccount, {"login": 5}),
    (IndividualAccount, {"source": True}),
    (OrganizationAccount, {"customFieldDataList": {"customFieldData": [[{}], "x"]}}),
    (CustomField, {"dataType": [1]}),
    (CodeName, {"code": 1.5}),
]


@pytest.mark.parametrize(("cls", "payload"), CASES, ids=repr)
def test_odd_value_is_kept(cls: type[Any], payload: dict[str, Any]) -> None:
    """It stands in `extra` under its wire name, as it came; the attribute is None."""
    (wire,) = payload
    before = copy.deepcopy(payload)

    made = structure(payload, cls)

    assert cls(extra=before) == made
    assert before == made.extra
    assert (wire,) == made.oddities
    assert before == payload == unstructure(made)


def test_only_the_leaf_is_odd() -> None:
    """Everything around an odd value is read, and its path leads to it."""
    payload = {
        "accountId": 7,
        "primaryContact": {
            "lastName": "Boyd",
            "dob": "0000-00-00",
            "gender": {"code": True, "name": "Female"},
            "addresses": {"address": [{"city": "Akron"}, {"city": "Ada", "startDate": "soon"}]},
        },
        "source": {"id": 1.5},
        "individualTypes": {"individualType": [{"id": "1", "name": False}]},
        "customFieldDataList": {"customFieldData": [{"fieldId": True, "new": 1}], "count": 1},
        "newer": 1,
    }

    account = structure(payload, IndividualAccount)

    assert 7 == account.account_id
    assert "Boyd" == account.contact.last_name
    assert ["Akron", "Ada"] == [address.city for address in account.contact.addresses or []]
    assert "Female" == (account.contact.gender or CodeName()).name
    assert [
        "primaryContact.addresses.address[1].startDate",
        "primaryContact.dob",
        "primaryContact.gender.code",
        "customFieldDataList.customFieldData[0].fieldId",
        "individualTypes.individualType[0].name",
        "source.id",
    ] == sorted(account.oddities, key=lambda path: (path[0] != "p", path))
    assert payload == unstructure(account)


def test_lists_in_lists_are_not_odd() -> None:
    """A list in a list is as good as its elements."""
    contact = structure({"addresses": {"address": [[{"city": "Akron"}], [[]]]}}, Contact)

    assert Contact(addresses=[Address(city="Akron")]) == contact
    assert () == contact.oddities


@pytest.mark.parametrize("absent", ["", {}, [], None], ids=repr)
def test_absent_data_is_not_odd(absent: Any) -> None:
    """What stands for nothing is nothing to keep."""
    contact = structure({"dob": absent, "gender": absent, "contactId": absent}, Contact)

    assert () == contact.oddities
    assert {} == contact.extra


def test_unknown_fields_and_rest_of_wrappers_are_not_odd() -> None:
    """What has no attribute can't leave one without a value."""
    account = structure(
        {"newer": 1, "individualTypes": {"individualType": [], "count": 0}}, IndividualAccount
    )

    assert {"newer": 1, "individualTypes": {"count": 0}} == account.extra
    assert () == account.oddities


def test_attribute_that_is_set_wins() -> None:
    """A repaired record has no oddity, equals one that never had one, and goes out repaired."""
    odd = structure({"lastName": "Boyd", "phone1": 1.5, "addresses": "none"}, Contact)

    mended = attrs.evolve(odd, phone1="15", addresses=[Address(city="Akron")])
    expected = Contact(last_name="Boyd", phone1="15", addresses=[Address(city="Akron")])

    assert ("phone1", "addresses") == odd.oddities
    assert () == mended.oddities
    assert expected == mended != odd
    assert unstructure(expected) == unstructure(mended)


def test_rest_of_a_wrapper_stays_beside_a_mended_list() -> None:
    """Of an odd list, what its wrapper holds besides is still unknown, and is kept."""
    odd = structure({"addresses": {"address": ["x"], "count": 1}}, Contact)

    mended = attrs.evolve(odd, addresses=[])

    assert [("addresses",), ()] == [odd.oddities, mended.oddities]
    assert {"addresses": {"address": [], "count": 1}} == unstructure(mended)
    assert Contact(addresses=[], extra={"addresses": {"count": 1}}) == mended
    assert Contact(addresses=[]) != mended


def test_object_that_is_set_wins_as_a_whole() -> None:
    """Only lists share their wrapper: nothing of an odd object comes back beside another."""
    account = IndividualAccount(source=IdName("1"), extra={"source": {"name": "x"}})

    assert {"source": {"id": "1"}} == unstructure(account)
    assert IndividualAccount(source=IdName("1")) == account


@pytest.mark.parametrize("value", [["x"], "x", 5, Address()])
def test_oddities_of_any_attributes(value: Any) -> None:
    """An attribute of a wrong class is no reason for a property to fail."""
    assert () == Contact(addresses=value, gender=value).oddities


ODD: dict[Any, st.SearchStrategy[Any]] = {
    str: st.sampled_from([True, 1.5, 2**53 + 1, "\ud800", {"a": 1}, [1]]),
    int: st.sampled_from(["x", 1.5, True, 2**63, {"a": 1}, [1]]),
    bool: st.sampled_from(["maybe", 1, {"a": 1}, ["x"]]),
}
OTHERS = st.sampled_from([True, 1.5, {"a": 1}, ["x"]])
NO_OBJECT = st.sampled_from(["x", 5, True, ["x"], [{}]])
NO_ELEMENTS = st.sampled_from(["x", 5, [{}, None], [["x"]]])
RECORDS: list[type[Any]] = [IndividualAccount, OrganizationAccount, Activity, CustomField]


@st.composite
def planted(draw: st.DrawFn, cls: type[Any]) -> tuple[Any, list[str]]:
    """The JSON of a record with odd values, and where they are."""
    payload = unstructure(draw(strategies.models(cls)))
    paths: list[str] = []
    _plant(draw, payload, cls, "", paths)
    return payload, paths


def _plant(draw: st.DrawFn, payload: Any, cls: type[Any], prefix: str, paths: list[str]) -> None:
    for field, type_ in strategies.fields_of(cls):
        wire = field.metadata.get("wire") or strategies.camel(field.name)
        is_list = typing.get_origin(type_) is list
        target = typing.get_args(type_)[0] if is_list else type_
        if draw(st.integers(0, 7)) == 0:
            payload[wire] = draw(_odd(target, field, is_list=is_list))
            paths.append(prefix + wire)
        elif is_list and wire in payload:
            item = field.metadata["item"]
            for index, element in enumerate(payload[wire][item]):
                _plant(draw, element, target, f"{prefix}{wire}.{item}[{index}].", paths)
        elif wire in payload and issubclass(target, Model):
            _plant(draw, payload[wire], target, f"{prefix}{wire}.", paths)


def _odd(target: Any, field: Any, *, is_list: bool) -> st.SearchStrategy[Any]:
    if is_list:
        return NO_ELEMENTS | NO_ELEMENTS.map(lambda value: {field.metadata["item"]: value})
    return NO_OBJECT if issubclass(target, Model) else ODD.get(target, OTHERS)


@pytest.mark.parametrize("cls", RECORDS, ids=lambda cls: cls.__name__)
@given(data=st.data())
def test_records_with_odd_values_come_back(cls: type[Any], data: st.DataObject) -> None:
    """Whatever is odd, wherever: the JSON comes back as it was, and the paths name it."""
    payload, paths = data.draw(planted(cls))
    before = copy.deepcopy(payload)

    made = structure(payload, cls)

    assert before == payload == unstructure(made)
    assert sorted(paths) == sorted(made.oddities)
    assert made == structure(unstructure(made), cls)


def test_every_model_has_oddities() -> None:
    """The property is there for whatever holds an object of v1."""
    public: list[Any] = [getattr(models, name) for name in models.__all__]

    found = [cls for cls in public if isinstance(cls, type) and issubclass(cls, Model)]

    assert {"property"} == {type(cls.oddities).__name__ for cls in found}
