"""The rows of searches, in every shape in which v1 may send them."""

import pickle
from typing import Any

import pytest
from rich.pretty import pretty_repr

from neon_async import PageInfo, ProtocolError, SearchPage, SearchRow, unstructure
from neon_async._wire.search import structure_search_page

BLOCK = {"currentPage": 1, "pageSize": 10, "totalPage": 1, "totalResults": 1}


def page_of(results: Any, **others: Any) -> SearchPage:
    payload = {"page": BLOCK, "searchResults": results, **others}
    return structure_search_page(payload, "Account ID", "listAccounts")


def pairs(*values: tuple[str, Any]) -> dict[str, Any]:
    return {"nameValuePair": [{"name": name, "value": value} for name, value in values]}


ROW = pairs(("Account Id", 5643), ("First Name", "Ada"), ("Email", None))


def test_rows_of_the_page_are_read() -> None:
    """The page's example spells the id column otherwise than it was asked for, and has numbers."""
    page = page_of({"nameValuePairs": [ROW]}, responseDateTime="2013-01-24T09:54:14.142-06:00")

    (row,) = page.items
    assert (5643, PageInfo(1, 10, 1, 1)) == (row.id, page.page)
    assert (("Account Id", "5643"), ("First Name", "Ada"), ("Email", "")) == row.pairs
    assert ([5643], (), ()) == (page.keys, page.deleted_ids, page.unreadable)
    assert page.response_date_time is not None
    assert {} == page.extra


@pytest.mark.parametrize(
    "results",
    [
        {"nameValuePairs": ROW},  # one row, collapsed
        ROW | {"nameValuePairs": [ROW]},
        [ROW],
        {"nameValuePairs": [[ROW]]},
    ],
)
def test_other_shapes_are_read(results: Any) -> None:
    """Collapsed, bare and nested lists hold the same row."""
    assert [5643] == page_of(results).keys


def test_collapsed_pair_is_read() -> None:
    """A row with one column may have collapsed to it."""
    page = page_of({"nameValuePairs": [{"nameValuePair": {"name": "Account ID", "value": "7"}}]})

    assert [7] == page.keys


@pytest.mark.parametrize("results", [None, "", {}, [], {"nameValuePairs": []}])
def test_nothing_found(results: Any) -> None:
    """An empty result has no rows, and nothing unreadable."""
    page = page_of(results)

    assert ([], ()) == (page.rows, page.unreadable)


@pytest.mark.parametrize(
    "row", [pairs(("Name", "Ada")), pairs(("Account ID", "x")), pairs(("Account ID", 0)), 5, {}]
)
def test_row_without_id_is_unreadable(row: Any) -> None:
    """Such a row is set apart with its place and its value, and shown by neither."""
    page = page_of({"nameValuePairs": [ROW, row]})

    (unreadable,) = page.unreadable
    assert (1, row) == (unreadable.position, unreadable.value)
    assert "searchResults.nameValuePairs[1]" == unreadable.path
    assert "Ada" not in repr(page)


def test_unreadable_row_of_a_bare_list() -> None:
    """A list without its wrapper has a path without it."""
    (unreadable,) = page_of([{}]).unreadable

    assert "searchResults[0]" == unreadable.path


def test_values_are_text() -> None:
    """Nothing is converted: numbers keep their digits, and what is no text is its JSON."""
    values = pairs(
        ("Account ID", "7"), ("a", 1.5), ("b", True), ("c", {"x": [1]}), ("d", "01"), ("e", "")
    )
    named = {"nameValuePair": [*values["nameValuePair"], {"value": "no name"}, "neither"]}

    (row,) = page_of({"nameValuePairs": [named]}).rows

    expected = ["7", "1.5", "true", '{"x":[1]}', "01", "", "no name"]
    assert expected == [value for _, value in row.pairs]


def test_what_else_the_reply_holds_is_kept() -> None:
    """Unknown members, and an odd time of the reply, are in extra."""
    page = page_of({"nameValuePairs": [], "more": 1}, responseDateTime="soon", activities={"x": 1})

    expected = {"searchResults": {"more": 1}, "responseDateTime": "soon", "activities": {"x": 1}}
    assert expected == page.extra


def test_broken_page_is_refused() -> None:
    """A page block without its numbers, and a reply nested too deeply, are no pages."""
    deep: Any = {}
    for _ in range(100):
        deep = {"x": deep}

    with pytest.raises(ProtocolError, match=r"page\.pageSize"):
        structure_search_page({"page": {"currentPage": 1}}, "Account ID", "listAccounts")
    with pytest.raises(ProtocolError, match="fewer levels"):
        page_of({}, more=deep)
    assert page_of({}, page=None).page is None


def row(*values: tuple[str, str]) -> SearchRow:
    return SearchRow(7, values)


def test_row_is_a_mapping() -> None:
    """Names are looked up exactly, then without case; the first of two equal ones wins."""
    one = row(("Name", "a"), ("name", "b"), ("Name", "c"), ("City", ""))

    assert ("a", "b", "a", "") == (one["Name"], one["name"], one["NAME"], one["city"])
    assert {"Name": "a", "name": "b", "City": ""} == dict(one) == unstructure(one) == one
    assert (3, True, False) == (len(one), "CITY" in one, "State" in one)
    assert one == pickle.loads(pickle.dumps(one))  # noqa: S301 - its own bytes


def test_unknown_name_is_explained() -> None:
    """The error of a name that is not there names those that are."""
    with pytest.raises(KeyError, match="no field 'Email 1' in this row; it has 'Email'"):
        row(("Email", "ada@example.org"))["Email 1"]


def test_row_shows_no_values() -> None:
    """A representation holds the id and the names."""
    one = row(("Email", "ada@example.org"))

    assert "SearchRow(id=7, fields=['Email'])" == repr(one) == str(one)
    assert "ada@" not in pretty_repr(one)
