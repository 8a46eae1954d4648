"""How attributes are spelled on the wire."""

from __future__ import annotations

import pytest

from neon_async._wire.fields import camel, wire_fields
from neon_async.models import AccountsPage, Address, Contact, PageInfo


@pytest.mark.parametrize(
    ("attribute", "wire"),
    [
        ("city", "city"),
        ("zip_code_suffix", "zipCodeSuffix"),
        ("address_line1", "addressLine1"),
        ("phone1_type", "phone1Type"),
        ("last_modified_date_time", "lastModifiedDateTime"),
    ],
)
def test_camel_case(attribute: str, wire: str) -> None:
    """An attribute is the snake_case of the documented name."""
    assert wire == camel(attribute)


def test_fields_keep_their_order_and_leave_out_extra() -> None:
    """The wire sees the declared fields, and never the box for unknown ones."""
    names = [field.wire for field in wire_fields(PageInfo)]

    assert ["currentPage", "pageSize", "totalPage", "totalResults"] == names[:4]
    assert ["sortColumn", "sortDirection"] == names[4:]
    assert wire_fields(Address) is wire_fields(Address)


def test_lists_know_their_wrapper() -> None:
    """A wrapped list knows the key inside, and its own where it is not the attribute's name."""
    lists = {field.attribute: (field.wire, field.item) for field in wire_fields(AccountsPage)}

    assert ("individualAccounts", "individualAccount") == lists["individual_accounts"]
    assert ("deletedAccountList", "accountId") == lists["deleted_account_ids"]
    assert ("page", None) == lists["page"]


def test_fields_know_what_may_be_absent() -> None:
    """The page block needs its numbers; a list may be None, or only empty."""
    page = {field.attribute: field for field in wire_fields(PageInfo)}
    accounts = {field.attribute: field for field in wire_fields(AccountsPage)}
    contact = {field.attribute: field for field in wire_fields(Contact)}

    assert [True, False] == [page[name].required for name in ("total_page", "sort_column")]
    assert not accounts["individual_accounts"].nullable
    assert contact["addresses"].nullable
