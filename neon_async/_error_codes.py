"""The documented error codes, and what a FAIL reply says of one error."""

from __future__ import annotations

import enum
from typing import Self

import attrs

_CONTACT = "individualAccount.primaryContact"
_ADDRESS = f"{_CONTACT}.addresses.address"
_CUSTOM = "individualAccount.customFieldDataList.customFieldData"
_ORG_ADDRESS = "organizationAccount.primaryContact.addresses.address"
_ORG_CUSTOM = "organizationAccount.customFieldDataList.customFieldData"
_ORG_TYPE = "organizationAccount.organizationTypes.organizationType"


class ErrorCode(enum.IntEnum):
    """A documented error code of v1.

    Each has the `text` of its reference page, typing errors corrected, and the `parameter` that it
    is about, spelled as on the wire; `parameter` is None where the code is about the request as a
    whole.
    """

    _value_: int
    text: str
    parameter: str | None

    # The text is optional for the sake of type checkers, which read `ErrorCode(4)` as this call.
    def __new__(cls, code: int, text: str = "", parameter: str | None = None) -> Self:
        """Make a member that is equal to its number."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.text = text
        member.parameter = parameter
        return member

    # Common to all operations
    SYSTEM_ERROR = 1, "Unexpected system error."
    SERVICE_UNAVAILABLE = 2, "Service is not available."
    SESSION_ID_REQUIRED = 3, "Session id is required.", "userSessionId"
    SESSION_ID_INVALID = 4, "Session id is invalid.", "userSessionId"
    PERMISSION_DENIED = 5, "Permission denied."

    # Update Individual Account
    FIRST_NAME_REQUIRED = 10001, "Contact first name is required.", f"{_CONTACT}.firstName"
    LAST_NAME_REQUIRED = 10002, "Contact last name is required.", f"{_CONTACT}.lastName"
    EXISTING_ORGANIZATION_INVALID = (
        10003,
        "ExistingOrganizationId is invalid organization cannot be found.",
        "individualAccount.existingOrganizationId",
    )
    ORGANIZATION_AMBIGUOUS = (
        10004,
        "Only one of the field can be provided existingOrganizationId or organizationName.",
        "individualAccount.existingOrganizationId",
    )
    INDIVIDUAL_TYPE_REQUIRED = (
        10005,
        "IndividualType id or name is required.",
        "individualAccount.individualTypes.individualType.id",
    )
    INDIVIDUAL_TYPE_INVALID = (
        10006,
        "IndividualType id or name is invalid.",
        "individualAccount.individualTypes.individualType.id",
    )
    GENDER_INVALID = 10007, "Contact gender code or name is invalid.", f"{_CONTACT}.gender.code"
    ADDRESS_TYPE_INVALID = (
        10008,
        "Address addressType id or name is invalid.",
        f"{_ADDRESS}.addressType.id",
    )
    COUNTRY_INVALID = 10009, "Address country id or name is invalid.", f"{_ADDRESS}.country.id"
    STATE_INVALID = 10010, "Address state id or name is invalid.", f"{_ADDRESS}.state.code"
    USERNAME_REQUIRED = 10011, "Login username is required.", "individualAccount.login.username"
    USERNAME_TAKEN = 10012, "Login username is already exist.", "individualAccount.login.username"
    PASSWORD_REQUIRED = 10013, "Login password is required.", "individualAccount.login.password"
    SOURCE_INVALID = 10014, "Source id or name is invalid.", "individualAccount.source.id"
    CUSTOM_FIELD_ID_REQUIRED = 10015, "CustomField id is required.", f"{_CUSTOM}.fieldId"
    CUSTOM_FIELD_ID_INVALID = 10016, "CustomField id is invalid.", f"{_CUSTOM}.fieldId"
    CUSTOM_FIELD_VALUE_REQUIRED = (
        10017,
        "CustomField option value is required.",
        f"{_CUSTOM}.fieldValue",
    )
    CUSTOM_FIELD_OPTION_REQUIRED = (
        10018,
        "CustomField optionId is required.",
        f"{_CUSTOM}.fieldOptionId",
    )
    CUSTOM_FIELD_OPTION_INVALID = (
        10019,
        "CustomField optionId is invalid.",
        f"{_CUSTOM}.fieldOptionId",
    )
    CUSTOM_FIELD_OPTION_DUPLICATED = (
        10020,
        "CustomField duplicated optionIds are found.",
        f"{_CUSTOM}.fieldOptionId",
    )
    CUSTOM_FIELD_ID_DUPLICATED = (
        10021,
        "CustomField duplicated fieldIds are found.",
        f"{_CUSTOM}.fieldId",
    )
    INDIVIDUAL_TYPE_DUPLICATED = (
        10022,
        "IndividualType duplicated ids are found.",
        "individualAccount.individualTypes.individualType.id",
    )
    PRIMARY_ADDRESS_AMBIGUOUS = (
        10023,
        "One and only one of the addresses can be primary address.",
        f"{_ADDRESS}.isPrimaryAddress",
    )
    CONTACT_ID_REQUIRED = 10024, "Contact id is required.", f"{_CONTACT}.contactId"
    CONTACT_ID_INVALID = 10025, "Contact id is invalid.", f"{_CONTACT}.contactId"
    INDIVIDUAL_ACCOUNT_ID_REQUIRED = (
        10030,
        "Individual account id is required.",
        "individualAccount.accountId",
    )
    INDIVIDUAL_ACCOUNT_ID_INVALID = (
        10031,
        "Individual account id is invalid.",
        "individualAccount.accountId",
    )
    ADDRESS_ID_INVALID = 10036, "Address id is invalid.", f"{_ADDRESS}.addressId"
    ADDRESS_ID_FOREIGN = (
        10037,
        "Address id is invalid given address id does not belong to this primary contact.",
        f"{_ADDRESS}.addressId",
    )

    # Create Organization Account
    ORGANIZATION_NAME_REQUIRED = (
        10050,
        "Organization name is required.",
        "organizationAccount.organizationName",
    )
    ORGANIZATION_TYPE_REQUIRED = 10051, "Organization type is required.", f"{_ORG_TYPE}.id"
    ORGANIZATION_TYPES_NOT_FOUND = (
        10052,
        "Available organization types cannot be found.",
        f"{_ORG_TYPE}.id",
    )
    ORGANIZATION_TYPE_ID_INVALID = 10053, "OrganizationType id is invalid.", f"{_ORG_TYPE}.id"
    COMPANY_CONTACT_ID_INVALID = (
        10054,
        "Company contact id is invalid.",
        "organizationAccount.primaryContact.contactId",
    )
    ORGANIZATION_ADDRESS_TYPE_INVALID = (
        10055,
        "Address type is invalid.",
        f"{_ORG_ADDRESS}.addressType.id",
    )
    ORGANIZATION_STATE_INVALID = 10056, "Address state is invalid.", f"{_ORG_ADDRESS}.state.code"
    ORGANIZATION_COUNTRY_INVALID = (
        10057,
        "Address country is invalid.",
        f"{_ORG_ADDRESS}.country.id",
    )
    ORGANIZATION_TYPE_NAME_INVALID = (
        10058,
        "Organization type name is invalid.",
        f"{_ORG_TYPE}.name",
    )
    ORGANIZATION_TYPE_INVALID = 10059, "Organization type is invalid.", f"{_ORG_TYPE}.id"
    ORGANIZATION_USERNAME_REQUIRED = (
        10060,
        "Login username is required.",
        "organizationAccount.login.username",
    )
    ORGANIZATION_USERNAME_TAKEN = (
        10061,
        "Login username is already exist.",
        "organizationAccount.login.username",
    )
    ORGANIZATION_PASSWORD_REQUIRED = (
        10062,
        "Login password is required.",
        "organizationAccount.login.password",
    )
    ORGANIZATION_SOURCE_INVALID = 10063, "Source is invalid.", "organizationAccount.source.id"
    ORGANIZATION_CUSTOM_FIELD_ID_REQUIRED = (
        10064,
        "CustomField id is required.",
        f"{_ORG_CUSTOM}.fieldId",
    )
    ORGANIZATION_CUSTOM_FIELD_ID_INVALID = (
        10065,
        "CustomField id is invalid.",
        f"{_ORG_CUSTOM}.fieldId",
    )
    ORGANIZATION_CUSTOM_FIELD_VALUE_REQUIRED = (
        10067,
        "CustomField option value is required.",
        f"{_ORG_CUSTOM}.fieldValue",
    )
    ORGANIZATION_CUSTOM_FIELD_OPTION_REQUIRED = (
        10068,
        "CustomField optionId is required.",
        f"{_ORG_CUSTOM}.fieldOptionId",
    )
    ORGANIZATION_TYPE_DUPLICATED = 10070, "Organization type is duplicated.", f"{_ORG_TYPE}.id"
    ORGANIZATION_CUSTOM_FIELD_OPTION_INVALID = (
        10071,
        "CustomField optionId is invalid.",
        f"{_ORG_CUSTOM}.fieldOptionId",
    )

    # Retrieve Duplicate Merge History
    ACCOUNT_ID_REQUIRED = 10131, "Account ID is required", "accountId"
    ACCOUNT_ID_INVALID = 10132, "Account ID is invalid", "accountId"

    # Retrieve, Update and Remove Activity
    ACTIVITY_ID_REQUIRED = 10200, "Activity ID is required", "Activity.activityId"
    ACTIVITY_ID_INVALID = 10201, "Activity ID is invalid", "Activity.activityId"

    # Sync Accounts, Sync Activities
    RANGE_REVERSED = (
        10240,
        "Synchronized “from” date cannot be after synchronized “to” date.",
        "syncAccountTimeFrom",
    )
    RANGE_OR_ID_REQUIRED = 10242, "Date range or activity id is required.", "syncActivityTimeFrom"


_DOCUMENTED = {code.value: code for code in ErrorCode}


@attrs.frozen
class ErrorDetail:
    """One entry of a FAIL reply.

    `code` is None where the reply's code is not a number. `server_message` holds the server's own
    words, which may quote what was sent, and which the repr does not show; `text` is safe to show.
    """

    code: int | None = None
    server_message: str = attrs.field(default="", repr=False)

    @property
    def documented(self) -> ErrorCode | None:
        """The documented code, or None for one that the reference pages don't know."""
        return None if self.code is None else _DOCUMENTED.get(self.code)

    @property
    def text(self) -> str:
        """The reference page's text of this code, or the number of an unknown one."""
        known = self.documented
        if known is not None:
            return f"code {self.code}: {known.text}"
        return "an error without a code" if self.code is None else f"undocumented code {self.code}"
