"""Check accounts against the rules of their reference pages."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import attrs

from neon_async._wire.type_guards import is_sequence
from neon_async.errors import ErrorCode
from neon_async.models import (
    Account,
    Address,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    Login,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async._wire.flatten import ParameterSet


@attrs.frozen
class AccountCodes:
    """With which codes v1 refuses the same mistakes for one kind of account."""

    username_required: ErrorCode
    password_required: ErrorCode
    custom_field_id_required: ErrorCode
    type_required: ErrorCode
    type_duplicated: ErrorCode


INDIVIDUAL = AccountCodes(
    ErrorCode.USERNAME_REQUIRED,
    ErrorCode.PASSWORD_REQUIRED,
    ErrorCode.CUSTOM_FIELD_ID_REQUIRED,
    ErrorCode.INDIVIDUAL_TYPE_REQUIRED,
    ErrorCode.INDIVIDUAL_TYPE_DUPLICATED,
)
ORGANIZATION = AccountCodes(
    ErrorCode.ORGANIZATION_USERNAME_REQUIRED,
    ErrorCode.ORGANIZATION_PASSWORD_REQUIRED,
    ErrorCode.ORGANIZATION_CUSTOM_FIELD_ID_REQUIRED,
    ErrorCode.ORGANIZATION_TYPE_REQUIRED,
    ErrorCode.ORGANIZATION_TYPE_DUPLICATED,
)


def validate_required(
    value: Any, spec: ParameterSet, name: str, code: ErrorCode | None = None
) -> None:
    """Refuse an absent or blank value.

    Raises:
        InvalidRequestError: it is absent or blank.
    """
    # A blank deletes like an absent parameter (page Update Individual Account): it is no value.
    if value is None or (isinstance(value, str) and not value.strip()):
        raise spec.invalid("a value is required", name, code)


def validate_account(value: Account, spec: ParameterSet, codes: AccountCodes) -> None:
    """Check the rules that hold for both kinds of account.

    Raises:
        InvalidRequestError: one is broken.
    """
    _login(value.login, spec, codes)
    for contact in _members([value.primary_contact], Contact):
        _primary_address(_members(contact.addresses, Address), spec)
    validate_custom_fields(value.custom_field_data_list, spec, codes.custom_field_id_required)
    if isinstance(value, IndividualAccount):
        types, path = value.individual_types, "individualTypes.individualType"
    else:
        types, path = value.organization_types, "organizationTypes.organizationType"
    _types(_members(types, IdName), path, spec, codes)


def _members(elements: Any, cls: type[Any]) -> list[Any]:
    """Leave out what is not of the class: flattening refuses it by name."""
    listed = elements if is_sequence(elements) else ()
    return [element for element in listed if isinstance(element, cls)]


def _login(login: Any, spec: ParameterSet, codes: AccountCodes) -> None:
    # Replies may have an empty object in place of a login.
    if not isinstance(login, Login) or not (login.username or login.password or login.org_id):
        return
    if not login.username:
        message = "a password, or an organization id, needs its username"
        raise spec.invalid(message, "login.username", codes.username_required)
    # v1 never returns the password, so a login that was read can't be sent back alone.
    if not login.password:
        message = "a username needs its password (v1 never returns it)"
        raise spec.invalid(message, "login.password", codes.password_required)


def _primary_address(addresses: Iterable[Address], spec: ParameterSet) -> None:
    # Code 10023 wants exactly one. None is left to v1: an account may have no address.
    if sum(bool(address.is_primary_address) for address in addresses) > 1:
        message = "only one address can be the primary one"
        name = "primaryContact.addresses.address.isPrimaryAddress"
        raise spec.invalid(message, name, ErrorCode.PRIMARY_ADDRESS_AMBIGUOUS)


def validate_custom_fields(
    value: list[CustomFieldData] | None, spec: ParameterSet, code: ErrorCode | None = None
) -> None:
    """Check the values of custom fields.

    Args:
        value: them.
        spec: what they are parameters of.
        code: with which v1 refuses one without an id; None where the codes are on no page.

    Raises:
        InvalidRequestError: one has no id, or is given twice.
    """
    path = "customFieldDataList.customFieldData"
    entries = _members(value, CustomFieldData)
    for entry in entries:
        validate_required(entry.field_id, spec, f"{path}.fieldId", code)
    # Several options of one field are several triples with the same fieldId (both pages).
    chosen = Counter((entry.field_id, entry.field_option_id) for entry in entries)
    for (field_id, option), count in chosen.items():
        if option and count > 1:
            message = "the same option is chosen twice"
            twice = code and ErrorCode.CUSTOM_FIELD_OPTION_DUPLICATED
            raise spec.invalid(message, f"{path}.fieldOptionId", twice)
        if not option and sum(entry.field_id == field_id for entry in entries) > 1:
            message = "the same field is given twice, and not as several options"
            twice = code and ErrorCode.CUSTOM_FIELD_ID_DUPLICATED
            raise spec.invalid(message, f"{path}.fieldId", twice)


def _types(types: list[IdName], path: str, spec: ParameterSet, codes: AccountCodes) -> None:
    for entry in types:
        # Codes 10005 and 10051: one of the two, on both pages.
        if not (entry.id or entry.name):
            raise spec.invalid("an id or a name is required", f"{path}.id", codes.type_required)
    # Half of the entries may go by id and half by name: v1 knows which are the same, we don't.
    keys = [key for entry in types for key in {("id", entry.id), ("name", entry.name)} if key[1]]
    if len(set(keys)) < len(keys):
        raise spec.invalid("the same type is given twice", f"{path}.id", codes.type_duplicated)
