"""The parameters of every method, as data: for the OpenAPI document, and to spot unknown ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import attrs

from neon_async.emulator._methods.accounts import SYNC as ACCOUNTS
from neon_async.emulator._methods.activities import SYNC as ACTIVITIES
from neon_async.emulator._methods.activity_writes import PRIORITIES
from neon_async.emulator._methods.checks import CONSENT_VALUES, CONSENTS
from neon_async.emulator._methods.contact_checks import LINES, PHONE_TYPES, SHIPPING_TEXTS
from neon_async.emulator._methods.field_checks import TRIPLE
from neon_async.emulator._methods.lists import COMPONENTS
from neon_async.emulator._methods.search import (
    FIELD_ID,
    FIELD_NAME,
    KEY,
    OPERATOR,
    OPERATORS,
    VALUE,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async.emulator._methods.sync import SyncMethod

Kind = Literal["text", "integer", "boolean", "date", "timestamp"]


@attrs.frozen
class Parameter:
    """One parameter of a method.

    Attributes:
        kind: how its value is written; a blank one is accepted in updates, where it deletes.
        repeated: whether it may be given several times.
        choices: all values that it may have, where there are few.
        note: what the name does not say.
    """

    name: str
    kind: Kind = "text"
    required: bool = False
    repeated: bool = False
    choices: tuple[str, ...] = ()
    note: str = ""


SESSION = Parameter("userSessionId", required=True, note="What the login answered.")
RESPONSE_TYPE = Parameter(
    "responseType",
    choices=("JSON",),
    note="JSON comes without it, too. XML is answered in XML, which is not described here.",
)
# The vendor's own pages mix cases, as in login.orgid and login.orgId.
LOGIN = (
    Parameter("login.apiKey", required=True, note="The API user's key."),
    Parameter("login.orgid", required=True, note="The organization's id."),
)
ACCOUNT_ID = (Parameter("accountId", "integer", required=True),)
ACTIVITY_ID = (Parameter("activityId", "integer", required=True),)
COMPONENT = (
    Parameter(
        "searchCriteria.component",
        required=True,
        choices=COMPONENTS,
        note="Whose fields to list.",
    ),
)

_PAGE = (
    Parameter("page.currentPage", "integer", note="From 1."),
    Parameter("page.pageSize", "integer", note="At most 200."),
)
SEARCH = (
    Parameter(FIELD_ID, repeated=True, note="The id of a custom field; blank beside a name."),
    Parameter(FIELD_NAME, repeated=True, note="A field; blank beside an id."),
    Parameter(KEY, repeated=True, note="A field, or the id of a custom field."),
    Parameter(OPERATOR, repeated=True, choices=tuple(OPERATORS)),
    Parameter(VALUE, repeated=True, note="Blank for BLANK and NOT_BLANK."),
    *_PAGE,
    Parameter("page.sortColumn", note="One of the output fields."),
    Parameter("page.sortDirection", choices=("ASC", "DESC")),
)
EVENT_ATTENDEES = (
    Parameter("eventId", "integer", required=True),
    *_PAGE,
    Parameter("page.sortColumn", note="Echoed; attendees come in the order of their ids."),
    Parameter("page.sortDirection", choices=("ASC", "DESC"), note="Echoed."),
)

_FLAGS = ("true", "false")
_EITHER = "Either this or its sibling names the entry."
_PERSON = "firstName lastName middleName prefix suffix preferredName salutation"


def _texts(names: str | Iterable[str]) -> list[Parameter]:
    return [Parameter(name) for name in (names.split() if isinstance(names, str) else names)]


def _flag(name: str, note: str = "") -> Parameter:
    return Parameter(name, "boolean", choices=_FLAGS, note=note)


def _pair(name: str, key: str = "id", spelled: str = "name") -> list[Parameter]:
    return [Parameter(f"{name}.{key}", note=_EITHER), Parameter(f"{name}.{spelled}", note=_EITHER)]


def _below(
    prefix: str, parameters: Iterable[Parameter], *, required: str = "", repeated: bool = False
) -> list[Parameter]:
    """Return parameters with a longer name, those in `required` as required ones."""
    needed = required.split()
    return [
        attrs.evolve(
            parameter,
            name=prefix + parameter.name,
            required=parameter.required or parameter.name in needed,
            repeated=parameter.repeated or repeated,
        )
        for parameter in parameters
    ]


def sync_parameters(sync: SyncMethod) -> tuple[Parameter, ...]:
    needed = f"Without it, {sync.ids} is required."
    return (
        Parameter(sync.ids, "integer", repeated=True, note=f"Required without {sync.time_from}."),
        Parameter(sync.time_from, "timestamp", note=f"Beginning of the range. {needed}"),
        Parameter(sync.time_to, "timestamp", note="End of the range."),
        _flag("ignoreDeletedIdList", "Whether to leave out the ids of deleted records."),
        Parameter("page.currentPage", "integer", note="From 1."),
        Parameter("page.pageSize", "integer"),
        Parameter("page.sortColumn", choices=tuple(sorted(sync.columns))),
        Parameter("page.sortDirection", choices=("ASC", "DESC")),
    )


def _address(*, shipping: bool) -> list[Parameter]:
    # Page Update Individual Account has addressType.Name with a capital, and no other.
    named = "name" if shipping else "Name"
    extra = [_flag("isShippingAddress"), *_texts(SHIPPING_TEXTS)] if shipping else []
    return [
        Parameter("addressId", "integer", note="An address that is there; without it, a new one."),
        _flag("isPrimaryAddress"),
        *extra,
        *_pair("addressType", spelled=named),
        *_texts(LINES),
        *_pair("state", "code"),
        Parameter("province", note="Ignored beside a state."),
        *_texts("county"),
        *_pair("country"),
        *_texts("zipCode zipCodeSuffix"),
        Parameter("startDate", "date"),
        Parameter("endDate", "date"),
    ]


def _contact(*, emails: int, shipping: bool) -> list[Parameter]:
    phones = [
        parameter
        for position in (1, 2, 3)
        for parameter in (
            Parameter(f"phone{position}"),
            Parameter(f"phone{position}Type", choices=PHONE_TYPES),
        )
    ]
    return [
        *_texts(_PERSON),
        *_texts(f"email{position}" for position in range(1, emails + 1)),
        *phones,
        *_texts("fax"),
        Parameter("dob", "date"),
        *_pair("gender", "code"),
        _flag("deceased"),
        *_texts("title department"),
        *_below("addresses.address.", _address(shipping=shipping), repeated=True),
    ]


def _account(kind: str) -> list[Parameter]:
    return [
        _flag("noSolicitation"),
        *_texts("url login.username login.password login.orgId"),
        *_below("customFieldDataList.customFieldData.", _texts(TRIPLE), repeated=True),
        *_pair("source"),
        *_below(f"{kind}Types.", _pair(f"{kind}Type"), repeated=True),
    ]


def _common(*, update: bool) -> list[Parameter]:
    consents = _below(
        "consentInformation.", [Parameter(name, choices=CONSENT_VALUES) for name in CONSENTS]
    )
    if update:
        return consents
    origin = Parameter("originDetail", note="The App ID of an integration.")
    return [origin, *consents, _flag("sendAcknowledgeEmail")]


def individual(*, update: bool) -> tuple[Parameter, ...]:
    contact = _below(
        "primaryContact.",
        [*_ids("contactId", update=update), *_contact(emails=3, shipping=False)],
        required="firstName lastName",
    )
    employer = [
        Parameter("existingOrganizationId", "integer", note="Not beside organizationName."),
        *_texts("organizationName"),
    ]
    social = _texts("twitterPage facebookPage")
    own = [*_ids("accountId", update=update), *contact, *_account("individual"), *employer, *social]
    return (*_below("individualAccount.", own), *_common(update=update))


def organization(*, update: bool) -> tuple[Parameter, ...]:
    contact = [
        # Not in the page's table, though its code 10054 is about it.
        Parameter("contactId", "integer", note="A contact of one of the individuals."),
        *_contact(emails=1, shipping=True),
    ]
    own = [
        *_ids("accountId", update=update),
        Parameter("organizationName", required=True),
        *_below("primaryContact.", contact),
        *_account("organization"),
    ]
    return (*_below("organizationAccount.", own), *_common(update=update))


def activity(*, update: bool) -> tuple[Parameter, ...]:
    own = [
        *_ids("activityId", update=update),
        Parameter("subject", required=True),
        *_texts("note"),
        Parameter("startDateTime", "timestamp", required=True),
        Parameter("endDateTime", "timestamp"),
        Parameter("clientId", "integer", required=True, note="The account that it is about."),
        Parameter("systemUserId", "integer", note="Who is in charge; without it, the API user."),
        *_pair("activityStatus"),
        Parameter("activityPriority", required=True, choices=PRIORITIES),
        Parameter("timeZoneOffset", "integer", note="In v1's schema, and on no page."),
        Parameter("encryptedIosCalendarKey", note="For NeonCRM's own app."),
        *_below("customFieldDataList.customFieldData.", _texts(TRIPLE), repeated=True),
    ]
    return tuple(_below("Activity.", own))


def _ids(name: str, *, update: bool) -> list[Parameter]:
    return [Parameter(name, "integer", required=True)] if update else []


SYNC_ACCOUNTS = sync_parameters(ACCOUNTS)
SYNC_ACTIVITIES = sync_parameters(ACTIVITIES)
