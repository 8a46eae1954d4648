"""The options that all commands share reach the client of each of them."""

import importlib
import inspect
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import certifi
import pytest

from neon_async import InvalidRequestError
from neon_async.cli import _connection
from neon_async.cli._catalog import COMMANDS
from neon_async.cli._common import CommonOptions
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator
from tests.support.forwarding import watching

PROXY = "http://proxy.example.org:3128"
SHARED = [
    *("--timeout", "7.5", "--proxy", PROXY, "--ca-file", certifi.where(), "--verbose", "--quiet")
]
RANGE = ["--from", "2014-01-01Z", "--output", "records.ndjson"]
FEED = ["--checkpoint", "checkpoint.json", "--output", "changes.ndjson"]
SET = ["--set", "primaryContact.firstName=Jen", "--reset-consents", "--yes"]
WORDS: dict[str, list[list[str]]] = {
    "apply": [["plan.json", "--journal", "run.ndjson", "--yes"]],
    "create-organization": [["Example"]],
    "doctor": [[], ["--report", "report.md"]],
    "edit": [["10002", *SET], ["jen@example.org", *SET]],
    "lists": [["prefixes"]],
    "log-activity": [["10002", "--subject", "Call"]],
    "merge-history": [["10002"]],
    "plan": [["changes.csv", "--output", "new.json"]],
    "pull": [["accounts", *RANGE], ["activities", *RANGE]],
    "search": [["accounts", "City=Graz"], ["events", "Event Name=Ball"]],
    "show": [["10002"], ["jen@example.org"], ["501", "--activity"]],
    "sync": [["accounts", *FEED], ["activities", *FEED]],
    "undo": [["undo.json", "--yes"], ["done.ndjson", "--yes"]],
}
# They are about credentials, and ask for them on a terminal (test_credentials.py).
ELSEWHERE = {"login", "logout"}


@pytest.fixture
def _prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A plan, a journal and an undo file in the working directory, and a log as it was."""
    monkeypatch.chdir(tmp_path)
    Path("changes.csv").write_text("accountId,primaryContact.firstName\n10002,Jen\n")
    losses = ["--reset-consents", "--accept-loss", "login.username"]
    with Emulator(3, 3) as emulator, monkeypatch.context() as patch:
        patch.setattr(_connection, "make_client", emulator.client)
        assert Exit.OK == run(["plan", "changes.csv", "--output", "plan.json", *losses])
        assert Exit.OK == run(["apply", "plan.json", "--journal", "done.ndjson", "--yes"])
        edit = ["edit", "10002", "--set", "primaryContact.firstName=Joan", "--yes", *losses]
        assert Exit.OK == run([*edit, "--undo-file", "undo.json"])
    logger = logging.getLogger("neon_async")
    before = [*logger.handlers], logger.level
    yield
    logger.handlers[:], logger.level = before


@pytest.mark.usefixtures("_prepared")
@pytest.mark.parametrize(
    ("command", "words"),
    [
        pytest.param(command, words, id=" ".join([command, *words[:2]]))
        for command, variants in WORDS.items()
        for words in variants
    ],
)
def test_common_options(command: str, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Time-out, proxy, certificates and how much to print are those of the command line."""
    clients: list[dict[str, Any]] = []

    def make_client(**options: Any) -> None:
        clients.append(options)
        raise InvalidRequestError("enough was seen")

    monkeypatch.setattr(_connection, "make_client", make_client)
    expected = CommonOptions(
        timeout=7.5, proxy=PROXY, ca_file=Path(certifi.where()), verbose=True, quiet=True
    )

    with watching(make_client) as watch:
        code = run([command, *words, *SHARED])

    # `doctor` reports what fails instead of failing of it.
    assert (Exit.FAILED if command == "doctor" and not words else Exit.USAGE) == code
    shared = [value for name, value in watch.named() if name == "common"]
    assert shared
    assert [expected] * len(shared) == shared
    (options,) = clients
    assert 7.5 == options["timeout"]
    if "transport" in options:  # which has the proxy and the certificates
        assert "open_transport" in watch.functions()
    else:
        assert (PROXY, True) == (options["proxy"], bool(options["ssl_context"]))


def test_every_command_is_covered() -> None:
    """Who adds a command with the common options says here how it is called."""
    taking = set()
    for name, command in COMMANDS.items():
        module, _, _ = command.place.partition(":")
        if "common: CommonOptions = COMMON" in inspect.getsource(
            importlib.import_module(f"neon_async.cli.{module}")
        ):
            taking.add(name)

    assert taking - ELSEWHERE == WORDS.keys()
