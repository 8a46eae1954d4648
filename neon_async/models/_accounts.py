"""Accounts with their contacts, addresses and logins, and the merge history."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypeAlias

import attrs

from neon_async.models._base import Model, extra_field, known_id, list_field
from neon_async.models._references import CodeName, IdName


class PhoneType(enum.StrEnum):
    """The kinds of telephone that v1 knows."""

    # Requests are documented with `Home`; replies have `HOME` since 2014.
    HOME = "HOME"
    WORK = "WORK"
    MOBILE = "MOBILE"


class ConsentStatus(enum.StrEnum):
    """What a person answered when asked for consent."""

    # Pages of updates and creations. No reply shows consents, so none can be read back.
    GIVEN = "GIVEN"
    DECLINED = "DECLINED"
    NOT_ASKED = "NOT_ASKED"


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class Address(Model):
    """A postal address of a contact.

    In an update, `address_id` says which address is meant; without it a new one is made.
    `province` counts only outside of the US and Canada, and is ignored beside a `state`.
    `confirm_delete` is in v1's schema and on no page; it is never sent.
    """

    address_id: int | None = None
    is_primary_address: bool | None = None
    # Parameters of the organization's page only; replies have them for both kinds of account.
    is_shipping_address: bool | None = None
    shipping_company_name: str | None = None
    shipping_deliver_to: str | None = None
    address_type: IdName | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    address_line3: str | None = None
    address_line4: str | None = None
    city: str | None = None
    state: CodeName | None = None
    province: str | None = None
    county: str | None = None
    country: IdName | None = None
    zip_code: str | None = None
    zip_code_suffix: str | None = None
    start_date: date | None = None
    end_date: date | None = None
    # Seen in the schema of v1's SOAP interface only.
    confirm_delete: bool | None = None
    extra: Mapping[str, Any] = extra_field()


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class Contact(Model):
    """The person behind an account: for an organization, its primary contact.

    `addresses` is None when the reply has no such list, and empty when it has an empty one.
    """

    contact_id: int | None = None
    first_name: str | None = None
    last_name: str | None = None
    middle_name: str | None = None
    prefix: str | None = None
    suffix: str | None = None
    preferred_name: str | None = None
    salutation: str | None = None
    email1: str | None = None
    # On the page of individuals only; the schema has one Contact for both.
    email2: str | None = None
    email3: str | None = None
    # Text, although replies of 2012 have numbers, whose leading zeros are gone.
    phone1: str | None = None
    phone1_type: PhoneType | str | None = None
    phone2: str | None = None
    phone2_type: PhoneType | str | None = None
    phone3: str | None = None
    phone3_type: PhoneType | str | None = None
    fax: str | None = None
    dob: date | None = None
    gender: CodeName | None = None
    deceased: bool | None = None
    title: str | None = None
    department: str | None = None
    addresses: list[Address] | None = list_field("address")
    extra: Mapping[str, Any] = extra_field()


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class CustomFieldData(Model):
    """The value of one custom field.

    A text field has a `field_value`; a select, radio or checkbox field has a `field_option_id`
    (several chosen options are several entries with the same `field_id`).
    """

    # Text in v1's schema, although the ids of List Custom Fields are numbers.
    field_id: str | None = None
    field_option_id: str | None = None
    field_value: str | None = None
    extra: Mapping[str, Any] = extra_field()


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class Login(Model):
    """The login of a constituent. v1 never returns the password."""

    username: str | None = None
    # v1 deletes a login that an update omits: reference page Update Individual Account.
    password: str | None = attrs.field(default=None, repr=False)
    org_id: str | None = None
    extra: Mapping[str, Any] = extra_field()


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class ConsentInformation(Model):
    """The consents of a contact, of which v1 sets omitted ones to NOT_ASKED."""

    email_consent_status: ConsentStatus | str | None = None
    phone_consent_status: ConsentStatus | str | None = None
    mail_consent_status: ConsentStatus | str | None = None
    sms_consent_status: ConsentStatus | str | None = None
    data_sharing_consent_status: ConsentStatus | str | None = None
    extra: Mapping[str, Any] = extra_field()


class _Account(Model):
    """What both kinds of accounts have in common."""

    __slots__ = ()

    account_id: int | None
    primary_contact: Contact | None

    @property
    def id(self) -> int:
        """The account's id, for accounts that come from NeonCRM.

        Raises:
            LookupError: there is none, as in an account that is yet to be created.
        """
        return known_id(self.account_id)

    @property
    def contact(self) -> Contact:
        """The primary contact, which nearly every account has.

        Raises:
            LookupError: there is none.
        """
        if self.primary_contact is None:
            raise LookupError("the account has no primary contact")
        return self.primary_contact


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class IndividualAccount(_Account):
    """The account of a person.

    An attribute that is None was not in the reply, and is not sent. In an update that deletes
    it, as a blank text does: see `AsyncClient.update_individual_account`.
    """

    account_id: int | None = None
    last_modified_date_time: datetime | None = None
    last_modified_by: str | None = None
    created_date_time: datetime | None = None
    created_by: str | None = None
    primary_contact: Contact | None = None
    no_solicitation: bool | None = None
    url: str | None = None
    # Replies have the username alone: v1 never returns a password.
    login: Login | None = None
    # Those of accounts: fields of individuals can't be written through v1 (update page).
    custom_field_data_list: list[CustomFieldData] | None = list_field("customFieldData")
    source: IdName | None = None
    # A request may have one of these two: reference page Update Individual Account, code 10004.
    existing_organization_id: int | None = None
    organization_name: str | None = None
    individual_types: list[IdName] | None = list_field("individualType")
    twitter_page: str | None = None
    facebook_page: str | None = None
    extra: Mapping[str, Any] = extra_field()


@attrs.define(kw_only=True, eq=False, on_setattr=attrs.setters.NO_OP)
class OrganizationAccount(_Account):
    """The account of an organization, with its primary contact."""

    account_id: int | None = None
    last_modified_date_time: datetime | None = None
    last_modified_by: str | None = None
    created_date_time: datetime | None = None
    created_by: str | None = None
    organization_name: str | None = None
    primary_contact_account_id: int | None = None
    primary_contact: Contact | None = None
    no_solicitation: bool | None = None
    url: str | None = None
    login: Login | None = None
    custom_field_data_list: list[CustomFieldData] | None = list_field("customFieldData")
    source: IdName | None = None
    organization_types: list[IdName] | None = list_field("organizationType")
    extra: Mapping[str, Any] = extra_field()


Account: TypeAlias = IndividualAccount | OrganizationAccount


@attrs.frozen(eq=False, unsafe_hash=True)
class MergeHistory(Model):
    """Which accounts were merged into which.

    Attributes:
        searched_account_id: the id that was asked for.
        current_account_id: the id under which the account lives now.
        previous_account_ids: the ids that were merged into it.
    """

    searched_account_id: int
    current_account_id: int
    # A bare array in JSON, unlike every other list: page Retrieve Duplicate Merge History.
    previous_account_ids: list[int] = attrs.field(factory=list[int], hash=False)
    extra: Mapping[str, Any] = extra_field()
