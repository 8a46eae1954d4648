"""Searches: what is sent, what is refused, and how a refusal of v1 is explained."""

from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest

from neon_async import APIError, InvalidRequestError, PermissionDeniedError, ValidationError
from neon_async.operations import (
    ListAccounts,
    ListActivities,
    ListDonations,
    ListEvents,
    ListMembershipHistory,
    ListMemberships,
    RetrieveEventAttendees,
    SearchOperator,
)
from neon_async.operations._search import Search

EMAIL = "ada@example.org"
PAGE = [("page.currentPage", "1")]


def columns(*fields: tuple[str, str]) -> list[tuple[str, str]]:
    names = "outputfields.idnamepair.id", "outputfields.idnamepair.name"
    return [pair for field in fields for pair in zip(names, field, strict=True)]


def criteria(*triples: tuple[str, str, str]) -> list[tuple[str, str]]:
    names = "searches.search.key", "searches.search.searchOperator", "searches.search.value"
    return [pair for triple in triples for pair in zip(names, triple, strict=True)]


def test_parameters_are_those_of_the_page() -> None:
    """Fields are pairs of id and name, criteria triples, with blanks, in the order of the page."""
    operation = ListAccounts(
        criteria=[("Email", "EQUAL", EMAIL), (624, SearchOperator.NOT_BLANK)],
        output_fields=["First Name", 45],
        page=2,
        page_size=200,
        sort_column="first name",
        sort_direction="desc",
    )

    expected = [
        *columns(("", "Account ID"), ("", "First Name"), ("45", "")),
        *criteria(("Email", "EQUAL", EMAIL), ("624", "NOT_BLANK", "")),
        ("page.currentPage", "2"),
        ("page.pageSize", "200"),
        ("page.sortColumn", "first name"),
        ("page.sortDirection", "DESC"),
    ]
    assert expected == operation.params()


@pytest.mark.parametrize(
    ("operation", "path", "id_field"),
    [
        (ListAccounts, "account/listAccounts", "Account ID"),
        (ListActivities, "account/listActivities", "Activity ID"),
        (ListDonations, "donation/listDonations", "Donation ID"),
        (ListEvents, "event/listEvents", "Event ID"),
        (ListMemberships, "membership/listMemberships", "Membership ID"),
    ],
)
def test_id_column_is_always_asked_for(operation: type[Search], path: str, id_field: str) -> None:
    """Each section has its id column, which is asked for once, whatever the caller asks for."""
    spelled = id_field.lower()

    assert path == operation.path
    assert [*columns(("", id_field)), *PAGE] == operation().params()
    assert [*columns(("", spelled)), *PAGE] == operation(output_fields=[spelled]).params()
    renamed = operation(id_field="Number", output_fields=["Number", "Number"])
    assert [*columns(("", "Number")), *PAGE] == renamed.params()


@pytest.mark.parametrize(
    ("value", "text"), [(7, "7"), (-7, "-7"), (date(2012, 8, 1), "2012-08-01"), ("", "")]
)
def test_values_are_spelled(value: Any, text: str) -> None:
    """Integers and dates have one spelling; text goes out as it is, blanks too."""
    operation = ListEvents(criteria=[("Event Start Date", "greater_than", value)])

    expected = criteria(("Event Start Date", "GREATER_THAN", text))
    assert [*columns(("", "Event ID")), *expected, *PAGE] == operation.params()


@pytest.mark.parametrize(
    ("criterion", "message"),
    [
        ((EMAIL,), "expected a field, an operator and a value"),
        (EMAIL, "expected a field, an operator and a value"),
        (("Email", EMAIL), "expected an operator: EQUAL, "),
        (("Email", 1, EMAIL), "expected an operator: EQUAL, "),
        (("Email", "EQUAL"), "expected a value for EQUAL"),
        (("Email", "BLANK", EMAIL), "expected no value for BLANK"),
        (("Email", "EQUAL", None), "expected text, an integer or a date as the value"),
        (("Email", "EQUAL", True), "expected text, an integer or a date as the value"),
        (("Email", "EQUAL", datetime.now(UTC)), "expected text, an integer or a date"),
        (("Email", "EQUAL", f"{EMAIL}\0"), "NUL"),
        ((0, "EQUAL", EMAIL), "expected a positive integer"),
        ((" ", "EQUAL", EMAIL), "expected a field's name, or the id of a custom field"),
        ((EMAIL, "LIKE", EMAIL), "expected an operator: EQUAL, "),
    ],
)
def test_unusable_criterion_is_refused(criterion: Any, message: str) -> None:
    """The error names the criterion by its position, and never what stands in it."""
    operation = ListAccounts(criteria=[("Account ID", "BLANK"), criterion])

    with pytest.raises(InvalidRequestError, match="criterion 2: ") as caught:
        operation.params()

    assert message in str(caught.value)
    assert "searches.search" == caught.value.parameter
    assert "ada@" not in f"{caught.value!r}{caught.value}{operation!r}"


@pytest.mark.parametrize("criteria", [EMAIL, {"Email": EMAIL}, None, ("Email", "EQUAL", EMAIL)])
def test_criteria_are_a_list(criteria: Any) -> None:
    """A single criterion, a mapping or a text instead of a list is refused."""
    with pytest.raises(InvalidRequestError, match="criterion 1: "):
        ListAccounts(criteria=criteria).params()


@pytest.mark.parametrize("fields", [b"Email 1", [None], [""], [0], [True, -1], {"a": 1}])
def test_unusable_output_field_is_refused(fields: Any) -> None:
    """An output field is a name, or the id of a custom field."""
    with pytest.raises(InvalidRequestError) as caught:
        ListAccounts(output_fields=fields).params()

    assert "outputfields.idnamepair" == caught.value.parameter


def test_single_name_is_one_field() -> None:
    """A text is one field, not one for each of its letters."""
    operation = ListAccounts(output_fields="City")

    assert [*columns(("", "Account ID"), ("", "City")), *PAGE] == operation.params()


def test_sort_column_is_an_output_field() -> None:
    """v1 sorts by output fields only; the name of a custom field can't be checked."""
    operation = ListAccounts(output_fields=["City"], sort_column="State")
    wrong: Any = 7

    with pytest.raises(InvalidRequestError, match="one of the output fields"):
        operation.params()
    with pytest.raises(InvalidRequestError, match="expected text"):
        ListAccounts(sort_column=wrong).params()
    with_custom = attrs.evolve(operation, output_fields=["City", 45])
    assert ("page.sortColumn", "State") in with_custom.params()


def test_iterations_have_an_order_and_a_size() -> None:
    """Without a sort column rows are sorted by id, so that they change their pages least."""
    prepared = ListAccounts().prepared(50)
    own = ListAccounts(page_size=7, output_fields=["City"], sort_column="City").prepared(50)

    assert (50, "Account ID") == (prepared.page_size, prepared.sort_column)
    assert (7, "City") == (own.page_size, own.sort_column)


def test_refused_search_is_explained() -> None:
    """A system error or a broken rule points to the fields; what is about the caller does not."""
    operation = ListAccounts()
    error = APIError(1, f"no field {EMAIL}", operation="listAccounts")

    explained = operation.explain(error)

    assert isinstance(explained, ValidationError)
    assert (1, error.server_message) == (explained.code, explained.server_message)
    assert "an organization can rename fields" in str(explained)
    assert "ada@" not in f"{explained!r}{explained}"
    denied = PermissionDeniedError(5)
    refused = InvalidRequestError("x")
    assert (denied, refused) == (operation.explain(denied), operation.explain(refused))


def test_small_reads_send_their_id() -> None:
    """Membership history goes by account, attendees by event and page."""
    attendees = RetrieveEventAttendees(event_id=3, page=2, page_size=20)

    assert [("accountId", "7")] == ListMembershipHistory(7).params()
    expected = [("eventId", "3"), ("page.currentPage", "2"), ("page.pageSize", "20")]
    assert expected == attendees.params()
    with pytest.raises(InvalidRequestError, match="eventId"):
        RetrieveEventAttendees(event_id=0).params()
