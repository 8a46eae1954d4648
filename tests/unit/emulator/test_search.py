"""Searches and small reads: the client against the emulator, on both event loops."""

from datetime import date
from typing import Any

import pytest

from neon_async import (
    APIError,
    AsyncClient,
    EventAttendee,
    InvalidRequestError,
    NotFoundError,
    PaginationError,
    Progress,
    ProtocolError,
    SearchRow,
    ValidationError,
    unstructure,
)
from neon_async.emulator import Emulator
from neon_async.operations import Criterion

ADA = {"firstName": "Ada", "lastName": "Example", "email2": "ada@example.org"}


@pytest.fixture
def emulator() -> Emulator:
    return Emulator(accounts=40, activities=30, seed=1)


async def ids(neon: AsyncClient, *criteria: Criterion) -> list[int]:
    rows = await neon.search_accounts(criteria, output_fields=[]).collect()
    return [row.id for row in rows]


async def test_account_is_found_by_any_email(emulator: Emulator) -> None:
    """The commonest search of all: one account, by its e-mail address, with a few columns."""
    number = emulator.create_individual(primaryContact=ADA)
    fields: list[str | int] = ["First Name", "Email 1", "email 2", 45]
    async with emulator.client() as neon:
        by_email = [("Email", "EQUAL", "ADA@example.org")]
        (row,) = await neon.search_accounts(by_email, output_fields=fields).collect()

    assert isinstance(row, SearchRow)
    expected = ("Account ID", str(number)), ("First Name", "Ada"), ("Email 1", "")
    assert (*expected, ("Email 2", "ada@example.org"), ("T-shirt size", "")) == row.pairs
    assert number == row.id


@pytest.mark.parametrize(
    ("criterion", "expected"),
    [
        (("Account ID", "LESS_THAN", 10_003), {1, 2}),
        (("Account ID", "LESS_AND_EQUAL", 10_003), {1, 2, 3}),
        (("Account ID", "GREATER_THAN", 10_039), {40}),
        (("Account ID", "GREATER_AND_EQUAL", "10039"), {39, 40}),
        (("Account ID", "IN_RANGE", '("10005","10007","x")'), {5, 7}),
        (("Account ID", "CONTAIN", "1000"), set(range(1, 10))),
        (("Account Type", "EQUAL", "organization"), {8, 16, 24, 32, 40}),
        (("Full Name (F)", "CONTAIN", " "), set(range(1, 41))),
    ],
)
async def test_operators(emulator: Emulator, criterion: Any, expected: set[int]) -> None:
    """Each operator finds what it says, and its opposite the rest."""
    opposites = {"IN_RANGE": "NOT_IN_RANGE", "CONTAIN": "NOT_CONTAIN", "EQUAL": "NOT_EQUAL"}
    everyone = set(range(1, 41))
    async with emulator.client() as neon:
        found = await ids(neon, criterion)
        field, operator, value = criterion
        rest = await ids(
            neon, (field, opposites.get(operator, "BLANK"), value if operator in opposites else "")
        )

    assert expected == {number - 10_000 for number in found}
    assert (everyone - expected if operator in opposites else set()) == {n - 10_000 for n in rest}


async def test_criteria_are_anded(emulator: Emulator) -> None:
    """A record has to meet all criteria; blank and not blank divide the records."""
    async with emulator.client() as neon:
        blank = await ids(neon, ("Email 1", "BLANK"))
        filled = await ids(neon, ("Email 1", "NOT_BLANK"))
        none = await ids(neon, ("Email 1", "NOT_BLANK"), ("Email 1", "BLANK"))

    assert (40, set(), []) == (len(blank) + len(filled), {*blank} & {*filled}, none)
    assert blank
    assert filled


async def test_rows_may_be_equal(emulator: Emulator) -> None:
    """Pages are told apart by the id column, however equal the rest of their rows is."""
    progress: list[Progress] = []
    async with emulator.client(page_size=7) as neon:
        search = neon.search_accounts([], output_fields=["Deceased"], on_progress=progress.append)
        rows = [row async for row in search]
        async with search.lookahead() as ahead:
            again = [row async for row in ahead]

    assert [*range(10_001, 10_041)] == [row.id for row in rows] == [row.id for row in again]
    assert (6, 40) == (progress[0].pages_total, progress[0].items_total)


async def test_sorting_and_pages(emulator: Emulator) -> None:
    """Rows are sorted by an output field; at most 200 are on a page."""
    async with emulator.client(page_size=500) as neon:
        options: Any = {"output_fields": ["Last Name"], "sort_column": "Last Name"}
        up = await neon.search_accounts([], **options).collect()
        down = await neon.search_accounts([], **options, sort_direction="DESC").collect()
        page = await neon.search_accounts([], output_fields=[], start_page=1).first_page()

    names = [row["Last Name"].casefold() for row in up]
    assert sorted(names) == names
    assert names[::-1] == [row["Last Name"].casefold() for row in down]
    assert page.page is not None
    assert (200, 1) == (page.page.page_size, page.page.total_page)


@pytest.mark.parametrize("method", ["accounts", "activities", "donations", "events", "memberships"])
async def test_every_section_is_served(emulator: Emulator, method: str) -> None:
    """Each section has rows with ids, two pages of them, and every field has a name."""
    async with emulator.client(page_size=10) as neon:
        search = getattr(neon, f"search_{method}")
        rows = await search([], output_fields=[]).collect()
        column = next(iter(rows[0]))
        (last,) = await search([(column, "EQUAL", rows[-1].id)], output_fields=[]).collect()

    assert len(rows) > 10
    assert len({row.id for row in rows}) == len(rows)
    assert rows[-1].id == last.id


async def test_results_follow_changes(emulator: Emulator) -> None:
    """A record that is made or deleted is found or not, also right after an equal search."""
    async with emulator.client() as neon:
        criterion = ("Last Name", "EQUAL", "Example")
        before = await ids(neon, criterion)
        number = emulator.create_individual(primaryContact=ADA)
        between = await ids(neon, criterion)
        emulator.delete_account(number)
        after = await ids(neon, criterion)

    assert ([], [number], []) == (before, between, after)


async def test_custom_fields_of_activities(emulator: Emulator) -> None:
    """Custom fields are asked for and searched by id, each section its own."""
    async with emulator.client() as neon:
        found = await neon.search_activities([(70, "NOT_BLANK")], output_fields=[70]).collect()
        with pytest.raises(ValidationError, match="rename"):
            await neon.search_activities([], output_fields=[45]).collect()

    assert {"71", "72"} >= {row["Outcome"] for row in found} != set()


@pytest.mark.parametrize(
    ("criteria", "fields"),
    [([("Frist Name", "EQUAL", "x")], []), ([], ["Frist Name"]), ([(9999, "BLANK")], [])],
)
async def test_unknown_field_is_a_clear_error(
    emulator: Emulator, criteria: Any, fields: Any
) -> None:
    """v1 refuses the name; the error says what to look at, and quotes nothing."""
    async with emulator.client() as neon:
        with pytest.raises(ValidationError, match="a field's name is unknown") as caught:
            await neon.search_accounts(criteria, output_fields=fields).collect()

    assert "Frist" not in str(caught.value)
    assert "is not a field of this search" in caught.value.server_message


async def test_refused_before_sending(emulator: Emulator) -> None:
    """What can't be sent is refused by the method itself, and nothing is sent."""
    async with emulator.client() as neon:
        with pytest.raises(InvalidRequestError, match="criterion 1"):
            neon.search_accounts([("Email", "ada@example.org")], output_fields=[])
        with pytest.raises(InvalidRequestError, match="sortColumn"):
            neon.search_events([], output_fields=[], sort_column="Event Name")

    assert [] == list(emulator.requests)


def rows_of(*values: Any) -> dict[str, Any]:
    return {
        "page": {"currentPage": 1, "pageSize": 2, "totalPage": 2, "totalResults": 4},
        "searchResults": {
            "nameValuePairs": [
                {"nameValuePair": [{"name": "Account ID", "value": value}]} for value in values
            ]
        },
    }


async def test_row_without_id_ends_an_iteration(emulator: Emulator) -> None:
    """Such a row is refused with its page, or handed to the callback; nothing is dropped."""
    emulator.add_method(
        "account/listAccounts",
        rows_of(7, None) | {"page": {**rows_of()["page"], "totalPage": 1, "totalResults": 2}},
    )
    unreadable: list[Any] = []
    async with emulator.client() as neon:
        with pytest.raises(ProtocolError, match="position 1 of page 1"):
            await neon.search_accounts([], output_fields=[]).collect()
        search = neon.search_accounts([], output_fields=[], on_unreadable=unreadable.append)
        rows = await search.collect()

    assert ([7], 1) == ([row.id for row in rows], len(unreadable))


async def test_repeated_page_is_refused(emulator: Emulator) -> None:
    """A page that comes again under another number is refused, and the error can be resumed."""

    def answer(parameters: dict[str, list[str]]) -> dict[str, Any]:
        page = rows_of()["page"] | {"currentPage": int(parameters["page.currentPage"][0])}
        return rows_of(7, 8) | {"page": page}

    emulator.add_method("account/listAccounts", answer)
    async with emulator.client(page_size=2) as neon:
        with pytest.raises(PaginationError, match="repeats the page before it") as caught:
            await neon.search_accounts([], output_fields=[]).collect()

    assert 2 == caught.value.resume


async def test_small_reads(emulator: Emulator) -> None:
    """Memberships of an account, attendees of an event, and the lists of donations."""
    async with emulator.client(page_size=2) as neon:
        (row, *_) = await neon.search_memberships([], output_fields=["Account ID"]).collect()
        history = await neon.list_membership_history(int(row["Account ID"]))
        attendees = await neon.retrieve_event_attendees(401).collect()
        lists = (await neon.list_campaigns(), await neon.list_funds(), await neon.list_purposes())
        with pytest.raises(NotFoundError):
            await neon.list_membership_history(1)
        with pytest.raises(APIError, match="code 1"):
            await neon.retrieve_event_attendees(1).collect()

    membership = next(one for one in history if one.membership_id == row.id)
    assert isinstance(membership.term_start_date, date)
    assert isinstance(membership.fee, float)
    assert membership.membership_term is not None
    assert membership.membership_term.term_info is not None
    assert membership.membership_name == membership.membership_term.term_info.name
    assert 5 == len(attendees) == len({one.attendee_id for one in attendees})
    assert ["Annual appeal", "General", "Construction"] == [one[0].name for one in lists]


async def test_attendees_of_a_changed_event(emulator: Emulator) -> None:
    """An event without attendees has none; a record of the page comes back as it is."""
    shown = {
        "registrantAccountId": 23444,
        "registrantName": "Ada Example",
        "attendeeId": 553,
        "registrationStatus": "SUCCEED",
        "registrationDate": "04/14/2014",
    }
    page = {"currentPage": 1, "pageSize": 10, "totalPage": 1, "totalResults": 1}
    results = {"eventAttendeesResult": [shown]}
    async with emulator.client() as neon:
        emulator.add_method(
            "event/retrieveEventAttendees", {"eventAttendeesResults": results, "page": page}
        )
        (attendee,) = await neon.retrieve_event_attendees(22).collect()

    assert isinstance(attendee, EventAttendee)
    assert shown == unstructure(attendee)
    assert "EventAttendee(registrant_account_id=23444, attendee_id=553)" == repr(attendee)


async def test_empty_organization() -> None:
    """Without accounts there are events, and nobody who gives or attends."""
    async with Emulator(accounts=0, activities=0).client() as neon:
        assert [] == await neon.search_donations([], output_fields=[]).collect()
        assert [] == await neon.retrieve_event_attendees(401).collect()
        assert 12 == len(await neon.search_events([], output_fields=[]).collect())
