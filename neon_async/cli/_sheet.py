"""A spreadsheet of changes: CSV with an account on each row and a field in each column."""

import csv
import difflib
import io
from collections.abc import Iterator, Sequence
from pathlib import Path

import attrs

from neon_async import ConsentInformation, InvalidRequestError
from neon_async.cli._formats.csv import COLUMNS
from neon_async.cli._paths import CONSENT
from neon_async.warehouse.fields import fields, snake

_ID = "accountId"
_MOST = 20

KNOWN = (*COLUMNS["accounts"], *(f"{CONSENT}.{name}" for name in fields(ConsentInformation)))
"""The columns that a spreadsheet may have, beside those of elements, `…[ID]`."""

_SPELLINGS = {spelled: name for name in KNOWN for spelled in (name, snake(name))}


@attrs.frozen
class SheetRow:
    """A row: its number as a spreadsheet shows it, its account, and its cells by their paths."""

    number: int
    account_id: int
    cells: dict[str, str] = attrs.field(repr=False)


@attrs.define
class Problems:
    """Everything that is wrong with a spreadsheet, reported at once."""

    messages: list[str] = attrs.field(factory=list[str])

    def add(self, row: int, text: str) -> None:
        self.messages.append(f"row {row}: {text}")

    def check(self, file: Path) -> None:
        """Pass where there is none.

        Raises:
            InvalidRequestError: there are some.
        """
        if not self.messages:
            return
        left = len(self.messages) - _MOST
        more = [f"and {left} more"] if left > 0 else []
        count = f"{len(self.messages)} problems" if len(self.messages) > 1 else "a problem"
        error = InvalidRequestError(f"nothing was planned: {count} in {file}")
        for text in [*self.messages[:_MOST], *more]:
            error.add_note(text)
        raise error


def path_of(column: str) -> str:
    """Return the path of a column in either spelling, or of an element of a list."""
    name = column.strip()
    if name in _SPELLINGS:
        return _SPELLINGS[name]
    if "[" in name:
        return name
    close = difflib.get_close_matches(name, _SPELLINGS, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise InvalidRequestError(f"unknown column {name!r}{hint}")


def read_sheet(file: Path, problems: Problems) -> list[SheetRow]:
    """Read a spreadsheet that was saved as CSV, with commas, semicolons or tabs.

    Raises:
        OSError: it can't be read.
        InvalidRequestError: it is not UTF-8, or its columns are not those of accounts.
    """
    try:
        # Excel's "CSV UTF-8" begins with a byte order mark, which would become part of the first
        # name.
        text = file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidRequestError(f"{file} is not UTF-8; save it as 'CSV UTF-8'") from None
    first = text.partition("\n")[0]
    # Excel writes the list separator of its locale, a semicolon where the comma is decimal.
    delimiter = max(",;\t", key=first.count)
    # newline="": cells may have line breaks, which csv reads itself (Python documentation,
    # csv.reader).
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        empty: list[str] = []
        header = next(lines, empty)
        return [*_rows(_paths(header, file), lines, problems)]
    except csv.Error as error:
        raise InvalidRequestError(f"{file} is no CSV: {error}") from None


def _paths(header: Sequence[str], file: Path) -> list[str]:
    paths = [path_of(column) for column in header]
    if _ID not in paths:
        raise InvalidRequestError(f"{file} has no column {_ID}; a plan never creates accounts")
    twice = next((path for path in paths if paths.count(path) > 1), None)
    if twice is not None:
        raise InvalidRequestError(f"{file} has the column {twice} twice")
    return paths


def _rows(paths: list[str], lines: Iterator[list[str]], problems: Problems) -> Iterator[SheetRow]:
    seen: dict[int, int] = {}
    for number, line in enumerate(lines, 2):
        if not any(cell.strip() for cell in line):
            continue
        if len(line) > len(paths):
            problems.add(number, "has more cells than the header")
            continue
        # Spreadsheets leave empty cells at the end of a row out: those columns are not changed.
        cells = dict(zip(paths, line, strict=False))
        # pandas turns a column of whole numbers with a gap in it into floats.
        text = cells.pop(_ID, "").strip().removesuffix(".0").removesuffix(",0")
        if not (text.isascii() and text.isdigit() and int(text)):
            problems.add(number, f"has no usable {_ID}; a plan never creates accounts")
            continue
        account_id = int(text)
        if account_id in seen:
            problems.add(number, f"account {account_id} is already on row {seen[account_id]}")
            continue
        seen[account_id] = number
        yield SheetRow(number, account_id, cells)
