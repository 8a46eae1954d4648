"""What commands are told reaches the client: every option of every kind of record."""

import inspect
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import attrs
import pytest

from neon_async import Activity, AsyncClient, FileCheckpoint, IdName, InvalidRequestError
from neon_async.cli._commands.log_activity import log_activity
from neon_async.cli._commands.search import Section, search
from neon_async.cli._commands.sync import SyncOptions
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.cli._pull_options import PullOptions

Told = dict[str, Any]

TIME = datetime(2020, 1, 2, tzinfo=UTC)
METHODS = {
    ("pull", "accounts"): "sync_accounts",
    ("pull", "activities"): "sync_activities",
    ("sync", "accounts"): "account_changes",
    ("sync", "activities"): "activity_changes",
}
KINDS = ["accounts", "activities"]
# By field: words for the command line, and the keyword and value that the client must get.
PULL: dict[str, tuple[list[str], str, object]] = {
    "time_from": (["--from", "2020-01-02Z"], "time_from", TIME),
    "time_to": (["--to", "2020-01-02Z", "--from", "2019-01-01Z"], "time_to", TIME),
    "ids": (["--id", "31", "--id", "32"], "ids", (31, 32)),
    "concurrency": (["--concurrency", "13"], "max_concurrency", 13),
    "page_size": (["--page-size", "113"], "page_size", 113),
    "start_page": (["--start-page", "307"], "start_page", 307),
    "skip_unreadable": (["--skip-unreadable"], "on_unreadable", callable),
}
SYNC: dict[str, tuple[list[str], str, object]] = {
    "checkpoint": ([], "checkpoint", FileCheckpoint),
    "since": (["--since", "2020-01-02Z"], "since", TIME),
    "until": (["--to", "2020-01-02Z", "--from", "2019-01-01Z"], "until", TIME),
    "concurrency": (["--concurrency", "13"], "max_concurrency", 13),
    "page_size": (["--page-size", "113"], "page_size", 113),
    "lag": (["--lag", "61.25"], "lag", 61.25),
    "skip_unreadable": (["--skip-unreadable"], "on_unreadable", callable),
}
# About what is written, which is for other tests; and what all commands share.
FILES = {"append", "form", "output"}
SHARED = {"form", "common"}
ALIASES = {
    "pull": {"since": ("--since", "time_from"), "workers": ("--workers", "max_concurrency")},
    "sync": {"since": ("--since", "since"), "workers": ("--workers", "max_concurrency")},
}


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    """What the client is made and asked with; the request itself is refused."""
    arrived: Told = {}
    make = AsyncClient.__init__

    def made(self: AsyncClient, *credentials: Any, **options: Any) -> None:
        arrived.update(options)
        make(self, *credentials, **options)

    def asked(_self: AsyncClient, *since: datetime, **options: Any) -> None:
        arrived.update(options)
        arrived.update(zip(["since"], since, strict=False))
        raise InvalidRequestError("enough was seen")

    monkeypatch.setattr(AsyncClient, "__init__", made)
    for method in METHODS.values():
        monkeypatch.setattr(AsyncClient, method, asked)
    return arrived


def matches(expected: object, value: object) -> bool:
    if expected is callable:
        return callable(value)
    return isinstance(value, expected) if isinstance(expected, type) else expected == value


@pytest.mark.parametrize("field", PULL)
@pytest.mark.parametrize("kind", KINDS)
def test_options_of_a_pull(kind: str, field: str, told: Told, tmp_path: Path) -> None:
    """Range, ids, page and concurrency are those that the client is asked for."""
    words, keyword, expected = PULL[field]
    keyword = {"ids": {"accounts": "account_ids", "activities": "activity_ids"}[kind]}.get(
        keyword, keyword
    )
    start = [] if "--from" in words or "--id" in words else ["--from", "2001-02-03Z"]

    code = run(["pull", kind, *start, *words, "--output", str(tmp_path / "records.ndjson")])

    assert Exit.USAGE == code
    assert matches(expected, told[keyword])


@pytest.mark.parametrize("field", SYNC)
@pytest.mark.parametrize("kind", KINDS)
def test_options_of_a_sync(kind: str, field: str, told: Told, tmp_path: Path) -> None:
    """Checkpoint, beginning, lag and page size are those of the feed."""
    words, keyword, expected = SYNC[field]
    checkpoint, output = str(tmp_path / "checkpoint.json"), str(tmp_path / "changes.ndjson")

    code = run(["sync", kind, "--checkpoint", checkpoint, "--output", output, *words])

    assert Exit.USAGE == code
    assert matches(expected, told[keyword])


@pytest.mark.parametrize("alias", ["since", "workers"])
@pytest.mark.parametrize("command", ALIASES)
def test_aliases(command: str, alias: str, told: Told, tmp_path: Path) -> None:
    """What one command calls --from and --concurrency goes by --since and --workers everywhere."""
    option, keyword = ALIASES[command][alias]
    value, expected = ("2020-01-02Z", TIME) if alias == "since" else ("13", 13)
    files = ["--output", str(tmp_path / "changes.ndjson")]
    if command == "sync":
        files += ["--checkpoint", str(tmp_path / "checkpoint.json")]
    start = [] if alias == "since" else ["--from", "2001-02-03Z"]

    run([command, "accounts", *files, *start, option, value])

    assert expected == told[keyword]


def test_merges_of_a_sync(told: Told, tmp_path: Path) -> None:
    """`--merges` is handed on, for accounts alone."""
    checkpoint, output = str(tmp_path / "checkpoint.json"), str(tmp_path / "changes.ndjson")

    run(["sync", "accounts", "--checkpoint", checkpoint, "--output", output, "--merges"])

    assert told["merges"] is True


# By parameter: words for the command line, and the keyword and value that the client must get.
SEARCH: dict[str, tuple[list[str], str, object]] = {
    "criteria": (["City=Graz"], "criteria", [("City", "EQUAL", "Graz")]),
    "where": (["--where", "City", "BLANK", "x"], "criteria", [("City", "BLANK", "x")]),
    "field": (["--field", "City", "--field", "45"], "output_fields", ("City", "45")),
    "sort": (["--sort", "City"], "sort_column", "City"),
    "descending": (["--descending"], "sort_direction", "DESC"),
    "page_size": (["--page-size", "113"], "page_size", 113),
    "start_page": (["--start-page", "307"], "start_page", 307),
}
LOG: dict[str, tuple[list[str], str, object]] = {
    "account_id": ([], "client_id", 10_007),
    "subject": ([], "subject", "Told"),
    "note": (["--note", "n"], "note", "n"),
    "status": (["--status", "41"], "activity_status", IdName(id="41")),
    "priority": (["--priority", "Low"], "activity_priority", "Low"),
    "start": (["--start", "2020-01-02Z"], "start_date_time", TIME),
    "end": (["--end", "2020-01-02Z"], "end_date_time", TIME),
    "system_user": (["--system-user", "53"], "system_user_id", 53),
}


@pytest.mark.parametrize("parameter", SEARCH)
@pytest.mark.parametrize("section", get_args(Section))
def test_options_of_a_search(
    section: str, parameter: str, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Criteria, fields, order and pages are those of the client's search, in every section."""
    words, keyword, expected = SEARCH[parameter]

    def asked(_self: AsyncClient, criteria: object, **options: Any) -> None:
        told.update(options, criteria=criteria)
        raise InvalidRequestError("enough was seen")

    monkeypatch.setattr(AsyncClient, f"search_{section}", asked)

    assert Exit.USAGE == run(["search", section, *words])
    assert expected == told[keyword]


@pytest.mark.parametrize("parameter", LOG)
def test_options_of_a_logged_activity(
    parameter: str, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every option of `log-activity` is in the activity that the client gets."""
    words, attribute, expected = LOG[parameter]

    def added(_self: AsyncClient, activity: Activity) -> None:
        told.update(activity=activity)
        raise InvalidRequestError("enough was seen")

    monkeypatch.setattr(AsyncClient, "add_activity", added)

    assert Exit.USAGE == run(["log-activity", "10007", "--subject", "Told", *words])
    assert expected == getattr(told["activity"], attribute)


def test_every_option_is_covered() -> None:
    """Who adds an option says here what it does for the client, or that it is about files."""
    assert {one.name for one in attrs.fields(PullOptions)} - FILES == PULL.keys()
    assert {one.name for one in attrs.fields(SyncOptions)} - FILES == SYNC.keys()
    assert inspect.signature(search).parameters.keys() - {"section", *SHARED} == SEARCH.keys()
    assert inspect.signature(log_activity).parameters.keys() - SHARED == LOG.keys()
