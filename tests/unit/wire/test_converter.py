"""JSON of both generations, to models and back."""

from __future__ import annotations

import copy
import typing
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async import models, structure, unstructure
from neon_async._wire.converter import structure_member, structure_wrapped
from neon_async.models import (
    AccountsPage,
    ActivitiesPage,
    Activity,
    ActivityPriority,
    Address,
    CodeName,
    Component,
    ConsentInformation,
    ConsentStatus,
    Contact,
    CustomField,
    CustomFieldData,
    FieldDataType,
    IdName,
    IndividualAccount,
    Login,
    MergeHistory,
    Model,
    OrganizationAccount,
    PageInfo,
    PhoneType,
)
from tests.support import samples, strategies
from tests.support.strategies import MODEL_CLASSES

EAST = timezone(timedelta(hours=8))
PAGES = {"syncAccounts": AccountsPage, "syncActivities": ActivitiesPage}
HISTORIES = [name for name in samples.REPLIES if name.startswith("retrieveDuplicateMergeHistory")]


def named(thing: Any) -> str | None:
    return thing.__name__ if isinstance(thing, type) else None


def objects() -> list[tuple[Any, type[Any]]]:
    """Every object on the reference pages, with its class."""
    accounts, activities = samples.payload("syncAccounts"), samples.payload("syncActivities")
    return [
        *((one, IndividualAccount) for one in accounts["individualAccounts"]["individualAccount"]),
        *((one, Activity) for one in activities["activities"]["activity"]),
        *((page["page"], PageInfo) for page in (accounts, activities)),
        *((samples.payload(name)["mergeHistory"], MergeHistory) for name in HISTORIES),
        (accounts, AccountsPage),
        (activities, ActivitiesPage),
    ]


@pytest.mark.parametrize(("payload", "cls"), objects(), ids=named)
def test_objects_of_the_reference_pages_come_back(payload: Any, cls: type[Any]) -> None:
    """What a reply holds goes out again as it came, with nothing left over in `extra`."""
    before = copy.deepcopy(payload)
    made = structure(payload, cls)

    assert payload == unstructure(made)
    assert before == payload
    assert {} == made.extra


def test_account_of_the_reference_page() -> None:
    """An account of the page, attribute by attribute."""
    page = structure(samples.payload("syncAccounts"), AccountsPage)

    assert page.accounts[0] == IndividualAccount(
        last_modified_date_time=datetime(2014, 5, 7, tzinfo=EAST),
        last_modified_by="Lee Owens",
        account_id=126240,
        primary_contact=Contact(
            contact_id=127891,
            first_name="Eagan",
            last_name="Boyd",
            middle_name="",
            fax="149 940-0768",
            gender=CodeName("F", "Female"),
            deceased=False,
            addresses=[
                Address(
                    address_id=76325,
                    is_primary_address=True,
                    is_shipping_address=False,
                    address_line1="507-8144 Enim Ave",
                    city="Akron",
                    province="",
                    country=IdName("102", "Iraq"),
                    zip_code="05448",
                )
            ],
        ),
        no_solicitation=False,
        custom_field_data_list=[],
        source=IdName(),
        individual_types=[],
    )
    assert page.page == PageInfo(current_page=1, page_size=10, total_page=1, total_results=2)
    assert page.response_date_time == datetime(2014, 4, 10, 15, 54, 38, 506000, tzinfo=EAST)


def test_activity_of_the_reference_page() -> None:
    """An activity of the page, attribute by attribute."""
    page = structure(samples.payload("syncActivities"), ActivitiesPage)
    central = timezone(timedelta(hours=-5))

    assert page.activities[0] == Activity(
        created_date_time=datetime(2013, 7, 9, 15, 53, 19, tzinfo=EAST),
        created_by="Colin Pizarek",
        last_modified_date_time=datetime(2014, 4, 9, 3, 26, 6, tzinfo=EAST),
        activity_id=653,
        subject="ddddd",
        note="",
        start_date_time=datetime(2014, 4, 8, 11, tzinfo=central),
        end_date_time=datetime(2014, 3, 31, 11, tzinfo=central),
        system_user_id=101132,
        activity_status=IdName("2", "Not Started"),
        activity_priority=ActivityPriority.NORMAL,
    )


PAGE = {"currentPage": 1, "pageSize": 10, "totalPage": 0, "totalResults": 0}
# Class, as 2012 spelled it, as it is spelled now, what both mean.
GENERATIONS: list[tuple[type[Any], Any, Any, Any]] = [
    (Contact, {"phone1": 4155551234}, {"phone1": "4155551234"}, Contact(phone1="4155551234")),
    (Address, {"zipCode": 94103}, {"zipCode": "94103"}, Address(zip_code="94103")),
    (IdName, {"id": 102, "name": "Iraq"}, {"id": "102", "name": "Iraq"}, IdName("102", "Iraq")),
    (IndividualAccount, {"accountId": "7"}, {"accountId": 7}, IndividualAccount(account_id=7)),
    (PageInfo, PAGE | {"currentPage": "1"}, PAGE, PageInfo(1, 10, 0, 0)),
    (Contact, {"deceased": "true"}, {"deceased": True}, Contact(deceased=True)),
    (Contact, {"deceased": "False"}, {"deceased": False}, Contact(deceased=False)),
    (Contact, {"phone1Type": "Home"}, {"phone1Type": "HOME"}, Contact(phone1_type=PhoneType.HOME)),
    (Contact, {"phone1Type": "Pager"}, {"phone1Type": "Pager"}, Contact(phone1_type="Pager")),
    (Activity, {"activityPriority": "Normal"}, {"activityPriority": "NORMAL"},
     Activity(activity_priority=ActivityPriority.NORMAL)),
    (CustomField, {"dataType": "Radio"}, {"dataType": "RADIO"}, CustomField(data_type="RADIO")),
    *(
        (
            CustomField,
            {"fieldId": 22, "dataType": given, "component": component},
            {"fieldId": "22", "dataType": "ONE_LINE_TEXT", "component": "ACCOUNT"},
            CustomField(
                field_id="22",
                data_type=FieldDataType.ONE_LINE_TEXT,
                component=Component.ACCOUNT,
            ),
        )
        for given, component in (
            ("OneLineText", "Account"),
            ("ONE_LINE_TEXT", "ACCOUNT"),
            ("one_line_text", "account"),
        )
    ),
    (
        CustomField,
        {"dataType": "Signature", "component": "CustomObject", "code": "x"},
        {"dataType": "Signature", "component": "CustomObject", "code": "x"},
        CustomField(data_type="Signature", component="CustomObject", code="x"),
    ),
    (CustomFieldData, {"fieldId": 22}, {"fieldId": "22"}, CustomFieldData(field_id="22")),
    (
        Activity,
        {
            "clientId": "5",
            "timeZoneOffset": "-5",
            "encryptedIosCalendarKey": 7,
            "customFieldDataList": {"customFieldData": {"fieldId": 70, "fieldValue": "x"}},
        },
        {
            "timeZoneOffset": -5,
            "clientId": 5,
            "encryptedIosCalendarKey": "7",
            "customFieldDataList": {"customFieldData": [{"fieldId": "70", "fieldValue": "x"}]},
        },
        Activity(
            time_zone_offset=-5,
            client_id=5,
            encrypted_ios_calendar_key="7",
            custom_field_data_list=[CustomFieldData(field_id="70", field_value="x")],
        ),
    ),
    (Address, {"confirmDelete": "false"}, {"confirmDelete": False}, Address(confirm_delete=False)),
    (ConsentInformation, {"smsConsentStatus": "given"}, {"smsConsentStatus": "GIVEN"},
     ConsentInformation(sms_consent_status=ConsentStatus.GIVEN)),
    (Activity, {"startDateTime": "2013-01-24T03:46:28.060+0000"},
     {"startDateTime": "2013-01-24T03:46:28.060+00:00"},
     Activity(start_date_time=datetime(2013, 1, 24, 3, 46, 28, 60000, tzinfo=UTC))),
    (Activity, {"startDateTime": "2013-01-24T03:46:28+08:00"},
     {"startDateTime": "2013-01-24T03:46:28.000+08:00"},
     Activity(start_date_time=datetime(2013, 1, 24, 3, 46, 28, tzinfo=EAST))),
    (Activity, {"startDateTime": "2013-01-24T03:46:28.123456Z"},
     {"startDateTime": "2013-01-24T03:46:28.123456+00:00"},
     Activity(start_date_time=datetime(2013, 1, 24, 3, 46, 28, 123456, tzinfo=UTC))),
    (Contact, {"dob": "1988-10-16-05:00"}, {"dob": "1988-10-16"}, Contact(dob=date(1988, 10, 16))),
    (Contact, {"dob": "1988-10-16T05:00:00.000+0000"}, {"dob": "1988-10-16"},
     Contact(dob=date(1988, 10, 16))),
    (Address, {"startDate": "1988-10-16Z"}, {"startDate": "1988-10-16"},
     Address(start_date=date(1988, 10, 16))),
    (Contact, {"addresses": {"address": {"city": "Akron"}}},
     {"addresses": {"address": [{"city": "Akron"}]}}, Contact(addresses=[Address(city="Akron")])),
    (Contact, {"addresses": [{"city": "Akron"}]},
     {"addresses": {"address": [{"city": "Akron"}]}}, Contact(addresses=[Address(city="Akron")])),
    (AccountsPage, {"deletedAccountList": {"accountId": 5}},
     {"individualAccounts": {"individualAccount": []},
      "organizationAccounts": {"organizationAccount": []},
      "deletedAccountList": {"accountId": [5]}},
     AccountsPage(deleted_account_ids=[5])),
    (MergeHistory, {"searchedAccountId": 1, "currentAccountId": "2", "previousAccountIds": "1"},
     {"searchedAccountId": 1, "currentAccountId": 2, "previousAccountIds": [1]},
     MergeHistory(1, 2, [1])),
    (OrganizationAccount, {"primaryContactAccountId": "9", "organizationName": 3},
     {"primaryContactAccountId": 9, "organizationName": "3"},
     OrganizationAccount(primary_contact_account_id=9, organization_name="3")),
    (IndividualAccount, {"login": {"username": "fake"}, "createdBy": "Lee "},
     {"login": {"username": "fake"}, "createdBy": "Lee "},
     IndividualAccount(login=Login(username="fake"), created_by="Lee ")),
]  # fmt: skip


@pytest.mark.parametrize(("cls", "older", "newer", "expected"), GENERATIONS, ids=named)
def test_both_generations_mean_the_same(
    cls: type[Any], older: Any, newer: Any, expected: Any
) -> None:
    """Older and newer spelling give the same object, and the newer one goes out."""
    assert expected == structure(older, cls) == structure(newer, cls)
    assert newer == unstructure(expected)


def required(cls: type[Any]) -> dict[str, int]:
    """The least that a reply must hold."""
    fields = [field for field in attrs.fields(cls) if field.default is attrs.NOTHING]
    return {strategies.camel(field.name): 1 for field in fields}


def optional_fields() -> list[tuple[type[Any], attrs.Attribute[Any], Any]]:
    return [
        (cls, field, type_)
        for cls in MODEL_CLASSES
        for field, type_ in strategies.fields_of(cls)
        if field.default is not attrs.NOTHING
    ]


def blank(type_: Any, absent: Any, default: Any) -> Any:
    """What absent data means for a field.

    Blank text, an empty list and an empty object stay what they are where they fit, or they could
    not be told from a missing key on the way out.
    """
    if typing.get_origin(type_) is list:
        return default if absent is None else []
    if absent == "" and type_ is str:
        return absent
    if absent == {} and issubclass(type_, Model) and not required(type_):
        return type_()
    return default


@pytest.mark.parametrize("absent", ["", {}, [], None], ids=repr)
@pytest.mark.parametrize(("cls", "field", "type_"), optional_fields())
def test_absent_data(cls: type[Any], field: attrs.Attribute[Any], type_: Any, absent: Any) -> None:
    """Blank text, an empty object, an empty array and null are no data, in whatever place."""
    wire = field.metadata.get("wire") or strategies.camel(field.name)
    default = getattr(structure(required(cls), cls), field.name)

    found = getattr(structure(required(cls) | {wire: absent}, cls), field.name)

    assert blank(type_, absent, default) == found
    assert default in (None, [])


@pytest.mark.parametrize("absent", ["", {}, [], None], ids=repr)
def test_absent_page_block(absent: Any) -> None:
    """A page block with nothing in it is none."""
    assert structure({"page": absent}, AccountsPage).page is None


# The rows of a search have the columns that were asked for, and are read by its operation.
@pytest.mark.parametrize(
    "cls", [cls for cls in MODEL_CLASSES if cls is not models.SearchPage], ids=named
)
@given(data=st.data())
def test_what_went_out_comes_back(cls: type[Any], data: st.DataObject) -> None:
    """Any model survives the way to JSON and back, unknown fields included."""
    made = data.draw(strategies.models(cls))

    assert made == structure(unstructure(made), cls)


def test_unknown_fields_are_kept_at_each_level() -> None:
    """What the SDK does not know stands in the `extra` of its object, and goes out again."""
    payload = {
        "accountId": 1,
        "newer": {"deep": [1, None]},
        "primaryContact": {
            "addresses": {"address": [{"city": "Akron", "geo": [1.5]}], "count": 1},
            "gender": {"code": "F", "label": "f"},
        },
        "customFieldDataList": {"total": 0, "customFieldData": []},
        "individualTypes": {"individualType": [], "more": False},
    }
    account = structure(payload, IndividualAccount)
    contact = account.primary_contact
    assert contact is not None
    assert contact.addresses is not None
    assert contact.gender is not None

    assert payload == unstructure(account)
    assert {
        "newer": {"deep": [1, None]},
        "customFieldDataList": {"total": 0},
        "individualTypes": {"more": False},
    } == account.extra
    assert {"addresses": {"count": 1}} == contact.extra
    assert {"geo": [1.5]} == contact.addresses[0].extra
    assert {"label": "f"} == contact.gender.extra


def test_unknown_field_does_not_displace_a_known_one() -> None:
    """What was put into `extra` under a known name by hand loses against the attribute."""
    assert {"url": "new"} == unstructure(IndividualAccount(url="new", extra={"url": "old"}))
    wrapped = IndividualAccount(individual_types=[], extra={"individualTypes": 5})
    assert {"individualTypes": {"individualType": []}} == unstructure(wrapped)


def test_members_and_wrapped_lists_of_a_payload() -> None:
    """Operations take the one object, or the one list, that their reply holds."""
    history = {"searchedAccountId": 1, "currentAccountId": 2}
    states = {"states": {"state": [{"code": "AL", "name": "Alabama"}]}}

    assert MergeHistory(1, 2) == structure_member({"m": history}, "m", MergeHistory, "op")
    assert [CodeName("AL", "Alabama")] == structure_wrapped(
        states, "states", "state", CodeName, "op"
    )
    assert [] == structure_wrapped({}, "states", "state", CodeName, "op")
    assert ["Mr.", "Dr."] == structure_wrapped({"p": ["Mr.", "Dr."]}, "p", "prefix", str, "op")
