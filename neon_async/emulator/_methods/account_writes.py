"""The account methods that write. What a request omits or leaves blank is deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neon_async.emulator._methods.accounts import existing, identifier
from neon_async.emulator._methods.checks import (
    INDIVIDUAL_CODES,
    ORGANIZATION_CODES,
    Check,
    choice,
    consent,
    flag,
    put_texts,
)
from neon_async.emulator._methods.contact_checks import contact
from neon_async.emulator._methods.field_checks import (
    custom_fields,
    individual_types,
    organization_types,
)
from neon_async.emulator._state.contacts import CONTACT_OFFSET
from neon_async.emulator._state.data import INDIVIDUAL, ORGANIZATION
from neon_async.emulator._state.store import StoredRow
from neon_async.emulator._wire.clock import timestamp
from neon_async.emulator._wire.messages import inner, parse_id

if TYPE_CHECKING:
    from neon_async.emulator._state.state import EmulatorState
    from neon_async.emulator._wire.messages import Fields, Json

API_USER = "API User"
"""Who a change through the API is attributed to."""

_KEPT = ("createdDateTime", "createdBy")


def create_individual_account(state: EmulatorState, fields: Fields) -> Json:
    check = Check(state, INDIVIDUAL_CODES)
    record = _individual(check, fields.below("individualAccount."))
    number = _store(check, INDIVIDUAL, record, fields)
    # In lower case, as in the sample of page Create Organization Account.
    return {"responseMessage": "individual account created.", "accountId": number}


def update_individual_account(state: EmulatorState, fields: Fields) -> Json:
    account_fields = fields.below("individualAccount.")
    number = identifier(account_fields.text("accountId"), 10030, 10031)
    before = existing(state, number, INDIVIDUAL, 10031)["record"]
    check = Check(state, INDIVIDUAL_CODES, number, before)
    contact_id = account_fields.text("primaryContact.contactId")
    # Code 10024: "Contact id is required." Code 10025: it is none of this account.
    if not contact_id:
        check.failed(10024)
    elif parse_id(contact_id) != inner(before, "primaryContact", "contactId"):
        check.failed(10025)
    _store(check, INDIVIDUAL, _individual(check, account_fields), fields)
    return {"responseMessage": "Account updated.", "accountId": number}


def create_organization_account(state: EmulatorState, fields: Fields) -> Json:
    account_fields = fields.below("organizationAccount.")
    check = Check(state, ORGANIZATION_CODES)
    record = _organization(check, account_fields)
    if contact_id := account_fields.text("primaryContact.contactId"):
        record["primaryContactAccountId"] = _company_contact(check, contact_id)
    number = _store(check, ORGANIZATION, record, fields)
    return {"responseMessage": "organization account created.", "accountId": number}


def update_organization_account(state: EmulatorState, fields: Fields) -> Json:
    account_fields = fields.below("organizationAccount.")
    number = identifier(account_fields.text("accountId"), 10131, 10132)
    before = existing(state, number, ORGANIZATION, 10132)["record"]
    check = Check(state, ORGANIZATION_CODES, number, before)
    contact_id = account_fields.text("primaryContact.contactId")
    # The page has code 10054 for a contact id, and no parameter for one.
    if contact_id and parse_id(contact_id) != inner(before, "primaryContact", "contactId"):
        check.failed(10054)
    record = _organization(check, account_fields)
    # Kept: no parameter is known that could change it.
    if "primaryContactAccountId" in before:
        record["primaryContactAccountId"] = before["primaryContactAccountId"]
    _store(check, ORGANIZATION, record, fields)
    return {"responseMessage": "Account updated.", "accountId": number}


def _company_contact(check: Check, contact_id: str) -> int:
    number = (parse_id(contact_id) or 0) - CONTACT_OFFSET
    if check.state.account(number, INDIVIDUAL) is None:
        check.failed(10054)
    return number


def _individual(check: Check, fields: Fields) -> Json:
    person = fields.below("primaryContact.")
    record: Json = {"primaryContact": contact(check, person, emails=3, shipping=False)}
    for name, code in (("firstName", 10001), ("lastName", 10002)):
        if not record["primaryContact"][name]:
            check.failed(code)
    _put_common(check, record, fields)
    record["individualTypes"] = {"individualType": individual_types(check, fields)}
    _put_employer(check, record, fields)
    put_texts(record, fields, ("facebookPage", "twitterPage"))
    return record


def _put_employer(check: Check, record: Json, fields: Fields) -> None:
    organization_id = fields.text("existingOrganizationId")
    put_texts(record, fields, ("organizationName",))
    # Code 10004: one of the two.
    if organization_id and "organizationName" in record:
        check.failed(10004)
    elif organization_id:
        number = parse_id(organization_id) or 0
        if check.state.account(number, ORGANIZATION) is None:
            check.failed(10003)
        record["existingOrganizationId"] = number


def _organization(check: Check, fields: Fields) -> Json:
    record: Json = {"organizationName": fields.text("organizationName")}
    if not record["organizationName"]:
        check.failed(10050)
    person = fields.below("primaryContact.")
    record["primaryContact"] = contact(check, person, emails=1, shipping=True)
    _put_common(check, record, fields)
    record["organizationTypes"] = {"organizationType": organization_types(check, fields)}
    return record


def _put_common(check: Check, record: Json, fields: Fields) -> None:
    record["noSolicitation"] = flag(fields, "noSolicitation")
    record["customFieldDataList"] = {"customFieldData": custom_fields(check, fields)}
    sources = check.state.lists.sources
    record["source"] = check.pair(fields, "source.", sources, check.codes.source) or {}
    put_texts(record, fields, ("url",))
    if login := check.login(fields):
        record["login"] = login


def _store(check: Check, kind: str, record: Json, fields: Fields) -> int:
    """Store the record if nothing is wrong with it, and return its id."""
    agreed = consent(fields)
    # Checked only: the emulator sends no e-mail.
    choice(fields, "sendAcknowledgeEmail", ("true", "false"))
    # Nothing is stored before all checks are done, and an error lists all of them.
    check.finish()
    state, now = check.state, check.state.now()
    number = state.new_account_id() if check.account_id is None else check.account_id
    created = {"createdDateTime": timestamp(now), "createdBy": API_USER}
    # An update keeps who created the account and when: there is no parameter for them.
    kept = check.before or created
    complete = {
        "lastModifiedDateTime": timestamp(now),
        "lastModifiedBy": API_USER,
        "accountId": number,
        **record,
        **{name: kept[name] for name in _KEPT if name in kept},
    }
    give_ids(state, complete)
    document: dict[str, Any] = {"kind": kind, "record": complete, "consent": agreed}
    state.store.commit([(state.store.accounts, StoredRow(number, now, document))])
    return number


def give_ids(state: EmulatorState, record: Json) -> None:
    """Give the contact, and addresses that have no id, their ids."""
    person = record["primaryContact"]
    person = {"contactId": record["accountId"] + CONTACT_OFFSET} | person
    addresses = [
        address if "addressId" in address else {"addressId": state.new_address_id()} | address
        for address in person["addresses"]["address"]
    ]
    record["primaryContact"] = person | {"addresses": {"address": addresses}}
