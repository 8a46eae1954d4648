"""What commands answer: tables on a terminal, JSON lines otherwise, or what --format says."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, Final, Literal, cast

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from neon_async import unstructure
from neon_async.cli._console import AnswerConsole
from neon_async.cli._streams import answer_text
from neon_async.models import Model
from neon_async.warehouse.json_text import dumps

_NARROWEST: Final = 10  # characters of a cell that are not broken, which is the length of an id
_PATH: Final = 36  # characters of a path that are not broken
_GAP: Final = 2  # characters between columns
_PAIR: Final = ("path", "value")
_PLAIN: Final[Mapping[str, str]] = MappingProxyType({})


def answer(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    whole: str | None = None,
    styles: Mapping[str, str] = _PLAIN,
    form: Literal["table", "json", "csv"] | None = None,
) -> None:
    """Print rows to stdout.

    Args:
        columns: their titles, or the names of the values in JSON.
        rows: the values.
        whole: the column that a terminal does not break into lines, so that it can be copied,
            unless too little would be left for the others.
        styles: how a terminal shows some of the values.
        form: the format; None for a table on a terminal, otherwise lines of JSON.
    """
    match form or default_form():
        case "table":
            _print_table(columns, [[shown(cell) for cell in row] for row in rows], whole, styles)
        case "csv":
            from neon_async.cli._formats.csv import plain_lines  # noqa: PLC0415 - needed here only

            answer_text(plain_lines([columns, *rows]).decode())
        case _:
            for row in rows:
                say(dict(zip(columns, row, strict=True)))


def default_form() -> Literal["table", "json"]:
    """Return the format where no option says which."""
    return "table" if sys.stdout.isatty() else "json"


def _print_table(
    columns: Sequence[str],
    texts: Sequence[Sequence[str]],
    whole: str | None,
    styles: Mapping[str, str],
) -> None:
    console, table = AnswerConsole(), Table(box=None, pad_edge=False)
    if not _fits(columns, texts, whole, console.width):
        for line in _blocks(columns, texts, whole, styles):
            console.print(line, soft_wrap=True)
        return
    for number, column in enumerate(columns):
        longest = max((len(cells[number]) for cells in texts), default=0)
        fits = longest + _NARROWEST * (len(columns) - 1) <= console.width
        table.add_column(column, overflow="fold", no_wrap=column == whole and fits)
    for cells in texts:
        table.add_row(*(Text(cell, styles.get(cell, "")) for cell in cells))
    console.print(table)


def _fits(
    columns: Sequence[str], texts: Sequence[Sequence[str]], whole: str | None, width: int
) -> bool:
    """Whether a table leaves its titles and short cells in one piece, such as ids."""
    needed = _GAP * (len(columns) - 1)
    for number, column in enumerate(columns):
        longest = max((cell_len(cells[number]) for cells in texts), default=0)
        needed += max(cell_len(column), min(longest, _PATH if column == whole else _NARROWEST))
    return needed <= width


def _blocks(
    columns: Sequence[str],
    texts: Sequence[Sequence[str]],
    whole: str | None,
    styles: Mapping[str, str],
) -> Iterator[Text]:
    """Yield the lines that stand for a table on a terminal that is too narrow for it."""
    for number, cells in enumerate(texts):
        if columns[0] == whole and len(columns) == len(_PAIR):
            yield Text.assemble((cells[0], "bold"), f": {cells[1]}")
            continue
        if number:
            yield Text()
        for column, cell in zip(columns, cells, strict=True):
            if cell:
                yield Text.assemble((column, "bold"), ": ", (cell, styles.get(cell, "")))


def say(line: object) -> None:
    """Print a JSON line to stdout."""
    answer_text(dumps(line).decode() + "\n")


def shown(value: Any) -> str:  # noqa: ANN401 - whatever a record holds
    """Return a value as text that can do nothing to a terminal."""
    if isinstance(value, list):
        value = ", ".join(map(shown, cast("list[object]", value)))
    if isinstance(value, Model):
        value = " ".join(str(part) for part in unstructure(value).values())
    if isinstance(value, datetime):
        value = value.isoformat(" ", "milliseconds")
    text = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    return "".join(char if char.isprintable() or char == "\n" else "?" for char in text)
