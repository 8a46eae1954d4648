"""The parameter names of the writing operations, as their reference pages list them."""

from __future__ import annotations

import attrs

from neon_async._wire.flatten import ParameterSet

_NAME = "firstName lastName middleName prefix suffix preferredName salutation"
_PHONES = "phone1 phone1Type phone2 phone2Type phone3 phone3Type fax"
_PERSON = "dob gender.code gender.name deceased title department"
_PLACE = """
    addressLine1 addressLine2 addressLine3 addressLine4 city state.code state.name province county
    country.id country.name zipCode zipCodeSuffix startDate endDate
"""
_LOGIN = "login.username login.password login.orgId"
_CUSTOM_FIELD = "fieldId fieldOptionId fieldValue"


def _under(prefix: str, *names: str) -> list[str]:
    return [f"{prefix}.{name}" for name in " ".join(names).split()]


_ADDRESS = "primaryContact.addresses.address"
_CUSTOM_FIELDS = _under("customFieldDataList.customFieldData", _CUSTOM_FIELD)

UPDATE_INDIVIDUAL = ParameterSet(
    "updateIndividualAccount",
    "individualAccount",
    (
        "accountId",
        *_under("primaryContact", "contactId", _NAME, "email1 email2 email3", _PHONES, _PERSON),
        # The page spells `addressType.Name` with a capital, here and nowhere else.
        *_under(_ADDRESS, "addressId isPrimaryAddress addressType.id addressType.Name", _PLACE),
        "noSolicitation",
        "url",
        *_LOGIN.split(),
        *_CUSTOM_FIELDS,
        "source.id",
        "source.name",
        "existingOrganizationId",
        "organizationName",
        *_under("individualTypes.individualType", "id name"),
        "twitterPage",
        "facebookPage",
    ),
    either=True,
)

# Unlike the update page, this page has one e-mail address, and a shipping address.
CREATE_ORGANIZATION = ParameterSet(
    "createOrganizationAccount",
    "organizationAccount",
    (
        "organizationName",
        *_under("primaryContact", _NAME, _PHONES, _PERSON, "email1"),
        *_under(
            _ADDRESS,
            "isPrimaryAddress isShippingAddress shippingCompanyName shippingDeliverTo",
            "addressId addressType.id addressType.name",
            _PLACE,
        ),
        "noSolicitation",
        "url",
        *_LOGIN.split(),
        *_CUSTOM_FIELDS,
        "source.id",
        "source.name",
        *_under("organizationTypes.organizationType", "id name"),
    ),
)

# Neither page is documented; they are known to take the same parameters.
CREATE_INDIVIDUAL = ParameterSet(
    "createIndividualAccount",
    "individualAccount",
    tuple(
        name.replace(".Name", ".name")
        for name in UPDATE_INDIVIDUAL.names
        if not name.endswith(("accountId", "contactId", "addressId"))
    ),
    either=True,
)

UPDATE_ORGANIZATION = ParameterSet(
    "updateOrganizationAccount",
    "organizationAccount",
    ("accountId", "primaryContact.contactId", *CREATE_ORGANIZATION.names),
    either=True,
)


def _with(spec: ParameterSet, after: str, *names: str) -> ParameterSet:
    at = spec.names.index(after) + 1
    return attrs.evolve(spec, names=(*spec.names[:at], *names, *spec.names[at:]))


# The schema has one Contact and one Address type for both kinds of account. These are the
# parameters that only the page of the other kind lists. Whether v1 takes them is a guess.
WHOLE_INDIVIDUAL = _with(
    UPDATE_INDIVIDUAL,
    f"{_ADDRESS}.isPrimaryAddress",
    *_under(_ADDRESS, "isShippingAddress shippingCompanyName shippingDeliverTo"),
)
WHOLE_ORGANIZATION = _with(
    UPDATE_ORGANIZATION, "primaryContact.email1", *_under("primaryContact", "email2 email3")
)

# The example of Update Activity has these names, but for the last three, which are in the schema.
_ACTIVITY = (
    "subject",
    "note",
    "startDateTime",
    "endDateTime",
    "clientId",
    "systemUserId",
    "activityStatus.id",
    "activityStatus.name",
    "activityPriority",
    "timeZoneOffset",
    "encryptedIosCalendarKey",
    *_CUSTOM_FIELDS,
)
ADD_ACTIVITY = ParameterSet("addActivity", "Activity", _ACTIVITY)
UPDATE_ACTIVITY = ParameterSet("updateActivity", "Activity", ("activityId", *_ACTIVITY))

CONSENT_NAMES = (
    "emailConsentStatus",
    "phoneConsentStatus",
    "mailConsentStatus",
    "smsConsentStatus",
    "dataSharingConsentStatus",
)
