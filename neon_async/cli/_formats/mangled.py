"""Find cells that a spreadsheet has changed, and not the person who edited it."""

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal

from neon_async.cli._formats.csv import unguarded

_LONGEST = 32_767  # characters that a cell of Excel can hold
_EXACT_DIGITS = 15  # digits that spreadsheets keep of a number
_EPOCH = date(1899, 12, 30)  # day 0 of their serial numbers
_LAST_DAY = 2_958_465

_TRUE = {"true", "wahr", "vrai", "verdadero", "vero", "waar"}
_FALSE = {"false", "falsch", "faux", "falso", "onwaar"}
_MONTH_NAMES = """
    jan | feb fév | mar mär mrz | apr avr | may mai | jun
    jul | aug aoû | sep | oct okt | nov | dec dez déc
"""
_MONTHS = {
    name: month
    for month, names in enumerate(re.split(r"[|\n]", _MONTH_NAMES.strip()), start=1)
    for name in names.split()
}
_NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(E[+-]?\d{1,3})?", re.ASCII | re.IGNORECASE)
_GROUPED = re.compile(r"[+-]?\d{1,3}([,.' \u00a0\u202f])\d{3}(\1\d{3})*", re.ASCII)
_TIME = re.compile(
    r"(?:(?<=\d)T|(?:^|[\s,])\s*)(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,]\d+)?)?\s*([AP]M)?"
    r"\s*(?:Z|[+-]\d{2}:?\d{2})?$",
    re.IGNORECASE,
)
_THREE = re.compile(r"(\d{1,4})[-/. ]+(\d{1,2})[-/. ]+(\d{1,4})")
_TWO = re.compile(r"(\d{1,4})[-/.](\d{1,4})\.?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-. /]*([^\W\d]{3,9})\.?(?:[-, ./]+(\d{2,4}))?")
_MONTH_FIRST = re.compile(r"([^\W\d]{3,9})\.?[-, ./]*(\d{1,4})(?:[-, ./]+(\d{2,4}))?")
_ERRORS = ("#NAME?", "#VALUE!", "#REF!", "#DIV/0!", "#N/A", "#NUM!", "#NULL!", "####")

Day = tuple[int | None, int, int]


def difference(cell: str, present: str) -> str | None:
    """Compare a cell with the present value, as a pull writes it.

    Returns:
        `""` when both are the same, what a spreadsheet has changed when they are the same but for
        that, and None when they differ.
    """
    cell, present = unguarded(cell), unguarded(present)
    if cell == present:
        return ""
    if not present:
        return None
    return next((name for name, same in _MANGLINGS.items() if same(cell, present)), None)


def is_error(cell: str) -> bool:
    """Whether a cell holds what a spreadsheet shows instead of a value."""
    return cell.startswith(_ERRORS)


def _same_words(cell: str, present: str) -> bool:
    return cell.split() == present.split()


def _same_truth(cell: str, present: str) -> bool:
    pair = cell.strip().casefold(), present.casefold()
    return any(pair[0] in words and pair[1] in words for words in (_TRUE, _FALSE))


def _same_number(cell: str, present: str) -> bool:
    shown, stored = [*_numbers(cell)], [*_numbers(present)]
    return any(_rounds_to(old, new) for new in shown for old in stored)


def _numbers(text: str) -> Iterator[Decimal]:
    text = text.strip()
    if _NUMBER.fullmatch(text):
        yield Decimal(text.replace(",", "."))
    if _GROUPED.fullmatch(text):
        yield Decimal(re.sub(r"[^\d+-]", "", text))


def _rounds_to(old: Decimal, new: Decimal) -> bool:
    """Whether a number is another one, or what is left of it where some digits were lost."""
    if old == new:
        return True
    _, digits, exponent = new.as_tuple()
    # A cell with a long number is shown, and saved as CSV, in the scientific format.
    if int(exponent) > 0:  # 1.2E+10 shows some digits only
        kept = len(digits)
    elif len(old.as_tuple().digits) > _EXACT_DIGITS:
        kept = _EXACT_DIGITS
    else:
        return False
    roundings = (ROUND_HALF_UP, ROUND_DOWN)
    return any(Context(prec=kept, rounding=rounding).plus(old) == new for rounding in roundings)


def _same_day(cell: str, present: str) -> bool:
    (shown, shown_time), (stored, stored_time) = _parts(cell), _parts(present)
    if shown_time != stored_time:
        return False
    pairs = ((new, old) for new in _days(shown) for old in _days(stored))
    return any(
        new[1:] == old[1:] and (new[0] == old[0] or None in {new[0], old[0]}) for new, old in pairs
    )


def _same_time(cell: str, present: str) -> bool:
    (shown, shown_time), (stored, stored_time) = _parts(cell), _parts(present)
    return not shown.strip() and not stored.strip() and shown_time == stored_time


def _parts(text: str) -> tuple[str, tuple[int, int]]:
    """Return what stands before a time of day, and the time to the minute."""
    match = _TIME.search(text.strip())
    if match is None:
        return text.strip(), (0, 0)
    hour = int(match[1])
    if match[4]:
        hour = hour % 12 + (12 if match[4].upper() == "PM" else 0)
    return text.strip()[: match.start()].rstrip(" ,"), (hour, int(match[2]))


def _days(text: str) -> Iterator[Day]:
    """Yield the days that a text may stand for, without a year if it has none."""
    if match := _THREE.fullmatch(text):
        first, second, third = match.groups()
        yield from _valid(first, second, third)
        if len(first) <= 2:  # noqa: PLR2004 - no year of four digits
            yield from _valid(third, second, first)
            yield from _valid(third, first, second)
    elif match := _TWO.fullmatch(text):
        first, second = match.groups()
        yield from _valid(None, first, second)
        yield from _valid(None, second, first)
        yield from _valid(second, first, "1")
    elif match := _DAY_FIRST.fullmatch(text):
        yield from _valid(match[3], _month(match[2]), match[1])
    elif match := _MONTH_FIRST.fullmatch(text):
        yield from _valid(match[3], _month(match[1]), match[2])
        yield from _valid(match[2], _month(match[1]), "1")
    # A date whose cell was set to a number: its day in the 1900 date system.
    elif text.isascii() and text.isdigit() and int(text) <= _LAST_DAY:
        day = _EPOCH + timedelta(int(text))
        yield day.year, day.month, day.day


def _month(name: str) -> str:
    return str(_MONTHS.get(name[:3].casefold(), 0))


def _valid(year: str | None, month: str, day: str) -> Iterator[Day]:
    years = [None] if year is None else [int(year)]
    # Where two digits begin to mean 1900 depends on the spreadsheet and its settings.
    if year is not None and len(year) <= 2:  # noqa: PLR2004 - of some century
        years = [1900 + int(year), 2000 + int(year)]
    for number in years:
        try:
            valid = date(2000 if number is None else number, int(month), int(day))
        except ValueError:
            continue
        yield number, valid.month, valid.day


def _is_cut(cell: str, present: str) -> bool:
    # Excel's cells end at 32,767 characters (Microsoft, Excel specifications and limits).
    return len(cell) == _LONGEST and present.startswith(cell)


_MANGLINGS: dict[str, Callable[[str, str], bool]] = {
    "spaces or line ends": _same_words,
    "the spelling of true and false": _same_truth,
    "the digits, zeros or sign of a number": _same_number,
    "the form of a date": _same_day,
    "the form of a time": _same_time,
    "the end of a long text": _is_cut,
}
