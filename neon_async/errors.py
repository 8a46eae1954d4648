"""Everything that can go wrong, as one tree.

```text
NeonError
├── InvalidRequestError (also ValueError)   refused before anything was sent
├── APIError                                v1 answered FAIL
│   ├── AuthenticationError                 the login was refused
│   ├── SessionError                        codes 3 and 4, after renewing the session
│   ├── PermissionDeniedError               code 5
│   ├── ValidationError                     a documented rule of the operation
│   ├── NotFoundError                       no such record, or no such operation
│   └── ServiceUnavailableError             code 2
├── TransportError                          the HTTP exchange failed
│   ├── ConnectError                        no connection, so nothing was sent
│   ├── DeadlineExceededError (also TimeoutError)
│   └── HTTPStatusError                     a status other than 200
│       └── ThrottledError                  status 429
├── ProtocolError                           the reply is not what v1 documents
├── OutcomeUnknownError                     a write may or may not have happened
├── LossyReadError                          the record can't be written back faithfully
├── ConflictError                           somebody else changed the record
├── VerificationError                       a write did not do what was asked
├── PaginationError                         the pages contradict each other
├── ClientClosedError (also RuntimeError)   the client was closed
└── EventLoopError (also RuntimeError)      the client belongs to another event loop
```

No message holds a credential, a session id or a parameter's value. No exception of the HTTP
library is chained to one of these: it would carry the request.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Self

import attrs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = [
    "APIError",
    "AuthenticationError",
    "ClientClosedError",
    "ConflictError",
    "ConnectError",
    "DeadlineExceededError",
    "ErrorCode",
    "ErrorDetail",
    "EventLoopError",
    "HTTPStatusError",
    "InvalidRequestError",
    "LossyReadError",
    "NeonError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PaginationError",
    "PermissionDeniedError",
    "ProtocolError",
    "ServiceUnavailableError",
    "SessionError",
    "ThrottledError",
    "TransportError",
    "ValidationError",
    "VerificationError",
]

_CONTACT = "individualAccount.primaryContact"
_ADDRESS = f"{_CONTACT}.addresses.address"
_CUSTOM = "individualAccount.customFieldDataList.customFieldData"
_ORG_ADDRESS = "organizationAccount.primaryContact.addresses.address"
_ORG_CUSTOM = "organizationAccount.customFieldDataList.customFieldData"
_ORG_TYPE = "organizationAccount.organizationTypes.organizationType"


class ErrorCode(enum.IntEnum):
    """A documented error code of v1.

    Each has the `text` of its reference page and the `parameter` that it is about, spelled as
    on the wire; `parameter` is None where the code is about the request as a whole.
    """

    text: str
    parameter: str | None

    def __new__(cls, code: int, text: str, parameter: str | None = None) -> Self:
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

    # Sync Accounts, Sync Activities
    RANGE_REVERSED = (
        10240,
        "Synchronized “from” date cannot be after synchronized “to” date.",
        "syncAccountTimeFrom",
    )
    RANGE_OR_ID_REQUIRED = 10242, "Date range or activity id is required.", "syncActivityTimeFrom"


@attrs.frozen
class ErrorDetail:
    """One entry of a FAIL reply.

    `code` is None where the reply's code is not a number. `message` is the server's own text,
    which may quote what was sent; `text` is safe to show.
    """

    code: int | None = None
    message: str = attrs.field(default="", repr=False)

    @property
    def documented(self) -> ErrorCode | None:
        """The documented code, or None for one that the reference pages don't know."""
        if self.code is None or self.code not in ErrorCode.__members__.values():
            return None
        return ErrorCode(self.code)

    @property
    def text(self) -> str:
        """What the reference page says of this code; for an unknown code just its number."""
        known = self.documented
        if known is not None:
            return f"code {self.code}: {known.text}"
        return "an error without a code" if self.code is None else f"undocumented code {self.code}"


class NeonError(Exception):
    """Base of every error that this package raises.

    Attributes:
        operation: the API method, such as `"syncAccounts"`, or None outside of one.
        resume: the page to go on from when the error came out of a paginated walk, for
            `start_page`; None elsewhere.
        resume_ids: the record ids still to be asked for when the walk was over more ids than
            fit one request, for `account_ids` or `activity_ids`; None elsewhere.
    """

    operation: str | None
    resume: int | None
    resume_ids: tuple[int, ...] | None

    # Every argument but the message has a default: that is what lets exceptions be pickled.
    def __init__(self, message: str = "", *, operation: str | None = None) -> None:
        """Keep the message and the operation that it is about."""
        super().__init__(message)
        self.operation = operation
        self.resume = None
        self.resume_ids = None

    def __str__(self) -> str:
        """Return the message, with the operation in front."""
        message = super().__str__()
        return f"{self.operation}: {message}" if self.operation else message


class InvalidRequestError(NeonError, ValueError):
    """The request breaks a rule of its reference page, and was not sent.

    Attributes:
        parameter: the parameter at fault, spelled as on the wire, or None.
        code: the documented code with which v1 would have answered, or None.
    """

    def __init__(
        self,
        message: str = "",
        *,
        parameter: str | None = None,
        code: ErrorCode | None = None,
        operation: str | None = None,
    ) -> None:
        """Keep the parameter and the documented code."""
        super().__init__(message, operation=operation)
        self.parameter = parameter
        self.code = code

    def __str__(self) -> str:
        """Return the message, with the parameter and the documented code."""
        parameter = f" [{self.parameter}]" if self.parameter else ""
        code = f" (code {self.code.value})" if self.code else ""
        return f"{super().__str__()}{parameter}{code}"


class APIError(NeonError):
    """v1 answered FAIL.

    Attributes:
        code: the first error code, or None when the reply has none.
        message: the server's text for it. It may quote what was sent, so it is not part of
            `str(error)`; the documented text is.
        errors: every error of the reply.
    """

    def __init__(
        self,
        code: int | None = None,
        message: str = "",
        errors: Sequence[ErrorDetail] = (),
        operation: str | None = None,
    ) -> None:
        """Keep what the reply said."""
        super().__init__(operation=operation)
        self.code = code
        self.message = message
        self.errors = tuple(errors)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the constructor's own arguments."""
        arguments = (self.code, self.message, self.errors, self.operation)
        return type(self), arguments, self.__dict__

    @property
    def advice(self) -> str:
        """What the caller can do about it; empty when the code says it all."""
        return ""

    def __str__(self) -> str:
        """Return the operation, every code with its documented text, and what to do."""
        said = "; ".join(error.text for error in self.errors) or "no error code given"
        advice = f". {self.advice}" if self.advice else ""
        return f"{self.operation or 'request'}: NeonCRM answered FAIL with {said}{advice}"


class AuthenticationError(APIError):
    """The login was refused: the organization id or the API key is wrong."""

    @property
    def advice(self) -> str:
        """Where to look."""
        return "Check the organization id and the API key (NEON_ORG_ID, NEON_API_KEY)"


class SessionError(APIError):
    """Codes 3 and 4 even after the session was renewed."""

    @property
    def advice(self) -> str:
        """Where to look."""
        return "The session was refused again after a new login; is another client logging it out?"


class PermissionDeniedError(APIError):
    """Code 5: the API user may not do this."""

    @property
    def advice(self) -> str:
        """Where to look."""
        return "Ask an administrator of the organization to permit it to the API user"


class ValidationError(APIError):
    """A rule of the operation was broken in a way that only the server can know."""


class NotFoundError(APIError):
    """The record does not exist, or the organization's v1 does not know the operation."""

    def __init__(
        self,
        code: int | None = None,
        message: str = "",
        errors: Sequence[ErrorDetail] = (),
        operation: str | None = None,
        *,
        reason: str = "",
    ) -> None:
        """Keep what the reply said, and why it means that nothing was found."""
        super().__init__(code, message, errors, operation)
        self.reason = reason

    @property
    def advice(self) -> str:
        """Why nothing was found, where more is known than the code."""
        return self.reason


class ServiceUnavailableError(APIError):
    """Code 2: the service is not available for now."""

    @property
    def advice(self) -> str:
        """Where to look."""
        return "Try again later, or with fewer requests at once"


class TransportError(NeonError):
    """The HTTP exchange failed.

    Attributes:
        sent: True when any byte of the request may have left, False when certainly none did.
    """

    def __init__(
        self, message: str = "", *, sent: bool = True, operation: str | None = None
    ) -> None:
        """Keep whether anything left."""
        super().__init__(message, operation=operation)
        self.sent = sent


class ConnectError(TransportError):
    """No connection could be made."""


class DeadlineExceededError(TransportError, TimeoutError):
    """The attempt's `timeout` or the call's `deadline` passed.

    It never stands for a time-out that the caller put around the call: that one stays the caller's.
    """


class HTTPStatusError(TransportError):
    """A status other than 200.

    Attributes:
        status: the HTTP status.
        retry_after: seconds that the server asks to wait, or None.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int = 0,
        retry_after: float | None = None,
        operation: str | None = None,
    ) -> None:
        """Keep the status and the wait that was asked for."""
        super().__init__(message, sent=True, operation=operation)
        self.status = status
        self.retry_after = retry_after


class ThrottledError(HTTPStatusError):
    """Status 429: more requests at once than the organization's quota allows."""


class ProtocolError(NeonError):
    """The reply is not what v1 documents.

    Attributes:
        path: where in the reply, in wire names such as `"page.totalPage"`, or None.
    """

    def __init__(
        self, message: str = "", *, path: str | None = None, operation: str | None = None
    ) -> None:
        """Keep where it went wrong."""
        super().__init__(message, operation=operation)
        self.path = path

    def __str__(self) -> str:
        """Return the message, with the path."""
        return f"{super().__str__()} [{self.path}]" if self.path else super().__str__()


class OutcomeUnknownError(NeonError):
    """A write was sent, and nothing proves whether it was carried out. It is never sent again.

    Attributes:
        sent_at: when it was sent, by this machine's clock (UTC), or None.
        reason: what happened instead of an answer.
    """

    def __init__(
        self,
        operation: str | None = None,
        sent_at: datetime | None = None,
        reason: str = "",
    ) -> None:
        """Keep when it was sent and what happened."""
        super().__init__(
            f"the write may or may not have happened: {reason}. "
            "Read the record before you send it again",
            operation=operation,
        )
        self.sent_at = sent_at
        self.reason = reason

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the constructor's own arguments."""
        return type(self), (self.operation, self.sent_at, self.reason), self.__dict__


class LossyReadError(NeonError):
    """The record as it was read can't be written back without losing something.

    Attributes:
        paths: what would be lost, in wire names.
    """

    def __init__(
        self, message: str = "", *, paths: Sequence[str] = (), operation: str | None = None
    ) -> None:
        """Keep the paths."""
        super().__init__(message, operation=operation)
        self.paths = tuple(paths)


class ConflictError(NeonError):
    """Somebody else changed the record between the read and the write; nothing was written.

    Attributes:
        before: the record that the change was made from.
        current: the record as it is now.
    """

    def __init__(
        self,
        message: str = "",
        *,
        before: object = None,
        current: object = None,
        operation: str | None = None,
    ) -> None:
        """Keep both versions."""
        super().__init__(message, operation=operation)
        self.before = before
        self.current = current


class VerificationError(NeonError):
    """The record read after a write differs from what was written.

    Attributes:
        before: the record before the write, for undoing it.
        differences: what differs.
    """

    def __init__(
        self,
        message: str = "",
        *,
        before: object = None,
        differences: Sequence[object] = (),
        operation: str | None = None,
    ) -> None:
        """Keep the record before and what differs."""
        super().__init__(message, operation=operation)
        self.before = before
        self.differences = tuple(differences)


class PaginationError(NeonError):
    """The pages contradict each other, so that a complete pull can't be proven."""


class ClientClosedError(NeonError, RuntimeError):
    """The client was closed; make a new one."""


class EventLoopError(NeonError, RuntimeError):
    """The client was used from an event loop or thread other than the one it was first used in."""
