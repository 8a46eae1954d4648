"""Accounts in which every documented parameter has a value, and the pairs that they leave as."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import attrs

from neon_async.models import (
    Activity,
    Address,
    CodeName,
    ConsentInformation,
    ConsentStatus,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    Login,
    OrganizationAccount,
    PhoneType,
)

_CONTACT = Contact(
    first_name="Jennifer",
    last_name="Example",
    middle_name="",
    prefix="Mrs.",
    suffix="Jr.",
    preferred_name="Jen",
    salutation="Dear Jen & all",
    email1="jen1@example.org",
    phone1="0422938473",
    phone1_type=PhoneType.HOME,
    phone2="0422938474",
    phone2_type="work",
    phone3="0422938475",
    phone3_type=PhoneType.MOBILE,
    fax="149 940-0768",
    dob=date(1985, 10, 13),
    gender=CodeName(code="F"),
    deceased=False,
    title="BA",
    department="Dev",
)
_ADDRESS = Address(
    address_id=76325,
    is_primary_address=True,
    address_type=IdName(id="1"),
    address_line1="14/29 Mars St",
    address_line2="",
    address_line3="c/o",
    address_line4="4",
    city="Akron",
    state=CodeName(code="OH"),
    province="",
    county="Summit",
    country=IdName(id="1"),
    zip_code="06489",
    zip_code_suffix="0001",
    start_date=date(2012, 12, 23),
    end_date=date(2013, 4, 21),
)
_CUSTOM_FIELDS = [
    CustomFieldData(field_id="22", field_value="EXAMPLETEXT"),
    CustomFieldData(field_id="45", field_option_id="47"),
]
_LOGIN = Login(username="fake-user", password="fake-password", org_id="fake-org")

INDIVIDUAL = IndividualAccount(
    account_id=123814,
    primary_contact=attrs.evolve(
        _CONTACT,
        contact_id=125443,
        email2="jen2@example.org",
        email3="jen3@example.org",
        addresses=[_ADDRESS, Address(city="Zürich", country=IdName(id="2"))],
    ),
    no_solicitation=True,
    url="https://example.org/?a=1&b=2",
    login=_LOGIN,
    custom_field_data_list=_CUSTOM_FIELDS,
    source=IdName(id="3"),
    existing_organization_id=123937,
    individual_types=[IdName(id="4"), IdName(id="5")],
    twitter_page="t",
    facebook_page="f",
)
# The same, with the other halves and the other alternative.
INDIVIDUAL_BY_NAME = attrs.evolve(
    INDIVIDUAL,
    primary_contact=attrs.evolve(
        INDIVIDUAL.primary_contact or Contact(),
        gender=CodeName(name="Female"),
        addresses=[
            attrs.evolve(
                _ADDRESS,
                address_type=IdName(name="Home"),
                state=CodeName(name="Ohio"),
                country=IdName(name="USA"),
            )
        ],
    ),
    source=IdName(name="Web"),
    existing_organization_id=None,
    organization_name="Neon",
    individual_types=[IdName(name="Donor")],
)
ORGANIZATION = OrganizationAccount(
    organization_name="NeonCRM",
    primary_contact=attrs.evolve(
        _CONTACT,
        gender=CodeName("F", "Female"),
        addresses=[
            attrs.evolve(
                _ADDRESS,
                is_shipping_address=True,
                shipping_company_name="Neon",
                shipping_deliver_to="door",
                address_type=IdName("1", "Home"),
                state=CodeName("OH", "Ohio"),
                country=IdName("1", "USA"),
            )
        ],
    ),
    no_solicitation=False,
    url="https://example.org",
    login=_LOGIN,
    custom_field_data_list=_CUSTOM_FIELDS,
    source=IdName("3", "Web"),
    organization_types=[IdName("6", "School"), IdName("7")],
)
CONSENT = ConsentInformation(
    email_consent_status=ConsentStatus.GIVEN,
    phone_consent_status="declined",
    mail_consent_status="NOT_ASKED",
    sms_consent_status=ConsentStatus.NOT_ASKED,
    data_sharing_consent_status=ConsentStatus.DECLINED,
)
CONSENT_PAIRS = [
    ("consentInformation.emailConsentStatus", "GIVEN"),
    ("consentInformation.phoneConsentStatus", "DECLINED"),
    ("consentInformation.mailConsentStatus", "NOT_ASKED"),
    ("consentInformation.smsConsentStatus", "NOT_ASKED"),
    ("consentInformation.dataSharingConsentStatus", "DECLINED"),
]


def person(**more: Any) -> IndividualAccount:
    """An account with what the update page requires, and more; `contact` adds to its contact."""
    contact: dict[str, Any] = {"contact_id": 2, "first_name": "A", "last_name": "B"}
    contact |= more.pop("contact", {})
    account: dict[str, Any] = {"account_id": 1, "primary_contact": Contact(**contact)}
    return IndividualAccount(**(account | more))


def _pairs(text: str) -> list[tuple[str, str]]:
    """Read one pair a line; a line that ends in a colon is what the names below begin with."""
    found: list[tuple[str, str]] = []
    prefix = ""
    for line in text.strip().splitlines():
        name, _, value = line.strip().partition("=")
        if name.endswith(":"):
            prefix = name.removesuffix(":")
        else:
            found.append((prefix + name, value))
    return found


_PERSON = """
    firstName=Jennifer
    lastName=Example
    middleName=
    prefix=Mrs.
    suffix=Jr.
    preferredName=Jen
    salutation=Dear Jen & all
"""
_PHONES = """
    phone1=0422938473
    phone1Type=Home
    phone2=0422938474
    phone2Type=Work
    phone3=0422938475
    phone3Type=Mobile
    fax=149 940-0768
    dob=1985-10-13
    gender.code=F
"""

INDIVIDUAL_PAIRS = _pairs(f"""
    individualAccount.:
    accountId=123814
    individualAccount.primaryContact.:
    contactId=125443
    {_PERSON.strip()}
    email1=jen1@example.org
    email2=jen2@example.org
    email3=jen3@example.org
    {_PHONES.strip()}
    deceased=false
    title=BA
    department=Dev
    individualAccount.primaryContact.addresses.address.:
    addressId=76325
    isPrimaryAddress=true
    addressType.id=1
    addressLine1=14/29 Mars St
    addressLine2=
    addressLine3=c/o
    addressLine4=4
    city=Akron
    state.code=OH
    province=
    county=Summit
    country.id=1
    zipCode=06489
    zipCodeSuffix=0001
    startDate=2012-12-23
    endDate=2013-04-21
    addressId=
    isPrimaryAddress=
    addressType.id=
    addressLine1=
    addressLine2=
    addressLine3=
    addressLine4=
    city=Zürich
    state.code=
    province=
    county=
    country.id=2
    zipCode=
    zipCodeSuffix=
    individualAccount.:
    noSolicitation=true
    url=https://example.org/?a=1&b=2
    login.username=fake-user
    login.password=fake-password
    login.orgId=fake-org
    individualAccount.customFieldDataList.customFieldData.:
    fieldId=22
    fieldOptionId=
    fieldValue=EXAMPLETEXT
    fieldId=45
    fieldOptionId=47
    fieldValue=
    individualAccount.:
    source.id=3
    existingOrganizationId=123937
    individualTypes.individualType.id=4
    individualTypes.individualType.id=5
    twitterPage=t
    facebookPage=f
""")
ORGANIZATION_PAIRS = _pairs(f"""
    organizationAccount.:
    organizationName=NeonCRM
    organizationAccount.primaryContact.:
    {_PERSON.strip()}
    {_PHONES.strip()}
    gender.name=Female
    deceased=false
    title=BA
    department=Dev
    email1=jen1@example.org
    organizationAccount.primaryContact.addresses.address.:
    isPrimaryAddress=true
    isShippingAddress=true
    shippingCompanyName=Neon
    shippingDeliverTo=door
    addressId=76325
    addressType.id=1
    addressType.name=Home
    addressLine1=14/29 Mars St
    addressLine2=
    addressLine3=c/o
    addressLine4=4
    city=Akron
    state.code=OH
    state.name=Ohio
    province=
    county=Summit
    country.id=1
    country.name=USA
    zipCode=06489
    zipCodeSuffix=0001
    startDate=2012-12-23
    endDate=2013-04-21
    organizationAccount.:
    noSolicitation=false
    url=https://example.org
    login.username=fake-user
    login.password=fake-password
    login.orgId=fake-org
    organizationAccount.customFieldDataList.customFieldData.:
    fieldId=22
    fieldOptionId=
    fieldValue=EXAMPLETEXT
    fieldId=45
    fieldOptionId=47
    fieldValue=
    organizationAccount.:
    source.id=3
    source.name=Web
    organizationTypes.organizationType.id=6
    organizationTypes.organizationType.name=School
    organizationTypes.organizationType.id=7
    organizationTypes.organizationType.name=
""")

ACTIVITY = Activity(
    subject="Call & thanks",
    note="",
    start_date_time=datetime(2014, 1, 10, 15, 50, 28, 153_400, tzinfo=timezone(timedelta(hours=8))),
    end_date_time=datetime(2014, 1, 10, 8, tzinfo=UTC),
    client_id=3480,
    system_user_id=3,
    activity_status=IdName(id="1", name="Not Started"),
    activity_priority="normal",
    time_zone_offset=-5,
    encrypted_ios_calendar_key="fake",
    custom_field_data_list=[
        CustomFieldData(field_id="70", field_option_id="71"),
        CustomFieldData(field_id="73", field_value="x"),
    ],
)
ACTIVITY_PAIRS = _pairs("""
    Activity.:
    subject=Call & thanks
    note=
    startDateTime=2014-01-10T15:50:28.153+08:00
    endDateTime=2014-01-10T08:00:00.000+00:00
    clientId=3480
    systemUserId=3
    activityStatus.id=1
    activityStatus.name=Not Started
    activityPriority=Normal
    timeZoneOffset=-5
    encryptedIosCalendarKey=fake
    customFieldDataList.customFieldData.fieldId=70
    customFieldDataList.customFieldData.fieldOptionId=71
    customFieldDataList.customFieldData.fieldValue=
    customFieldDataList.customFieldData.fieldId=73
    customFieldDataList.customFieldData.fieldOptionId=
    customFieldDataList.customFieldData.fieldValue=x
""")
