"""The probes of `neon-async doctor --report`: what they see, and what the report leaves out."""

import re
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

import attrs
import httpx
import orjson
import pytest

from neon_async import RetryPolicy
from neon_async.cli._common import COMMON
from neon_async.cli._exit_codes import Exit
from neon_async.cli._main import run
from neon_async.cli._probes import command as command_module
from neon_async.cli._probes import run as run_module
from neon_async.cli._probes.assumptions import ASSUMPTIONS, ProbeName
from neon_async.cli._probes.observation import Agreement, Observation, failure_text
from neon_async.cli._probes.ranges import note_recent
from neon_async.cli._probes.report import environment
from neon_async.cli._probes.run import PROBES, run_probes
from neon_async.cli._probes.target import ProbeTarget
from neon_async.cli._probes.transport import ProbeTransport, open_transport
from neon_async.emulator import API_KEY, ORG_ID, Emulator, Quirks
from neon_async.emulator._methods.table import METHODS
from neon_async.errors import APIError, ErrorDetail, InvalidRequestError, ProtocolError

NAMES = {probe.value: probe for probe in ProbeName}
# Values for which the emulator does something else than by default, and what is then reported.
QUIRKS: list[tuple[str, Any, str]] = [
    ("sort_column_ignored", True, "not sorted"),
    ("bounds", "exclusive", "exclusive"),
    ("bounds", "seconds", "cut down to whole seconds"),
    ("commit_delay", 50.0, "1 changes became visible late"),
    ("unmodified", 3, "3 accounts of 442 have none"),
    (
        "legacy_json",
        True,
        "2012: lists of one element, text of digits, names of choices, offsets",
    ),
    ("page_size_limit", 50, "50 of 200 requested, 50 of 1000 requested"),
    ("strict_soap", True, "refused: FAIL, code 1"),
    ("exact_names", True, "refused: FAIL, code 10242"),
    ("exact_values", True, "refused: FAIL, code 1"),
    ("urlencoded_only", True, "refused: FAIL, code 10 and 12"),
    ("post_refused", True, "the login: status 405"),
    ("fail_status", 403, "status 403"),
    ("deleted_ids_limit", 2, "a page lists 2 at most"),
    ("merged_ids_followed", True, "a record of the account that it was merged into"),
]
ONLY_WRITES = ["keep_login", "blank_dates_refused"]


@attrs.define
class SteppingClock:
    """A clock that moves whenever it is read."""

    time: datetime = attrs.field(factory=lambda: datetime.now(UTC))
    step: timedelta = timedelta(milliseconds=500)

    def __call__(self) -> datetime:
        """Return the next time."""
        self.time += self.step
        return self.time


def organization(**quirks: Any) -> Emulator:
    """Return an emulator in which everything has happened that probes look for."""
    emulator = Emulator(450, 50, clock=SteppingClock())
    emulator.quirks = Quirks(**quirks)
    for number in range(6):
        emulator.delete_account(10_020 + 3 * number)
        emulator.clock.advance(3600)
    emulator.merge_accounts(10_101, 10_102)
    emulator.merge_accounts(10_109, 10_102)
    emulator.clock.advance(3600)
    emulator.change_account(10_201, url="https://example.org/")
    return emulator


@attrs.define
class Probing:
    """Probes of one emulator."""

    emulator: Emulator
    target: ProbeTarget

    async def __call__(self, name: str) -> tuple[str, str]:
        """Run one probe."""
        observation = await PROBES[NAMES[name]](self.target)
        return observation.agreement, observation.observed


@pytest.fixture
async def probing() -> AsyncIterator[Callable[..., Probing]]:
    """Return what probes an emulator with some quirks."""
    clients: list[Any] = []

    def probe(
        emulator: Emulator | None = None,
        http_method: Literal["POST", "GET"] = "POST",
        concurrency: int = 0,
        **quirks: Any,
    ) -> Probing:
        emulator = organization(**quirks) if emulator is None else emulator
        transport = ProbeTransport(httpx.ASGITransport(app=emulator))
        options: Any = {"http_method": http_method, "retry": RetryPolicy(attempts=1)}
        neon = emulator.client(transport=transport, max_concurrency=1, **options)
        clients.append(neon)

        def connect(requests: int) -> Any:
            return emulator.client(max_concurrency=requests, **options)

        target = ProbeTarget(neon, transport, http_method, connect, concurrency)
        return Probing(emulator, target)

    yield probe
    for neon in clients:
        await neon.aclose()


Probe = Callable[..., Probing]


async def test_plain_emulator_agrees(probing: Probe) -> None:
    """The emulator does what the library assumes, as far as reads can say."""
    on = probing(concurrency=2)

    results = await run_probes(on.target)

    assert list(ProbeName) == [result.probe for result in results]
    unprobed = {result.probe for result in results if result.agreement is Agreement.NOT_PROBED}
    assert unprobed == set(ProbeName) - PROBES.keys()
    assert {Agreement.AGREES} == {r.agreement for r in results if r.probe not in unprobed}


async def test_nothing_is_written(probing: Probe) -> None:
    """All requests of all probes are of methods that read."""
    on = probing(concurrency=2)

    await run_probes(on.target)

    methods = {entry.method for entry in on.emulator.requests}
    assert set() == methods - {method.name for method in METHODS.values() if not method.writes}
    assert not on.emulator.unknown_methods
    assert len(on.emulator.requests) < 100


def test_quirks_are_probed() -> None:
    """Each quirk of the emulator has a probe of its name, or a reason why no read shows it."""
    quirks = {field.name for field in attrs.fields(Quirks)}

    assert set() == quirks - NAMES.keys()
    assert {name for name, _, _ in QUIRKS} == quirks - set(ONLY_WRITES)
    assert ONLY_WRITES == [name for name in NAMES if name in quirks and NAMES[name] not in PROBES]
    assert all(
        "only an update" in (ASSUMPTIONS[NAMES[name]].unprobed or "") for name in ONLY_WRITES
    )
    assert list(ProbeName) == list(ASSUMPTIONS)


@pytest.mark.parametrize(("quirk", "value", "observed"), QUIRKS)
async def test_quirk_is_seen(probing: Probe, quirk: str, value: Any, observed: str) -> None:
    """What a quirk changes, the probe of its name reports."""
    on = probing(**{quirk: value})
    if quirk == "post_refused":
        result = next(iter(await run_probes(on.target)))
        assert ("differs", observed) == (result.agreement, result.observed)
        return
    await note_recent(on.target)
    on.emulator.clock.advance(60)

    assert ("differs", observed) == await on(quirk)


def replies(*answers: Any) -> Callable[[dict[str, list[str]]], Any]:
    """Return answers of a method, one after the other."""
    rest = iter(answers)
    return lambda _: next(rest)


def page(total: int, *ids: int, **more: Any) -> dict[str, Any]:
    """Return a page of accounts."""
    block = {"currentPage": 1, "pageSize": 200, "totalPage": 1, "totalResults": total}
    accounts = [{"accountId": number} for number in ids]
    return {"individualAccounts": {"individualAccount": accounts}, "page": block} | more


SYNC, RETRIEVE = "account/syncAccounts", "account/retrieveIndividualAccount"
DELETED: dict[str, Any] = {"deletedAccountList": {"accountId": [1]}}
NO_PAGE: dict[str, Any] = {"individualAccounts": {}}
TIMES = [{"accountId": 1, "lastModifiedDateTime": "2024-01-01T00:00:00.000Z"}]


@pytest.mark.parametrize(
    ("name", "path", "answers", "expected"),
    [
        ("exact_values", SYNC, [page(2, 1, 2), page(2, 2, 1)], ("differs", "ignored")),
        (
            "torn_groups",
            "account/listAccounts",
            [page(1), page(2)],
            ("differs", "the parts of a group were torn apart"),
        ),
        ("missing_ids", RETRIEVE, [{}], ("differs", "accepted")),
        ("fail_status", RETRIEVE, [{}], ("unknown", "accepted")),
        ("soap_fail_status", RETRIEVE, [{}], ("unknown", "accepted")),
        (
            "page_size_limit",
            SYNC,
            [NO_PAGE],
            ("unknown", "fewer than 200 accounts, and no page size in the reply"),
        ),
        ("unmodified", SYNC, [NO_PAGE], ("unknown", "a reply without totals")),
        (
            "deleted_ids_limit",
            SYNC,
            [page(1, 1), page(1) | DELETED, page(1)],
            ("differs", "1 on the first page, 0 on the second"),
        ),
        (
            "bounds",
            SYNC,
            [
                page(1, individualAccounts={"individualAccount": TIMES}),
                *[page(0, responseDateTime="2024-01-01T00:00:00Z")] * 3,
            ],
            ("differs", "not found within a second of its time"),
        ),
    ],
)
async def test_other_answers(
    probing: Probe, name: str, path: str, answers: list[Any], expected: tuple[str, str]
) -> None:
    """A server may do what no quirk of the emulator does."""
    on = probing()
    await on.target.sample_id()
    if name in {"bounds", "deleted_ids_limit"}:
        on = probing()
    on.emulator.add_method(path, replies(*answers))

    assert expected == await on(name)


@pytest.mark.parametrize(
    ("name", "fault", "expected"),
    [
        ("torn_groups", {"method": "listAccounts", "code": 1}, "refused: FAIL, code 1"),
        ("login_codes", {"method": "login", "code": 2}, "refused: FAIL, code 2"),
        ("xml_replies", {"method": "listPrefixes", "html": "<p>"}, "HTML"),
        ("soap_refused", {"method": "listPrefixes", "status": 404}, "refused: status 404"),
        (
            "missing_ids",
            {"method": "retrieveIndividualAccount", "code": 1},
            "refused: FAIL, code 1",
        ),
    ],
)
async def test_other_refusals(
    probing: Probe, name: str, fault: dict[str, Any], expected: str
) -> None:
    """A refusal is reported by its code or its status."""
    on = probing()
    await on.target.sample_id()
    on.emulator.fail_next(**fault)

    assert ("differs", expected) == await on(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("exact_values", "the documented spelling: FAIL, code 1"),
        ("strict_soap", "in the schema's order: FAIL, code 1"),
    ],
)
async def test_nothing_to_compare_with(probing: Probe, name: str, expected: str) -> None:
    """Where the documented spelling is refused, too, nothing is concluded."""
    on = probing()
    on.emulator.fail_next(method="syncAccounts", code=1)

    assert ("unknown", expected) == await on(name)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("torn_groups", "no account to search for"),
        ("sort_column_ignored", "too few accounts with different last-modified times"),
        ("bounds", "no account with a last-modified time"),
        ("commit_delay", "nothing has changed in the last 15 minutes"),
        ("deleted_ids_limit", "too few deleted accounts, or all at once"),
        ("merged_ids_followed", "no merged account among the last 0 that were deleted"),
        ("legacy_json", "no account to look at"),
        ("date_forms", "no date on the first page"),
        ("odd_values", "no record to look at"),
    ],
)
async def test_too_little_to_see(probing: Probe, name: str, expected: str) -> None:
    """An organization without records answers few questions."""
    on = probing(Emulator(0, 0))
    await note_recent(on.target)

    assert ("unknown", expected) == await on(name)


async def test_session_of_soap(probing: Probe) -> None:
    """A session that SOAP does not know is renewed, which is reported."""
    on = probing()
    await on.target.neon.login()
    on.emulator.expire_sessions()

    assert ("differs", "accepted after a login of its own") == await on("soap_refused")


async def test_merged_record_under_its_old_id(probing: Probe) -> None:
    """A server may keep the record of a merged account."""
    on = probing()
    on.emulator.add_method(RETRIEVE, {"individualAccount": {"accountId": "10101"}})

    assert ("differs", "a record under the old id") == await on("merged_ids_followed")


async def test_deleted_and_not_merged(probing: Probe) -> None:
    """A merge history may name the deleted account itself."""
    on = probing()
    on.emulator.add_method(
        "account/retrieveDuplicateMergeHistory",
        lambda form: {
            "mergeHistory": {
                "searchedAccountId": form["accountId"][0],
                "currentAccountId": form["accountId"][0],
                "previousAccountIds": [],
            }
        },
    )

    expected = "no merged account among the last 8 that were deleted"
    assert ("unknown", expected) == await on("merged_ids_followed")


async def test_late_changes_need_times_and_room(probing: Probe) -> None:
    """Without times, or with more changes than a page holds, late ones can't be recognized."""
    on = probing()
    assert ("unknown", "the replies have no time") == await on("commit_delay")

    on.emulator.add_method(SYNC, page(0, responseDateTime=None))
    await note_recent(on.target)
    assert ("unknown", "the replies have no time") == await on("commit_delay")

    on = probing()
    for number in on.emulator.account_ids()[:201]:
        on.emulator.change_account(number, noSolicitation=True)
    await note_recent(on.target)
    assert ("unknown", "more changes than a page holds") == await on("commit_delay")


async def test_forms_of_dates(probing: Probe) -> None:
    """Forms that are not known are counted, and not shown."""
    on = probing(Emulator(accounts=0))
    for dob in ("2014-01-10", "2014-01-10-05:00", "2014-01-10T05:00:00.000+0000", "20014-01-01"):
        number = on.emulator.create_individual()
        on.emulator.garble_account(number, primaryContact={"dob": dob})

    expected = "1 dates, 1 dates with an offset, 1 timestamps, 1 other forms"
    assert ("differs", expected) == await on("date_forms")


async def test_odd_values(probing: Probe) -> None:
    """Odd values are counted, as are records without a usable id."""
    on = probing(Emulator(3, 0))
    on.emulator.garble_account(10_001, primaryContact={"dob": "0000-00-00"})
    expected = "1 odd values in 1 of 3 records"
    assert ("differs", expected) == await on("odd_values")

    on.emulator.garble_account(10_002, accountId=None)
    expected = "1 odd values in 1 of 2 records, 1 records without a usable id"
    assert ("differs", expected) == await on("odd_values")


async def test_fault_of_another_kind(probing: Probe) -> None:
    """A page of HTML is no fault, whatever its status; nor is a message that is accepted."""
    on = probing()
    page_of_html = httpx.Response(500, headers={"content-type": "text/html"}, content=b"<p>")
    on.target.transport._inner = httpx.MockTransport(lambda _: page_of_html)
    await on.target.ask("account/listPrefixes")
    assert ("differs", "HTML with status 500") == await on("soap_fault")


async def test_message_of_no_schema_accepted(
    probing: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes any message answers nothing about faults."""
    on = probing()
    await on.target.neon.login()
    monkeypatch.setattr("neon_async.cli._probes.transport._UNKNOWN", b"listPrefixes")

    assert ("unknown", "accepted") == await on("soap_fault")


@pytest.mark.parametrize(
    ("threads", "expected"),
    [
        (2, ("differs", "2 at once answered, of 3 at once some were not: status 429")),
        (None, ("agrees", "3 at once answered")),
    ],
)
async def test_concurrency(probing: Probe, threads: int | None, expected: tuple[str, str]) -> None:
    """The number of requests at once is found, and what a refusal looks like."""
    on = probing(concurrency=3)
    on.emulator.threads = threads
    on.emulator.slow(0.02)

    assert expected == await on("concurrency_limit")


async def test_no_request_answered(probing: Probe) -> None:
    """Where not even one request is answered, another program uses the quota."""
    on = probing(concurrency=1)
    on.emulator.fail_next(method="syncAccounts", status=429)

    expected = "none answered, of 1 at once some were not: status 429"
    assert ("differs", expected) == await on("concurrency_limit")


async def test_errors_do_not_stop_the_others(
    probing: Probe, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A probe that fails is reported as failed, whatever it failed by."""

    async def broken(_: ProbeTarget) -> Observation:
        raise KeyError("ada@example.org")

    probes = {**PROBES, ProbeName.EXACT_NAMES: broken}
    monkeypatch.setattr(run_module, "PROBES", probes)
    on = probing()
    on.emulator.fail_next(method="listAccounts", drop=True)

    results = {result.probe: result for result in await run_probes(on.target)}

    assert "KeyError in the probe" == results.pop(ProbeName.EXACT_NAMES).observed
    assert "TransportError" == results.pop(ProbeName.TORN_GROUPS).observed
    assert Agreement.FAILED not in {result.agreement for result in results.values()}


async def test_time_is_bounded(probing: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe without an answer ends, and when the time is over no other begins."""
    on = probing()
    await on.target.neon.login()
    on.emulator.slow(3600)
    monkeypatch.setattr(run_module, "SECONDS_EACH", 0.001)

    results = {result.probe: result for result in await run_probes(on.target)}
    assert "no answer within 0 s" == results[ProbeName.EXACT_NAMES].observed

    results = {result.probe: result for result in await run_probes(on.target, seconds=0)}
    assert {Agreement.NOT_PROBED} == {result.agreement for result in results.values()}
    assert "no time was left for it" == results[ProbeName.EXACT_NAMES].observed


async def test_get(probing: Probe) -> None:
    """Where requests are sent as GET, nothing is said about bodies."""
    results = {
        result.probe: result for result in await run_probes(probing(http_method="GET").target)
    }

    expected = {"unknown": 6, "agrees": len(PROBES) - 7}
    agreements = [str(results[name].agreement) for name in PROBES]
    assert expected == {name: agreements.count(name) for name in expected}
    assert "sent as GET" in results[ProbeName.STRICT_SOAP].observed


@pytest.mark.parametrize(
    ("http_method", "fault", "expected"),
    [
        ("POST", {"status": 405}, ("differs", "the login: status 405")),
        ("POST", {"code": 13}, ("agrees", "accepted")),
        ("POST", {"drop": True}, ("unknown", "the login: TransportError")),
        ("GET", {"status": 405}, ("unknown", "the login: status 405")),
        ("GET", {"code": 13}, ("unknown", "the login: FAIL, code 13")),
    ],
)
async def test_failed_login(
    probing: Probe, http_method: str, fault: dict[str, Any], expected: tuple[str, str]
) -> None:
    """A login that fails says something about POST, and nothing about the rest."""
    on = probing(http_method=http_method)
    on.emulator.fail_next(method="login", **fault)

    first, *others = await run_probes(on.target)

    assert expected == (first.agreement, first.observed)
    assert {("not probed", "the login failed")} == {(r.agreement, r.observed) for r in others}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (APIError(1, errors=[ErrorDetail(1), ErrorDetail(5)]), "FAIL, code 1 and 5"),
        (APIError(4_225_550_101, errors=[ErrorDetail(4_225_550_101)]), "FAIL, an unusual code"),
        (APIError(None, errors=[ErrorDetail(None)]), "FAIL, an unusual code"),
        (APIError(), "FAIL, no code"),
        (ProtocolError("ada@example.org"), "ProtocolError"),
        (InvalidRequestError("ada@example.org"), "the client can't send it"),
    ],
)
def test_failures_in_words(error: Exception, expected: str) -> None:
    """Of a failure its kind is shown, with codes that can't be anything else."""
    assert expected == failure_text(error)


@pytest.fixture
def in_process(monkeypatch: pytest.MonkeyPatch) -> Callable[[Emulator], None]:
    """Let the command probe an emulator of this process."""

    def use(emulator: Emulator) -> None:
        monkeypatch.setenv("NEON_ORG_ID", ORG_ID)
        monkeypatch.setenv("NEON_API_KEY", API_KEY)
        monkeypatch.setenv("NEON_BASE_URL", emulator.base_url)
        transport = httpx.ASGITransport(app=emulator)
        monkeypatch.setattr(command_module, "open_transport", lambda _: transport)

    return use


SECRET = "Canary-7x1"


@pytest.mark.parametrize("suffix", ["md", "json"])
def test_report_holds_nothing_of_the_organization(
    suffix: str,
    tmp_path: Path,
    in_process: Callable[[Emulator], None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Neither the report nor the terminal has a name, an id, a value or a text of the server."""
    emulator = organization()
    for number in emulator.account_ids()[:50]:
        emulator.change_account(number, primaryContact={"firstName": SECRET, "dob": SECRET})
        emulator.garble_account(number, lastModifiedBy=[SECRET], primaryContact={SECRET: SECRET})
    for method in ("listAccounts", "retrieveIndividualAccount", "listPrefixes"):
        emulator.fail_next(method=method, code=42_255_501, message=SECRET)
    emulator.fail_next(method="retrieveOrganizationAccount", html=SECRET, status=500)
    in_process(emulator)

    path = tmp_path / f"report.{suffix}"
    assert Exit.OK == run(["doctor", "--report", str(path), "--probe-concurrency"])

    report = path.read_text(encoding="utf-8")
    shown = report + "".join(capsys.readouterr())
    for secret in (SECRET, ORG_ID, API_KEY, "example.org", "@", "42255501"):
        assert secret not in shown
    # Neither an id of an account, nor of a session.
    documented = {"10031", "10132"}
    assert set() == set(re.findall(r"\d{5,}|[0-9a-f]{32}", shown)) - documented


def test_report_as_json(tmp_path: Path, in_process: Callable[[Emulator], None]) -> None:
    """A program can read each probe with its question, assumption, result and consequence."""
    in_process(organization(fail_status=400))
    path = tmp_path / "report.json"

    assert Exit.OK == run(["doctor", "--report", str(path)])

    document = orjson.loads(path.read_bytes())
    assert (1, "another server") == (document["schema"], document["environment"]["server"])
    assert list(NAMES) == [probe["probe"] for probe in document["probes"]]
    probes = {probe["probe"]: probe for probe in document["probes"]}
    assert probes["fail_status"] == {
        "probe": "fail_status",
        "question": "With which HTTP status does a FAIL come?",
        "assumed": "status 200",
        "observed": "status 400",
        "agreement": "differs",
        "otherwise": "a FAIL is read whatever its status",
    }
    assert "--probe-concurrency" in probes["concurrency_limit"]["observed"]


def test_report_as_markdown(tmp_path: Path, in_process: Callable[[Emulator], None]) -> None:
    """A reader sees a table, and what the library does about each difference."""
    in_process(organization(fail_status=400))
    path = tmp_path / "report.md"

    assert Exit.OK == run(["doctor", "--report", str(path)])

    text = path.read_text(encoding="utf-8")
    question = "With which HTTP status does a FAIL come?"
    row = f"| fail_status | {question} | status 200 | status 400 | differs |"
    assert row in text.splitlines()
    assert "- `fail_status`: a FAIL is read whatever its status" in text


def test_report_of_agreement_alone(tmp_path: Path, in_process: Callable[[Emulator], None]) -> None:
    """Without a difference there is no section about differences."""
    in_process(organization())
    path = tmp_path / "report.md"

    assert Exit.OK == run(["doctor", "--report", str(path)])

    assert "## " not in path.read_text(encoding="utf-8")


def test_report_of_a_failed_login(tmp_path: Path, in_process: Callable[[Emulator], None]) -> None:
    """The report is written, and the exit code says that the login failed."""
    emulator = organization()
    emulator.fail_next(5, method="login", status=405)
    in_process(emulator)
    path = tmp_path / "report.md"

    assert Exit.FAILED == run(["doctor", "--report", str(path)])

    assert "the login: status 405" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("", "NeonCRM"),
        ("https://trial.z2systems.com/neonws/services/api", "NeonCRM's trial system"),
        ("https://crm.ada-example.org/api", "another server"),
        ("https:", "another server"),
    ],
)
def test_server_is_named_by_its_kind(base_url: str, expected: str) -> None:
    """A host of somebody's own may say whose report it is, and is not named."""
    assert expected == environment(base_url, "POST")["server"]


def test_report_over_a_socket(tmp_path: Path, environment: dict[str, str]) -> None:
    """The probes send by httpx's own transport, without the environment's settings."""
    del environment
    path = tmp_path / "report.md"

    assert Exit.OK == run(["doctor", "--report", str(path)])

    assert "- server: this machine" in path.read_text(encoding="utf-8")


def test_concurrency_belongs_to_the_report(capsys: pytest.CaptureFixture[str]) -> None:
    """The option alone would do nothing, and is refused."""
    assert Exit.USAGE == run(["doctor", "--probe-concurrency"])

    assert "--report" in capsys.readouterr().err


async def test_transport_closes() -> None:
    """Closing the client's transport closes the one below."""
    closed: list[bool] = []

    class Inner(httpx.AsyncBaseTransport):
        async def aclose(self) -> None:
            closed.append(True)

    await ProbeTransport(Inner()).aclose()
    await open_transport(COMMON).aclose()

    assert [True] == closed
