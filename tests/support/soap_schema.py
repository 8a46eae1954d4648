"""A schema of v1's messages, written once more from what is known of them, to validate against.

Neither the client nor the emulator uses it. A type is its elements in order, each `name`, `name?`
or `name*`, with its type behind a colon unless that is text.
"""

from __future__ import annotations

import functools
from pathlib import Path

from lxml import etree

SAMPLES = Path(__file__).parent / "samples" / "soap"
NEON = "http://www.z2systems.com/schemas/neonws/"
ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
_XS = "http://www.w3.org/2001/XMLSchema"

_ENUMERATIONS = {
    "Result": "SUCCESS FAIL PENDING",
    "Phone": "Work Home Mobile",
    "Priority": "High Normal Low",
    "Direction": "ASC DESC",
    "Component": "Account Donation Event Attendee Individual Organization Activity Membership "
    "Product",
    "DataType": "Checkbox Dropdown OneLineText MultiLineText Password File Radio Account",
}

_ACCOUNT = """
    createdDateTime?:dateTime createdBy? lastModifiedDateTime?:dateTime lastModifiedBy?
    accountId?:long primaryContact?:Contact noSolicitation?:boolean url? login?:Login
    customFieldDataList?:CustomFields source?:IdName
"""
_TYPES = {
    "IdName": "id? name?",
    "CodeName": "code? name?",
    "Login": "username? password? orgId?",
    "ApiLogin": "apiKey orgId?",
    "CustomFields": "customFieldData*:CustomField",
    "CustomField": "fieldId fieldValue? fieldOptionId?",
    "Addresses": "address*:Address",
    "Address": """
        addressId?:long isPrimaryAddress?:boolean isShippingAddress?:boolean shippingCompanyName?
        shippingDeliverTo? addressType?:IdName addressLine1? addressLine2? addressLine3?
        addressLine4? city? state?:CodeName province? county? country?:IdName zipCode?
        zipCodeSuffix? startDate?:date endDate?:date confirmDelete?:boolean
    """,
    "Contact": """
        contactId?:long firstName? lastName? middleName? prefix? suffix? salutation? preferredName?
        phone1? phone1Type?:Phone phone2? phone2Type?:Phone phone3? phone3Type?:Phone fax?
        dob?:date gender?:CodeName email1? email2? email3? deceased?:boolean addresses?:Addresses
        department? title?
    """,
    "Individual": f"""
        {_ACCOUNT} existingOrganizationId?:long organizationName? facebookPage? twitterPage?
        individualTypes?:IndividualTypes
    """,
    "IndividualTypes": "individualType*:IdName",
    "Organization": f"""
        {_ACCOUNT} primaryContactAccountId?:long organizationName
        organizationTypes?:OrganizationTypes
    """,
    "OrganizationTypes": "organizationType*:IdName",
    "Activity": """
        createdDateTime? createdBy? lastModifiedDateTime? lastModifiedBy? activityId?:long subject
        note? startDateTime?:dateTime endDateTime?:dateTime timeZoneOffset?:long clientId?:long
        systemUserId?:long activityStatus:IdName activityPriority:Priority encryptedIosCalendarKey?
        customFieldDataList?:CustomFields
    """,
    "Page": """
        currentPage?:long pageSize?:long totalPage?:long totalResults?:long sortColumn?
        sortDirection?:Direction
    """,
    "Individuals": "individualAccount*:Individual",
    "Organizations": "organizationAccount*:Organization",
    "Activities": "activity*:Activity",
    "AccountIds": "accountId*:long",
    "ActivityIds": "activityId*:long",
    "Errors": "error*:Error",
    "Error": "errorCode errorMessage",
    "FieldSearch": "search?:IdName component:Component",
    "Criteria": "search*:Criterion",
    "Criterion": "key searchOperator value?",
    "Columns": "idNamePair*:IdName",
}
_ID, _NONE = "accountId:long", ""
_SEARCH = "searches?:Criteria outputFields:Columns page?:Page"
_CREATION = "sendAcknowledgeEmail?:boolean originDetail?"
_REQUESTS = {
    "login": "login:ApiLogin",
    "logout": _NONE,
    "syncAccounts": "accountIds?:AccountIds syncAccountTimeFrom?:dateTime "
    "syncAccountTimeTo?:dateTime page?:Page ignoreDeletedIdList?:boolean",
    "syncActivities": "activityIds?:ActivityIds syncActivityTimeFrom?:dateTime "
    "syncActivityTimeTo?:dateTime page?:Page ignoreDeletedIdList?:boolean",
    "updateIndividualAccount": "individualAccount:Individual",
    "updateOrganizationAccount": "organizationAccount:Organization",
    "createIndividualAccount": f"individualAccount:Individual {_CREATION}",
    "createOrganizationAccount": f"organizationAccount:Organization {_CREATION}",
    "retrieveIndividualAccount": _ID,
    "retrieveOrganizationAccount": _ID,
    "addActivity": "activity:Activity",
    "updateActivity": "activity:Activity",
    "retrieveActivity": "activityId?:long",
    "listCustomFields": "searchCriteria:FieldSearch",
    "listAccounts": _SEARCH,
    "listActivities": _SEARCH,
    "listDonations": _SEARCH,
    "listEvents": _SEARCH,
    "listMemberships": _SEARCH,
    "listMembershipHistory": _ID,
    "retrieveEventAttendees": "eventId?:long page?:Page",
    **dict.fromkeys(
        (
            f"list{name}"
            for name in [
                "Prefixes",
                "Genders",
                "States",
                "Countries",
                "AddressTypes",
                "Sources",
                "IndividualTypes",
                "OrganizationTypes",
                "Campaigns",
                "Funds",
                "Purposes",
            ]
        ),
        _NONE,
    ),
}
_RESPONSES = {
    "login": "userSessionId?",
    "updateIndividualAccount": "accountId?:long",
    "createOrganizationAccount": "accountId?:long",
    "syncAccounts": "individualAccounts?:Individuals organizationAccounts?:Organizations "
    "deletedAccountList?:AccountIds page?:Page",
    "syncActivities": "activities?:Activities page?:Page deletedActivityIdList?:ActivityIds",
    "retrieveIndividualAccount": "IndividualAccount?:Individual",
    "retrieveOrganizationAccount": "organizationAccount?:Organization",
    "retrieveActivity": "activity?:Activity",
}
_HEAD = "userSessionId? fromSource?"
_RESULT = "operationResult:Result responseMessage? responseDateTime:dateTime errors?:Errors"


def _sequence(specs: str) -> str:
    return f"<xs:sequence>{''.join(map(_element, specs.split()))}</xs:sequence>"


def _element(spec: str) -> str:
    name, _, kind = spec.partition(":")
    bare = name.rstrip("?*")
    least = "" if name == bare else ' minOccurs="0"'
    most = ' maxOccurs="unbounded"' if name.endswith("*") else ""
    own = kind in _TYPES or kind in _ENUMERATIONS
    qualified = f"{'n' if own else 'xs'}:{kind or 'string'}"
    return f'<xs:element name="{bare}" type="{qualified}"{least}{most}/>'


@functools.cache
def schema() -> etree.XMLSchema:
    """The schema; a message is what stands inside Body."""
    parts = [f'<xs:schema xmlns:xs="{_XS}" xmlns:n="{NEON}" targetNamespace="{NEON}">']
    for name, values in _ENUMERATIONS.items():
        parts.append(f'<xs:simpleType name="{name}"><xs:restriction base="xs:string">')
        parts += [f'<xs:enumeration value="{value}"/>' for value in values.split()]
        parts.append("</xs:restriction></xs:simpleType>")
    for name, specs in _TYPES.items():
        parts.append(f'<xs:complexType name="{name}">{_sequence(specs)}</xs:complexType>')
    for ending, head, messages in (
        ("Request", _HEAD, _REQUESTS),
        ("Response", _RESULT, _RESPONSES),
    ):
        for name, specs in messages.items():
            content = _sequence(f"{head} {specs}")
            parts.append(
                f'<xs:element name="{name}{ending}"><xs:complexType>{content}</xs:complexType>'
                "</xs:element>"
            )
    parts.append("</xs:schema>")
    return etree.XMLSchema(etree.fromstring("".join(parts)))


def sample(name: str) -> bytes:
    """The bytes of a sample."""
    return (SAMPLES / f"{name}.xml").read_bytes()


def message_of(envelope: bytes) -> etree._Element:
    """The message in the one Body of a SOAP 1.1 envelope."""
    root = etree.fromstring(envelope)
    assert f"{{{ENVELOPE}}}Envelope" == root.tag
    (body,) = root.findall(f"{{{ENVELOPE}}}Body")
    (message,) = body
    return message


def canonical(xml: bytes) -> bytes:
    """The document without what has no meaning: white space between elements, prefixes apart."""
    root = etree.fromstring(xml, etree.XMLParser(remove_blank_text=True))
    return etree.tostring(root, method="c14n")
