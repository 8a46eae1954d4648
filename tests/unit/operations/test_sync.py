"""syncAccounts and syncActivities: ranges, ids and pages."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import attrs
import pytest

from neon_async.errors import ErrorCode, InvalidRequestError, ProtocolError
from neon_async.models import AccountsPage, ActivitiesPage
from neon_async.operations import Effect, SortDirection, SyncAccounts, SyncActivities
from tests.support import clock_change, samples
from tests.support.enumerations import Text

EAST = timezone(timedelta(hours=8))
START = datetime(2014, 1, 10, 15, 50, 28, 153000, tzinfo=EAST)
END = datetime(2014, 1, 11, tzinfo=UTC)
BOTH: list[Any] = [SyncAccounts, SyncActivities]


class Odd(tzinfo):
    """A time zone that knows no offset, so that times in it are naive."""

    def utcoffset(self, _: datetime | None) -> None:
        return None

    dst = utcoffset

    def tzname(self, _: datetime | None) -> str:
        return "odd"


def refused(operation: Any) -> InvalidRequestError:
    with pytest.raises(InvalidRequestError) as caught:
        operation.params()
    assert operation.name == caught.value.operation
    assert None is caught.value.__context__
    return caught.value


@pytest.mark.parametrize(
    ("cls", "record", "time"),
    [
        (SyncAccounts, "accountIds.accountId", "syncAccountTime"),
        (SyncActivities, "activityIds.activityId", "syncActivityTime"),
    ],
)
def test_every_parameter(cls: Any, record: str, time: str) -> None:
    """All of them leave in the order of the page, under exactly its names."""
    operation = cls(
        time_from=START,
        time_to=END,
        ids=[653, 652],
        ignore_deleted=True,
        page=2,
        page_size=50,
        sort_column="lastModifiedDateTime",
        sort_direction="asc",
    )
    pairs = operation.params()

    assert [
        (record, "653"),
        (record, "652"),
        (f"{time}From", "2014-01-10T15:50:28.153+08:00"),
        (f"{time}To", "2014-01-11T00:00:00.000+00:00"),
        ("ignoreDeletedIdList", "true"),
        ("page.currentPage", "2"),
        ("page.pageSize", "50"),
        ("page.sortColumn", "lastModifiedDateTime"),
        ("page.sortDirection", "ASC"),
    ] == pairs
    assert samples.parameters(operation.name) == list(dict(pairs))


@pytest.mark.parametrize("cls", BOTH)
def test_what_is_not_given_is_not_sent(cls: Any) -> None:
    """But for the page's number, which starts at 1."""
    (_, start), page = cls(time_from=START).params()

    assert ("2014-01-10T15:50:28.153+08:00", ("page.currentPage", "1")) == (start, page)
    assert ["1", "1"] == [value for _, value in cls(ids=[1]).params()]


@pytest.mark.parametrize("cls", BOTH)
def test_ranges_only_grow(cls: Any) -> None:
    """v1 counts milliseconds: the beginning is rounded down, the end up."""
    moment = START + timedelta(microseconds=1)
    sent = dict(cls(time_from=moment, time_to=moment).params())

    assert "2014-01-10T15:50:28.153+08:00" == sent[f"{cls.range_parameter}From"]
    assert "2014-01-10T15:50:28.154+08:00" == sent[f"{cls.range_parameter}To"]


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("more", [{}, {"ids": [1]}])
def test_reversed_range(cls: Any, more: dict[str, Any]) -> None:
    """A range that ends before it begins is refused with its code, by instant and not by text."""
    later = START.astimezone(UTC) + timedelta(hours=1)
    error = refused(cls(time_from=later, time_to=START, **more))

    assert (f"{cls.range_parameter}From", 10240) == (error.parameter, error.code)
    assert cls(time_from=START, time_to=START.astimezone(UTC)).params()


@pytest.mark.parametrize("cls", BOTH)
def test_range_in_the_hour_that_comes_twice(cls: Any) -> None:
    """While the clock is set back, a range goes by instants and not by the clock's face."""
    assert clock_change.FIRST > clock_change.SECOND

    pairs = dict(cls(time_from=clock_change.FIRST, time_to=clock_change.SECOND).params())

    assert [
        "2014-11-02T01:45:00.000-04:00",
        "2014-11-02T01:30:00.000-05:00",
    ] == [pairs[f"{cls.range_parameter}{end}"] for end in ("From", "To")]
    error = refused(cls(time_from=clock_change.SECOND, time_to=clock_change.FIRST))
    assert ErrorCode.RANGE_REVERSED is error.code


@pytest.mark.parametrize(
    ("cls", "code"), [(SyncAccounts, None), (SyncActivities, ErrorCode.RANGE_OR_ID_REQUIRED)]
)
def test_neither_range_nor_ids(cls: Any, code: ErrorCode | None) -> None:
    """One of them is required; only one of the pages has a code for it."""
    for operation in (cls(), cls(time_to=END), cls(ids=[])):
        error = refused(operation)
        assert (f"{cls.range_parameter}From", code) == (error.parameter, error.code)


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize(
    ("moment", "problem"),
    [
        (START.replace(tzinfo=None), "expected a datetime with a time zone, got a naive datetime"),
        (START.replace(tzinfo=Odd()), "expected a datetime with a time zone, got a naive datetime"),
        ("2014-01-10", "expected a datetime with a time zone, got str"),
        (START.date(), "expected a datetime with a time zone, got date"),
        (1389340228, "expected a datetime with a time zone, got int"),
    ],
)
def test_times_have_a_zone(cls: Any, moment: Any, problem: str) -> None:
    """A naive datetime, and what is no datetime, is refused at either end of the range."""
    name = f"{cls.range_parameter}From"
    for operation in (cls(time_from=moment), cls(time_from=moment, time_to=END)):
        assert f"{operation.name}: {problem} [{name}]" == str(refused(operation))
    for operation in (cls(time_from=START, time_to=moment), cls(ids=[1], time_to=moment)):
        assert f"{cls.range_parameter}To" == refused(operation).parameter


@pytest.mark.parametrize("cls", BOTH)
def test_the_end_of_time(cls: Any) -> None:
    """A moment that can't be rounded is out of range."""
    error = refused(cls(ids=[1], time_to=datetime.max.replace(tzinfo=UTC)))

    assert "the datetime is out of range" in str(error)


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("value", [0, -1, True, "1", 1.0, 2**63])
def test_numbers_are_positive(cls: Any, value: Any) -> None:
    """Ids, page numbers and page sizes are whole and at least 1."""
    broken = {
        cls.id_parameter: cls(ids=[1, value]),
        "page.currentPage": cls(ids=[1], page=value),
        "page.pageSize": cls(ids=[1], page_size=value),
    }

    assert list(broken) == [refused(operation).parameter for operation in broken.values()]


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("ids", [None, "1", 0])
def test_ids_are_a_collection(cls: Any, ids: Any) -> None:
    """What is none is refused by name like any other mistake; an id alone is taken for one."""
    assert cls.id_parameter == refused(cls(ids=ids)).parameter
    one: Any = 5
    assert (cls.id_parameter, "5") == cls(ids=one).params()[0]


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"ignore_deleted": "false"}, "ignoreDeletedIdList"),
        ({"sort_column": 5}, "page.sortColumn"),
        ({"sort_column": "a\0"}, "page.sortColumn"),
        ({"sort_direction": "up"}, "page.sortDirection"),
        ({"sort_direction": 1}, "page.sortDirection"),
    ],
)
def test_other_values_are_checked(cls: Any, given: dict[str, Any], name: str) -> None:
    """Truth values are not guessed, text can be sent, and there are two directions."""
    assert name == refused(cls(ids=[1], **given)).parameter


@pytest.mark.parametrize("direction", [SortDirection.DESC, "DESC", "desc", Text.DOWN])
def test_directions(direction: str) -> None:
    """In whatever case it is given, the direction leaves as the page spells it."""
    pairs = SyncAccounts(ids=[1], sort_direction=direction).params()

    assert ("page.sortDirection", "DESC") == pairs[-1]


def test_evolving_is_pagination() -> None:
    """The next page is the same operation with another number."""
    first = SyncAccounts(ids=(one for one in (1, 2)), ignore_deleted=False)
    second = attrs.evolve(first, page=2)

    assert ("page.currentPage", "2") == second.params()[-1]
    assert first.params()[:-1] == second.params()[:-1]
    assert (1, 2) == first.ids


@pytest.mark.parametrize(
    ("cls", "page"), [(SyncAccounts, AccountsPage), (SyncActivities, ActivitiesPage)]
)
def test_replies(cls: Any, page: Any) -> None:
    """They read, and their payload is a page."""
    operation = cls(ids=[1])

    assert (Effect.READ, page) == (operation.effect, operation.reply)
    assert f"account/{operation.name}" == operation.path
    assert isinstance(operation.parse(samples.payload(operation.name)), page)
    with pytest.raises(ProtocolError, match=rf"^{operation.name}: .* \[page\]$"):
        operation.parse({"page": 5})
