"""From pages to what the walks know of them, and the pages that are refused."""

from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import pytest

from neon_async import (
    AccountsPage,
    ActivitiesPage,
    Activity,
    IndividualAccount,
    OrganizationAccount,
    PageInfo,
    PaginationError,
    ProtocolError,
    Unreadable,
)
from neon_async._changes.protocol import SECOND, PageRequest, PageResult, to_micros
from neon_async._changes.record_type import ACCOUNTS, ACTIVITIES, RecordPage, stand_ins

NOW = datetime(2024, 1, 1, tzinfo=UTC)
AT = to_micros(NOW)
QUERY = PageRequest(AT - SECOND, AT)


def person(number: int | None, at: datetime | None = NOW) -> IndividualAccount:
    return IndividualAccount(account_id=number, last_modified_date_time=at)


def company(number: int, at: datetime | None = NOW) -> OrganizationAccount:
    return OrganizationAccount(account_id=number, last_modified_date_time=at)


def read(
    *, page: PageInfo | None = None, query: PageRequest = QUERY, **fields: Any
) -> RecordPage[Any]:
    """What a page of accounts says, asked for with ten records a page."""
    fields = {"response_date_time": NOW} | fields
    asked = ACCOUNTS.ask(query, 10, sort=True)
    return ACCOUNTS.read(AccountsPage(page=page, **fields), asked)


def test_queries_become_operations() -> None:
    """A request asks for an order by time, or by id, and for deleted ids or none."""
    asked = ACCOUNTS.ask(QUERY, 10, sort=True)
    assert [
        ("syncAccountTimeFrom", "2023-12-31T23:59:59.000+00:00"),
        ("syncAccountTimeTo", "2024-01-01T00:00:00.000+00:00"),
        ("ignoreDeletedIdList", "false"),
        ("page.currentPage", "1"),
        ("page.pageSize", "10"),
        ("page.sortColumn", "lastModifiedDateTime"),
        ("page.sortDirection", "ASC"),
    ] == asked.params()

    asked = ACTIVITIES.ask(PageRequest(AT, page=3, by_id=True), 10, sort=True)
    assert ("activityId", 3, None) == (asked.sort_column, asked.page, asked.time_to)

    asked = ACCOUNTS.ask(PageRequest(AT, newest_first=True), 10, sort=True)
    assert ("lastModifiedDateTime", "DESC") == (asked.sort_column, asked.sort_direction)

    asked = ACCOUNTS.ask(PageRequest(AT, count=True), 10, sort=False)
    assert (None, None, 1) == (asked.sort_column, asked.sort_direction, asked.page_size)
    assert asked.ignore_deleted is False

    asked = ACCOUNTS.ask(PageRequest(AT, count=True, deleted=False), 10, sort=False)
    assert (1, True) == (asked.page_size, asked.ignore_deleted)


def test_both_kinds_of_account() -> None:
    """Individuals and organizations share an order, of which each group shows a part."""
    early = NOW - timedelta(seconds=1)
    reply = read(
        individual_accounts=[person(3), person(5)],
        organization_accounts=[company(1, early), company(4)],
        deleted_account_ids=[9],
        page=PageInfo(1, 10, 2, 14),
    )

    answer = reply.result
    assert (3, 5, 1, 4) == answer.ids
    assert [3, 5, 1, 4] == [record.account_id for record in reply.records]
    assert (AT, AT, to_micros(early), AT) == answer.times
    assert (14, 10, 2, AT, (9,)) == (
        answer.total,
        answer.size,
        answer.pages,
        answer.now,
        answer.deleted,
    )
    assert answer.in_time_order
    assert answer.in_id_order
    assert "account_id" not in repr(reply)


@pytest.mark.parametrize(
    ("people", "by_time", "by_id"),
    [
        ([person(2), person(1)], True, False),
        ([person(1), person(2, NOW - timedelta(seconds=1))], False, True),
        ([person(1), person(2, None)], False, True),
    ],
)
def test_order(people: list[IndividualAccount], *, by_time: bool, by_id: bool) -> None:
    """Records out of order, or without a time, are noticed."""
    answer = read(individual_accounts=people, page=PageInfo(1, 10, 1, 2)).result

    assert (by_time, by_id) == (answer.in_time_order, answer.in_id_order)


def test_records_that_are_counted_and_not_shown() -> None:
    """A page without them is read all the same: the count at the end says that they are missing."""
    answer = read(page=PageInfo(1, 10, 1, 2)).result

    assert (2, ()) == (answer.total, answer.ids)
    assert not answer.complete


def test_sizes_that_the_server_leaves_out() -> None:
    """An empty reply needs no page block; pages are counted from the total if need be."""
    assert (0, 10, 0) == sizes(read())
    assert (0, 1, 0) == sizes(read(query=PageRequest(AT, count=True)))
    assert (25, 10, 3) == sizes(read(individual_accounts=[person(1)], page=PageInfo(1, 0, 0, 25)))


def sizes(reply: RecordPage[Any]) -> tuple[int, int, int]:
    return reply.result.total, reply.result.size, reply.result.pages


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"individual_accounts": [person(1)]}, "a page has no page block"),
        ({"page": PageInfo(2, 10, 3, 25)}, "asked for page 1, got page 2"),
        (
            {"individual_accounts": [person(1)] * 3, "page": PageInfo(1, 2, 2, 3)},
            "3 records arrived on a page of 2",
        ),
        (
            {
                "individual_accounts": [person(1, NOW - timedelta(seconds=2.001))],
                "page": PageInfo(1, 10, 1, 1),
            },
            "outside the requested range",
        ),
        (
            {
                "individual_accounts": [person(1, NOW + timedelta(seconds=1.001))],
                "page": PageInfo(1, 10, 1, 1),
            },
            "outside the requested range",
        ),
    ],
)
def test_contradictions_are_refused(fields: dict[str, Any], problem: str) -> None:
    """A page that is not what was asked for proves nothing."""
    with pytest.raises(PaginationError, match=problem):
        read(**fields)


def test_page_beyond_the_end() -> None:
    """A server may show its last page instead of one that there is no more."""
    reply = read(query=PageRequest(AT, page=5), page=PageInfo(2, 10, 2, 12))

    assert 2 == reply.result.pages


def test_missing_time_of_the_server() -> None:
    """Without the server's clock nothing can be settled."""
    with pytest.raises(ProtocolError, match=r"server's time is missing.*responseDateTime"):
        read(response_date_time=None)


def test_record_without_an_id() -> None:
    """A record without an id can be followed by nobody."""
    with pytest.raises(ProtocolError, match="has no id"):
        read(individual_accounts=[person(None)], page=PageInfo(1, 10, 1, 1))


def test_unreadable_ids_of_deleted_records_are_counted_apart() -> None:
    """A list of deleted ids that fills its page may be cut, whatever else can't be read."""
    record = Unreadable(0, {}, path="individualAccounts.individualAccount[0]")
    deleted = [Unreadable(at, f"x{at}", path=f"deletedAccountIds[{at}]") for at in range(3)]

    for unreadable in ([record], deleted, [record, *deleted]):
        result = read(unreadable=tuple(unreadable), page=PageInfo(1, 10, 1, 1)).result
        expected = sum(one.path.startswith("deleted") for one in unreadable)
        assert expected == result.unreadable_deleted


@pytest.mark.parametrize(
    ("time", "in_order"), [("2024-01-01T00:00:00.000Z", True), ("soon", False)]
)
def test_order_of_unreadable_records(time: str, in_order: bool) -> None:  # noqa: FBT001 - a result
    """Only a record whose time can be read stands in an order by time."""
    value = {"lastModifiedDateTime": time}
    record = Unreadable(0, value, path="individualAccounts.individualAccount[0]")

    result = read(unreadable=(record,), page=PageInfo(1, 10, 1, 1)).result

    assert in_order is result.in_time_order


def test_activities() -> None:
    """Activities come in one group."""
    page = ActivitiesPage(
        activities=[Activity(activity_id=7, last_modified_date_time=NOW)],
        page=PageInfo(1, 10, 1, 1),
        response_date_time=NOW,
    )

    answer = ACTIVITIES.read(page, ACTIVITIES.ask(QUERY, 10, sort=True)).result

    assert ((7,), True) == (answer.ids, answer.complete)


def test_records_that_were_asked_for_by_their_ids() -> None:
    """Those in the range are one page in no order, whose total is no snapshot."""
    early, late = NOW - timedelta(seconds=2), NOW + timedelta(seconds=1)
    people = [person(3), person(5, early), person(7, late), person(9, None)]
    pages = [AccountsPage(individual_accounts=people), AccountsPage()]

    among = ACCOUNTS.among(attrs.evolve(QUERY, ids=(3, 4, 5, 7, 9)), pages)

    assert people[:1] == among.records
    expected = PageResult(
        ids=(3,),
        times=(AT,),
        total=1,
        size=5,
        pages=1,
        now=QUERY.lower,
        deleted=(),
        all_deleted=True,
        unreadable_deleted=0,
        anonymous=False,
        in_time_order=False,
        in_id_order=True,
        snapshot=False,
    )
    assert expected == among.result


def test_record_without_an_id_is_the_same_in_any_order_of_its_names() -> None:
    """What stands for it is made of its content."""
    forth, back = Unreadable(0, {"a": 1, "b": 2}), Unreadable(3, {"b": 2, "a": 1})
    (first,), (second,), (other,) = map(
        stand_ins, ([forth], [back], [Unreadable(0, {"a": 2, "b": 1})])
    )

    assert first.number == second.number != other.number
