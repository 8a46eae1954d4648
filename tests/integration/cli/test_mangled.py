"""A spreadsheet's own changes of cells count as none, and a person's changes count."""

import csv
import io
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from neon_async import Contact, CustomFieldData, IndividualAccount
from neon_async.cli._formats.csv import cells, unguarded
from neon_async.cli._formats.mangled import difference, is_error

NUMBER = "the digits, zeros or sign of a number"
DATE = "the form of a date"

SAME = [
    ("02134", "2134", NUMBER),
    ("12000000000", "1.2E+10", NUMBER),
    ("12345678901", "1,23457E+10", NUMBER),
    ("1234567890123456", "1234567890123450", NUMBER),
    ("1234567890123456", "1.23457E+15", NUMBER),
    ("+4930123456", "4930123456", NUMBER),
    ("1.50", "1,5", NUMBER),
    ("10002", "10,002", NUMBER),
    ("1E5", "1.00E+05", NUMBER),
    ("1988-10-16", "10/16/1988", DATE),
    ("1988-10-16", "16.10.1988", DATE),
    ("1988-10-16", "16/10/88", DATE),
    ("1988-10-16", "16-Oct-88", DATE),
    ("1988-10-16", "October 16, 1988", DATE),
    ("1988-10-16", "32432", DATE),
    ("1988-10-16", "1988-10-16 00:00:00", DATE),
    ("2014-01-10T15:50:28.153+08:00", "10/01/2014 15:50", DATE),
    ("2014-01-10T15:50:28.153+08:00", "1/10/2014 3:50:28 PM", DATE),
    ("3-4", "04-Mar", DATE),
    ("MAR1", "1. Mrz", DATE),
    ("1/26", "Jan-26", DATE),
    ("1/26", "1/1/2026", DATE),
    ("true", "TRUE", "the spelling of true and false"),
    ("false", "FALSCH", "the spelling of true and false"),
    ("9:30", "09:30:00", "the form of a time"),
    ("9:30", "9:30 AM", "the form of a time"),
    ("a  b\n c", "a b\r\nc", "spaces or line ends"),
    ("x" * 40_000, "x" * 32_767, "the end of a long text"),
    ("'=1+1", "=1+1", ""),
    ("'+49 30", "'+49 30", ""),
    ("'tis", "'tis", ""),
]

DIFFERENT = [
    ("02134", "2135"),
    ("12345678901", "12000000000"),
    ("12345678901", "1.3E+10"),
    ("1988-10-16", "10/17/1988"),
    ("1988-10-16", "16/10/1989"),
    ("1988-10-16", "32433"),
    ("2014-03-04", "2014-04-03"),
    ("2014-01-10T15:50:28.153+08:00", "10/01/2014 15:51"),
    ("2014-01-10T15:50:28.153+08:00", "10/01/2014"),
    ("true", "FALSE"),
    ("9:30", "9:31"),
    ("9:30", "9:30 PM"),
    ("Ada", "Jen"),
    ("Ada", "ADA"),
    ("", "0:00"),
    ("31/31/2014", "31/31/2015"),
    ("x" * 40_000, "x" * 100),
    ("Smith1", "Smith 1"),
    ("5", "1/5"),
]


@pytest.mark.parametrize(("present", "cell", "name"), SAME)
def test_same(present: str, cell: str, name: str) -> None:
    """A value that a spreadsheet writes in another way is the same, by the name of that way."""
    assert name == difference(cell, present)


@pytest.mark.parametrize(("present", "cell"), DIFFERENT)
def test_different(present: str, cell: str) -> None:
    """Another value is a change."""
    assert difference(cell, present) is None


def test_errors() -> None:
    """A spreadsheet's errors are no values."""
    assert [True, True, False] == [is_error(cell) for cell in ("#NAME?", "########", "#1")]


def without_zeros(text: str) -> str:
    return str(int(text)) if text.isdigit() and text.isascii() else text


def exponential(text: str) -> str:
    return f"{Decimal(text):.5E}" if text.isdigit() and len(text) > 11 else text


def american(text: str) -> str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.month}/{day.day}/{day.year}"


def german(text: str) -> str:
    try:
        return date.fromisoformat(text).strftime("%d.%m.%Y")
    except ValueError:
        return text


def shouting(text: str) -> str:
    return text.upper() if text in {"true", "false"} else text


def windows_lines(text: str) -> str:
    return text.replace("\n", "\r\n")


MANGLINGS = [without_zeros, exponential, american, german, shouting, windows_lines, str.strip]

digits = st.text("0123456789", min_size=1, max_size=18)
days = st.dates(date(1900, 3, 1), date(2100, 1, 1))
texts = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=30)
values = st.one_of(digits, texts, digits.map("+{}".format), days.map(str))


@given(fax=values, dob=days, private=st.booleans(), mangle=st.sampled_from(MANGLINGS))
def test_a_pull_through_a_spreadsheet(
    *, fax: str, dob: date, private: bool, mangle: Callable[[str], str]
) -> None:
    """No cell of a pulled account is a change after a spreadsheet had it."""
    account = IndividualAccount(
        account_id=1,
        primary_contact=Contact(fax=fax, dob=dob, deceased=private, first_name="Ada"),
        custom_field_data_list=[CustomFieldData(field_id="22", field_value=fax)],
    )
    present = cells(account)
    file = io.StringIO(newline="")
    csv.writer(file).writerows([present, map(mangle, map(unguarded, present.values()))])
    file.seek(0)
    (row,) = csv.DictReader(file)

    changed = [path for path in present if difference(row[path], present[path]) is None]

    assert [] == [path for path in changed if row[path].strip()]


@given(day=days, days_more=st.integers(1, 27))
def test_another_day_is_a_change(day: date, days_more: int) -> None:
    """Whatever its form, unless that form can be read as the day that was there."""
    other = day + timedelta(days_more)
    assume((other.day, other.month) != (day.month, day.day))

    assert difference(american(str(other)), str(day)) is None
    assert difference(german(str(other)), str(day)) is None


@given(present=digits, more=st.integers(1, 9))
def test_another_number_is_a_change(present: str, more: int) -> None:
    """However near it is, as long as a spreadsheet keeps all of its digits."""
    assume(len(present) <= 15)

    assert difference(str(int(present) + more), present) is None
