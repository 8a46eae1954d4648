"""What a pull that ended early says about what is there, and about how to get the rest."""

from datetime import UTC, datetime
from pathlib import Path

import attrs
import pytest

from neon_async.cli._app import app
from neon_async.cli._commands import pull as pull_module
from neon_async.cli._common import COMMON, CommonOptions
from neon_async.cli._exit_codes import Exit
from neon_async.cli._formats.output import Kept
from neon_async.cli._main import run
from neon_async.cli._pull_options import PullOptions
from neon_async.cli._resume import advice
from neon_async.cli._streams import STDOUT

JANUARY = PullOptions(time_from=datetime(2026, 1, 1, tzinfo=UTC), output="a.csv", start_page=5)
PULL = "neon-async pull accounts --from 2026-01-01T00:00:00+00:00"
LINES = Kept("a.csv", 2, 1_234)
PAGES = Kept("a.csv", 2, 1_234, appendable=False)
BESIDE_TEXT = "1,234 records were written to a b.partial.csv, in whole lines"
BESIDE = Kept("a b.partial.csv", 2, 1_234, earlier="a b.csv")


@pytest.mark.parametrize(
    ("kept", "options", "expected"),
    [
        (Kept(), JANUARY, []),
        (Kept(earlier="a.csv"), JANUARY, ["a.csv was left as it was"]),
        (
            LINES,
            JANUARY,
            [
                "1,234 records were written to a.csv, in whole lines",
                f"to resume: {PULL} --output a.csv --start-page 7 --append",
            ],
        ),
        (
            PAGES,
            JANUARY,
            [
                "1,234 records were written to a.csv, in whole pages",
                f"to resume: {PULL} --output a.from-page-7.csv --start-page 7",
            ],
        ),
        (
            BESIDE,
            JANUARY,
            [
                f"{BESIDE_TEXT}; a b.csv was left as it was",
                f"to resume: {PULL} --output 'a b.partial.csv' --start-page 7 --append",
                "and then: mv 'a b.partial.csv' 'a b.csv'",
            ],
        ),
        (
            Kept(STDOUT, 2, 1_234),
            PullOptions(time_from=JANUARY.time_from),
            [
                "1,234 records were written to standard output, in whole lines",
                f"to resume: {PULL} --start-page 3",
            ],
        ),
        (
            LINES,
            PullOptions(ids=(10_002, 10_003), output="a.csv"),
            [
                "1,234 records were written to a.csv, in whole lines",
                "to read them all, run the same command again",
            ],
        ),
    ],
)
def test_what_is_there_and_how_to_get_the_rest(
    kept: Kept, options: PullOptions, expected: list[str]
) -> None:
    """A message names the file, what is in it, and a command that loses nothing."""
    assert expected == [*advice("accounts", kept, options, COMMON, complete=False)]


def test_all_is_there() -> None:
    """Where only the last step failed, there is nothing to resume."""
    assert ["all 1,234 records are in a.csv"] == [
        *advice("accounts", LINES, JANUARY, COMMON, complete=True)
    ]
    beside = "all 1,234 records are in a b.partial.csv; a b.csv was left as it was"
    assert [beside] == [*advice("accounts", BESIDE, JANUARY, COMMON, complete=True)]


OPTIONS = {
    "time_from": datetime(2026, 1, 31, 15, 50, 28, 153_000, tzinfo=UTC),
    "time_to": datetime(2026, 2, 1, tzinfo=UTC),
    "ids": (10_002, 10_003),
    "output": "-a b.csv",
    "append": True,
    "form": "csv",
    "concurrency": 2,
    "page_size": 7,
    "start_page": 3,
    "skip_unreadable": True,
}


COMMON_OPTIONS = CommonOptions(
    timeout=7.5,
    proxy="http://proxy.example.org:3128",
    ca_file=Path("our ca.pem"),
    verbose=True,
    quiet=True,
)


@pytest.mark.parametrize("kind", ["accounts", "activities"])
def test_command_is_understood(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The command that a message says has all the options of the pull that it resumes."""
    understood: list[object] = []
    monkeypatch.setattr(pull_module, "_pull", lambda *args: understood.extend([args[0], *args[2:]]))
    options = PullOptions(**OPTIONS)  # type: ignore[arg-type]
    program, *arguments = [*options.words(kind), *COMMON_OPTIONS.words()]

    assert (app.name[0], Exit.OK) == (program, run(arguments))
    assert [kind, options, COMMON_OPTIONS] == understood


def test_ids_alone_are_a_command() -> None:
    """A pull by ids has no range of time."""
    assert ["neon-async", "pull", "accounts", "--id", "7"] == [
        *PullOptions(ids=(7,)).words("accounts")
    ]


def test_all_options_are_in_the_command() -> None:
    """An option that is added later can't be forgotten here."""
    assert {*OPTIONS} == {field.name for field in attrs.fields(PullOptions)}
    assert [] == [
        field.name
        for field in attrs.fields(CommonOptions)
        if getattr(COMMON_OPTIONS, field.name) == field.default
    ]
