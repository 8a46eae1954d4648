"""`neon-async pull --format parquet` and `--format arrow`: typed tables that lose nothing."""

import errno
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import orjson
import pexpect
import pytest

from neon_async import (
    Account,
    Activity,
    Address,
    Contact,
    CustomFieldData,
    IdName,
    IndividualAccount,
    OrganizationAccount,
    structure,
)
from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._formats.output import Kept
from neon_async.cli._main import run
from neon_async.emulator import Emulator
from neon_async.warehouse import tables as warehouse_tables

pa = pytest.importorskip("pyarrow", reason="pyarrow has no wheel for this Python")
pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow has no wheel for this Python")
arrow = pytest.importorskip("neon_async.cli._formats.arrow", reason="pyarrow is missing")

FORMS = ["parquet", "arrow"]
PULL = ["pull", "accounts", "--from", "1990-01-01Z"]


def read(path: Path) -> Any:
    """Read a whole table, which fails unless the file is valid."""
    if path.suffix == ".parquet":
        return pq.read_table(path)
    with pa.ipc.open_file(path) as reader:
        return reader.read_all()


def present(path: Path) -> list[dict[str, Any]]:
    rows = read(path).to_pylist()
    return [{name: cell for name, cell in row.items() if cell is not None} for row in rows]


MIDNIGHT = datetime(2026, 1, 31, tzinfo=UTC)
PERSON = IndividualAccount(
    account_id=1,
    last_modified_date_time=MIDNIGHT,
    no_solicitation=False,
    source=IdName("1", "Web"),
    individual_types=[IdName("2")],
    custom_field_data_list=[CustomFieldData(field_id="7", field_value="=1+1")],
    primary_contact=Contact(
        dob=date(1990, 2, 3),
        addresses=[
            Address(address_id=5, city="Exampleton", extra={"new": [1]}),
            Address(start_date=date(2020, 1, 1), country=IdName("1")),
        ],
        extra={"new": {"deep": [1]}},
    ),
    extra={"top": None},
)
RECORDS: list[Account] = [PERSON, OrganizationAccount(account_id=2, primary_contact=Contact())]


@pytest.mark.parametrize("form", FORMS)
def test_records_are_flat_and_typed(form: Any, tmp_path: Path) -> None:
    """Each value is in the column of its path, lists have own rows, and nothing is lost."""
    output = tmp_path / f"accounts.{form}"
    tables = arrow.TableOutput.begin("accounts", output, form)
    tables.write(RECORDS)
    tables.write([OrganizationAccount(account_id=3)])
    tables.finish()

    first, *others = present(output)
    assert orjson.loads(first.pop("individualTypes")) == [{"id": "2"}]
    assert orjson.loads(first.pop("extra")) == {"top": None, "primaryContact.new": {"deep": [1]}}
    assert first == {
        "kind": "individual",
        "accountId": 1,
        "lastModifiedDateTime": MIDNIGHT,
        "noSolicitation": False,
        "source.id": "1",
        "source.name": "Web",
        "primaryContact.dob": date(1990, 2, 3),
    }
    assert [{"kind": "organization", "accountId": number} for number in (2, 3)] == others
    home = {"accountId": 1, "position": 0, "addressId": 5, "city": "Exampleton"}
    second = {"accountId": 1, "position": 1, "startDate": date(2020, 1, 1), "country.id": "1"}
    addresses = present(tmp_path / f"accounts.addresses.{form}")
    assert [home | {"extra": '{"new":[1]}'}, second] == addresses
    value = {"accountId": 1, "position": 0, "fieldId": "7", "fieldValue": "=1+1"}
    assert [value] == present(tmp_path / f"accounts.custom_fields.{form}")


@pytest.mark.parametrize("form", FORMS)
def test_odd_values_are_in_no_typed_column(form: Any, tmp_path: Path) -> None:
    """What does not fit its column stands in `extra`, under its path and as it came."""
    odd = {
        "primaryContact.dob": "0000-00-00",
        "primaryContact.firstName": "M\ud83d",
        "primaryContact.contactId": 2**63,
        "createdDateTime": 2**70,
        "source": "Web",
        "customFieldDataList": {"customFieldData": ["x"]},
    }
    address = {"city": "Akron", "startDate": "soon"}
    contact = {
        "dob": "0000-00-00",
        "firstName": "M\ud83d",
        "contactId": 2**63,
        "addresses": {"address": [address]},
    }
    rest = {name: value for name, value in odd.items() if "." not in name}
    output = tmp_path / f"accounts.{form}"
    tables = arrow.TableOutput.begin("accounts", output, form)
    tables.write([structure({"accountId": 1, "primaryContact": contact} | rest, IndividualAccount)])
    tables.finish()

    (row,) = present(output)
    assert odd == json.loads(row.pop("extra"))
    assert {"kind": "individual", "accountId": 1} == row
    child = {"accountId": 1, "position": 0, "city": "Akron", "extra": '{"startDate":"soon"}'}
    assert [child] == present(tmp_path / f"accounts.addresses.{form}")
    assert [] == present(tmp_path / f"accounts.custom_fields.{form}")


@pytest.mark.parametrize("form", FORMS)
def test_columns_have_types(form: Any, tmp_path: Path) -> None:
    """Times have a zone, dates are dates, ids integers, and the rest is text, without any row."""
    output = tmp_path / f"accounts.{form}"
    arrow.TableOutput.begin("accounts", output, form).finish()

    schema = read(output).schema
    assert arrow.schema(warehouse_tables.ACCOUNTS) == schema
    assert schema.field("lastModifiedDateTime").type == pa.timestamp("us", tz="UTC")
    assert schema.field("primaryContact.dob").type == pa.date32()
    assert schema.field("accountId").type == pa.int64()
    assert schema.field("noSolicitation").type == pa.bool_()
    assert schema.field("primaryContact.phone1Type").type == pa.string()
    assert schema.field("organizationTypes").type == pa.string()


@pytest.mark.parametrize("form", FORMS)
def test_row_groups(form: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages are gathered into row groups, and only what is not yet one is kept in memory."""
    monkeypatch.setattr(arrow, "_ROW_GROUP", 20)
    output = tmp_path / f"activities.{form}"
    tables = arrow.TableOutput.begin("activities", output, form)
    for page in range(5):
        tables.write([Activity(activity_id=10 * page + number) for number in range(10)])
    tables.finish()

    if form == "parquet":
        file = pq.ParquetFile(output)
        sizes = [file.metadata.row_group(index).num_rows for index in range(file.num_row_groups)]
    else:
        with pa.ipc.open_file(output) as reader:
            sizes = [reader.get_batch(index).num_rows for index in range(reader.num_record_batches)]
    assert sizes == [20, 20, 10]
    assert read(output)["activityId"].to_pylist() == [*range(50)]


def fill(tables: Any) -> None:
    """Write pages until no more fits."""
    for page in range(1_000):
        contact = Contact(email1=f"{page}" * 200, addresses=[Address(city=f"{page}" * 200)])
        tables.write(
            [
                IndividualAccount(account_id=10 * page + number, primary_contact=contact)
                for number in range(10)
            ]
        )


@pytest.mark.parametrize("form", FORMS)
def test_full_disk_leaves_what_fits(
    form: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit_file_size: Callable[[int], None],
) -> None:
    """What there was room for can be read, with the same pages in all tables."""
    monkeypatch.setattr(arrow, "_ROW_GROUP", 20)
    output = tmp_path / f"accounts.{form}"
    tables = arrow.TableOutput.begin("accounts", output, form)
    limit_file_size(200_000)
    with pytest.raises(OSError, match=re.escape(str(output))):
        fill(tables)
    tables.leave()
    kept = tables.keep()

    assert Kept(str(output), kept.pages, 10 * kept.pages, appendable=False) == kept
    assert kept.pages % 2 == 0 < kept.pages
    addresses = read(tmp_path / f"accounts.addresses.{form}")["accountId"].to_pylist()
    assert read(output)["accountId"].to_pylist() == addresses == [*range(kept.records)]
    assert len([*tmp_path.iterdir()]) == 3


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("reason", [errno.EOPNOTSUPP, None])
def test_systems_that_reserve_nothing(
    form: Any,
    reason: int | None,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    limit_file_size: Callable[[int], None],
) -> None:
    """Where no room can be reserved, a full disk leaves no file, and never one that is damaged."""

    def refuse(*_: int) -> None:
        raise OSError(reason, "")

    monkeypatch.setattr(arrow, "_ROW_GROUP", 20)
    monkeypatch.setattr(os, "posix_fallocate", refuse)
    if reason is None:
        monkeypatch.delattr(os, "posix_fallocate")
    output = tmp_path / f"accounts.{form}"
    limit_file_size(50_000)
    tables = arrow.TableOutput.begin("accounts", output, form)
    with pytest.raises(OSError, match=re.escape(str(output))):
        fill(tables)

    assert Kept() == tables.keep()
    assert [] == [*tmp_path.iterdir()]


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator in this process, which the command talks to instead of the network."""
    made = Emulator(accounts=30, activities=5)
    monkeypatch.setattr(_connection, "make_client", made.client)
    return made


@pytest.mark.parametrize("form", FORMS)
def test_pull(form: str, emulator: Emulator, tmp_path: Path) -> None:
    """A pull has every record once, with the addresses beside it."""
    file = tmp_path / f"accounts.{form}"

    assert Exit.OK == run([*PULL, f"--format={form}", "--page-size=10", f"--output={file}"])

    assert emulator.account_ids() == sorted(read(file)["accountId"].to_pylist())
    accounts = [emulator.account(account_id) or {} for account_id in emulator.account_ids()]
    addresses = sum(len(one["primaryContact"]["addresses"]["address"]) for one in accounts)
    assert addresses == read(file.with_stem("accounts.addresses")).num_rows > 0
    fields = sum(len(one["customFieldDataList"]["customFieldData"]) for one in accounts)
    assert fields == read(file.with_stem("accounts.custom_fields")).num_rows > 0


def test_pull_activities(emulator: Emulator, tmp_path: Path) -> None:
    """Activities are a table, with their custom fields beside it."""
    number = emulator.create_activity(
        clientId=10_002,
        customFieldDataList={"customFieldData": [{"fieldId": "70", "fieldOptionId": "71"}]},
    )
    file = tmp_path / "activities.parquet"

    asked = ["pull", "activities", "--format=parquet", "--from", "1990-01-01Z", f"-o={file}"]
    assert Exit.OK == run(asked)

    fields = file.with_stem("activities.custom_fields")
    assert {file, fields} == {*tmp_path.iterdir()}
    assert read(file).num_rows == 6
    by_id = {row["activityId"]: row for row in read(file).to_pylist()}
    assert 10_002 == by_id[number]["clientId"]
    rows = [row for row in read(fields).to_pylist() if row["activityId"] == number]
    expected = {"activityId": number, "position": 0, "fieldId": "70", "fieldOptionId": "71"}
    assert [{**expected, "fieldValue": None, "extra": None}] == rows


@pytest.mark.parametrize(
    ("options", "said"), [([], "stdout"), (["--append", "--output=x.parquet"], "appended")]
)
@pytest.mark.usefixtures("emulator")
def test_what_can_not_be_is_refused(
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A table needs a file of its own, which is said before anything is opened."""
    monkeypatch.chdir(tmp_path)

    assert Exit.USAGE == run([*PULL, "--format=parquet", *options])

    assert said in capsys.readouterr().err
    assert [] == [*tmp_path.iterdir()]


def test_failure_leaves_valid_files(
    emulator: Emulator, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What was whole when a pull failed can be read, and the hint names another file."""
    file = tmp_path / "accounts.parquet"
    emulator.fail_next(2, method="syncAccounts", delay=0.0)
    emulator.fail_next(method="syncAccounts", code=5)
    asked = [*PULL, "--format=parquet", "--page-size=10", "--concurrency=1"]

    assert Exit.FAILED == run([*asked, f"--output={file}"])

    assert read(file).num_rows == 20
    rest = tmp_path / "accounts.from-page-3.parquet"
    said = capsys.readouterr().err
    assert f"20 records were written to {file}, in whole pages" in said
    (command,) = re.findall(r"^to resume: neon-async (.*)$", said, flags=re.MULTILINE)
    assert command.endswith(f"--output {rest} --start-page 3")

    assert Exit.OK == run(shlex.split(command))
    ids = pa.concat_tables([read(file), read(rest)])["accountId"].to_pylist()
    assert emulator.account_ids() == sorted(ids)


def test_ctrl_c_leaves_valid_files(slow: dict[str, str], tmp_path: Path) -> None:
    """Ctrl-C closes the files, which have the records that the hint counts."""
    file = tmp_path / "accounts.parquet"
    command = ["-m", "neon_async.cli", *PULL, "--format=parquet", "--page-size=50"]
    child = pexpect.spawn(
        sys.executable,
        [*command, "--concurrency=1", f"--output={file}"],
        env={**os.environ, **slow, "TERM": "xterm", "COLUMNS": "100", "NO_COLOR": "1"},
        encoding="utf-8",
        timeout=30,
    )
    child.expect(r"[2-9]/40 pages")
    child.sendintr()
    child.expect(r"interrupted\r\n([\d,]+) records were written.*--start-page (\d+)\r\n")
    assert isinstance(child.match, re.Match)
    written, page = (int(found.replace(",", "")) for found in child.match.groups())
    child.expect(pexpect.EOF)
    child.close()

    assert child.exitstatus == Exit.INTERRUPTED
    assert written == read(file).num_rows == 50 * (page - 1)
    assert read(tmp_path / "accounts.addresses.parquet").num_rows > 0


@pytest.mark.parametrize(
    ("module", "code", "said"),
    [
        ("pyarrow", Exit.USAGE, "neon-async: pyarrow is missing: python -m pip install"),
        ("neon_async.warehouse.tables", Exit.FAILED, "Traceback"),
    ],
)
def test_missing_extra(module: str, code: Exit, said: str, tmp_path: Path) -> None:
    """Without the extra, the command says how to install it; what no extra brings is a defect."""
    program = f"import sys; sys.modules[{module!r}] = None; from neon_async.cli import main; main()"
    asked = [*PULL, "--format=arrow", f"--output={tmp_path / 'accounts.arrow'}"]
    done = subprocess.run(
        [sys.executable, "-c", program, *asked], capture_output=True, check=False, text=True
    )

    assert code == done.returncode
    assert said in done.stderr
    assert [] == [*tmp_path.iterdir()]


@pytest.mark.parametrize("form", FORMS)
def test_file_that_cannot_be_opened(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, served: dict[str, str]
) -> None:
    """A failure between the files of one pull is named by its file, and leaves none of them."""
    opened: list[str] = []
    original = arrow._Sink.open

    def open_(file: Any, *rest: Any) -> Any:
        opened.append(str(file))
        if len(opened) == 2:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return original(file, *rest)

    monkeypatch.setattr(arrow._Sink, "open", open_)
    for name, value in served.items():
        monkeypatch.setenv(name, value)

    code = run([*PULL, "--format", form, "--output", str(tmp_path / f"accounts.{form}")])

    assert Exit.OK != code
    assert 2 == len(opened)
    assert [] == list(tmp_path.iterdir())
