"""`neon-async doctor`: what it finds, and what it advises."""

import os
import re
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import attrs
import orjson
import pexpect
import pytest

from neon_async import AccountsPage, Paginator
from neon_async.cli import _checks as doctor_module
from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.emulator import Emulator, Quirks


@pytest.fixture
def examine(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> "Examine":
    """Run the command against an emulator."""
    return Examine(monkeypatch, capsys)


@attrs.frozen
class Examine:
    """Runs the command against an emulator, and reads what it says."""

    patch: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    def __call__(
        self, emulator: Emulator, *arguments: str, expected: Exit = Exit.OK
    ) -> dict[str, dict[str, Any]]:
        self.patch.setattr(_connection, "make_client", emulator.client)
        assert expected == run(["doctor", *arguments])
        lines = map(orjson.loads, self.capsys.readouterr().out.splitlines())
        return {line.pop("check"): line for line in lines}


def test_healthy(examine: Examine) -> None:
    """Where all is well, there is nothing to set."""
    found = examine(Emulator(accounts=450))

    checks = ["clock", "page size", "sorting", "odd values", "quota"]
    assert list(found) == ["POST", "credentials", *checks]
    assert [("ok", None)] * 7 == [(one["state"], one["advice"]) for one in found.values()]
    assert re.search(r" is (\+0|[+-][1-9]\d*) s from this machine", found["clock"]["finding"])


def test_advice(examine: Examine) -> None:
    """What works only in part is found out, with what to set."""
    quirks = Quirks(sort_column_ignored=True, page_size_limit=50)
    clock = datetime.now(UTC) - timedelta(hours=1)
    emulator = Emulator(450, clock=clock, quirks=quirks, threads=3, latency=0.05)
    emulator.change_account(10_001, url="https://example.org/")
    found = examine(emulator)

    advised = {check: one["advice"] for check, one in found.items() if one["state"] == "advice"}
    assert "set this machine's clock" in advised.pop("clock")
    assert "nothing to set" in advised.pop("sorting")
    expected = {
        "page size": "use --page-size 50, or AsyncClient(page_size=50)",
        "quota": "use --concurrency 3, or AsyncClient(max_concurrency=3)",
    }
    assert expected == advised


def test_too_few_to_tell(examine: Examine) -> None:
    """What can't be told from so few accounts is not claimed."""
    found = examine(Emulator(accounts=3), "--concurrency=1", "--http-method=GET")

    assert "GET" in found
    assert "unknown" == found["page size"]["state"] == found["sorting"]["state"]


def test_reply_without_time(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that does not say what time it is has no clock to compare."""
    first_page = Paginator[AccountsPage, Any].first_page

    async def timeless(paginator: Any) -> AccountsPage:
        return attrs.evolve(await first_page(paginator), response_date_time=None)

    monkeypatch.setattr(Paginator, "first_page", timeless)

    assert examine(Emulator(accounts=3))["clock"]["state"] == "unknown"


def test_failing_check(examine: Examine) -> None:
    """A check that fails does not keep the others from being made."""
    emulator = Emulator(accounts=450)
    emulator.fail_next(method="syncAccounts", code=5)

    found = examine(emulator, expected=Exit.FAILED)

    assert "code 5" in found.pop("clock")["finding"]
    assert {"ok"} == {one["state"] for one in found.values()}


def test_no_quota_left(examine: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """When not even one request gets through, somebody else uses the quota."""

    async def none(*_: object) -> bool:
        return False

    monkeypatch.setattr(doctor_module, "_all_answered", none)
    found = examine(Emulator(accounts=3), expected=Exit.FAILED)

    assert "try again later" in found["quota"]["advice"]


@pytest.mark.parametrize(
    ("fault", "method", "said"),
    [
        ({"code": 16}, "POST", "compare NEON_ORG_ID"),
        ({"status": 405}, "POST", "--http-method GET"),
        ({"status": 405}, "GET", "check NEON_BASE_URL"),
        ({"drop": True}, "POST", "the network"),
    ],
)
def test_no_entry(fault: dict[str, Any], method: str, said: str, examine: Examine) -> None:
    """Where there is no way in, that is said instead of what would follow."""
    emulator = Emulator(accounts=3)
    emulator.fail_next(20, method="login", **fault)

    found = examine(emulator, "--http-method", method, expected=Exit.FAILED)

    *_, last = found.values()
    assert last["state"] == "failed"
    assert said in last["advice"]
    assert "clock" not in found


def test_no_credentials(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without credentials, the variables are named."""
    monkeypatch.delenv("NEON_ORG_ID")
    monkeypatch.delenv("NEON_API_KEY")

    assert Exit.FAILED == run(["doctor"])

    found = orjson.loads(capsys.readouterr().out)
    assert (found["check"], found["state"]) == ("credentials", "failed")
    assert "NEON_API_KEY" in found["finding"]
    assert "neon-async login" in found["finding"]


@pytest.mark.parametrize(("without", "expected"), [({}, "\x1b[32mok"), ({"NO_COLOR": "1"}, " ok ")])
def test_colours_on_a_terminal(
    without: dict[str, str], expected: str, served: dict[str, str]
) -> None:
    """On a terminal the state is coloured, unless the user wants no colours."""
    env = {name: value for name, value in os.environ.items() if name != "NO_COLOR"}
    child = pexpect.spawn(
        sys.executable,
        ["-m", "neon_async.cli", "doctor"],
        dimensions=(24, 100),
        encoding="utf-8",
        env={**env, **served, "TERM": "xterm", **without},
        timeout=30,
    )
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == Exit.OK
    said = child.before or ""
    assert expected in said
    assert ("\x1b[3" in said) is not bool(without)
