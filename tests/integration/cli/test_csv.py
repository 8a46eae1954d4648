"""`neon-async pull --format csv`: flat rows that lose nothing and start no formula."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import attrs
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async import (
    Account,
    Activity,
    Contact,
    IdName,
    IndividualAccount,
    OrganizationAccount,
    structure,
)
from neon_async.cli import _connection
from neon_async.cli._exit_codes import Exit
from neon_async.cli._formats.csv import COLUMNS, cells, csv_lines, header
from neon_async.cli._main import run
from neon_async.emulator import Emulator
from neon_async.models import Model
from tests.support.strategies import models, usual

ACCOUNTS = models(IndividualAccount) | models(OrganizationAccount)
PULL = ["pull", "accounts", "--format", "csv", "--from", "1990-01-01Z"]


def rows(written: bytes) -> list[dict[str, str]]:
    """Read CSV, with an empty cell for what is missing left out."""
    found = csv.DictReader(io.StringIO(written.decode(), newline=""), strict=True)
    return [{name: cell for name, cell in row.items() if cell} for row in found]


def written(name: str, records: Sequence[Model]) -> list[dict[str, str]]:
    return rows(header(name) + csv_lines(records))


def test_records_are_flat() -> None:
    """Each value is in the column of its path, lists are JSON, and nothing is left out."""
    person = IndividualAccount(
        account_id=1,
        no_solicitation=False,
        source=IdName("1", "Web"),
        individual_types=[IdName("2")],
        primary_contact=Contact(first_name="Ada", extra={"new": {"deep": [1]}}),
    )
    organization = OrganizationAccount(account_id=2, organization_name='Example, "Fund"\nTwo')

    first, second = written("accounts", [person, organization])

    assert orjson.loads(first.pop("individualTypes")) == {"individualType": [{"id": "2"}]}
    assert orjson.loads(first.pop("extra")) == {"primaryContact.new.deep": [1]}
    expected = {
        "kind": "individual",
        "accountId": "1",
        "noSolicitation": "false",
        "source.id": "1",
        "source.name": "Web",
        "primaryContact.firstName": "Ada",
    }
    assert expected == first
    name = 'Example, "Fund"\nTwo'
    assert {"kind": "organization", "accountId": "2", "organizationName": name} == second
    assert [{"activityId": "3"}] == written("activities", [Activity(activity_id=3)])


def test_odd_values_are_in_no_typed_column() -> None:
    """What does not fit its column stands in `extra`, under its path and as it came."""
    payload = {
        "accountId": 1,
        "primaryContact": {"firstName": "M\ud83d", "lastName": "Boyd", "dob": {"year": 1988}},
        "source": {"id": True, "name": "Web"},
        "login": [5],
        "customFieldDataList": {"customFieldData": ["x"]},
    }

    (row,) = written("accounts", [structure(payload, IndividualAccount)])

    extra = {
        "primaryContact.firstName": "M\ud83d",
        "primaryContact.dob": {"year": 1988},
        "source.id": True,
        "login": [5],
        "customFieldDataList": {"customFieldData": ["x"]},
    }
    assert extra == json.loads(row.pop("extra"))
    expected = {"accountId": "1", "primaryContact.lastName": "Boyd", "source.name": "Web"}
    assert {"kind": "individual"} | expected == row


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "\n=1"])
def test_formulas_are_neutralised(text: str) -> None:
    """What would be a formula is text in a spreadsheet."""
    (row,) = written("activities", [Activity(subject=text, note=f"about {text}")])

    assert {"subject": f"'{text}", "note": f"about {text}"} == row


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Emulator:
    """An emulator in this process, which the command talks to instead of the network."""
    made = Emulator(accounts=30, activities=5)
    monkeypatch.setattr(_connection, "make_client", made.client)
    return made


def test_pull(emulator: Emulator, tmp_path: Path) -> None:
    """A pull in two parts has one header, and every record once."""
    file = tmp_path / "accounts.csv"
    part = [*PULL, "--page-size=10", f"--output={file}"]
    assert Exit.OK == run(part)
    whole = file.read_bytes()
    assert emulator.account_ids() == sorted(int(row["accountId"]) for row in rows(whole))

    assert Exit.OK == run([*part, "--start-page=3"])
    rest = file.read_bytes().removeprefix(header("accounts"))
    file.write_bytes(whole.removesuffix(rest))
    assert Exit.OK == run([*part, "--start-page=3", "--append"])
    assert whole == file.read_bytes()


@pytest.mark.usefixtures("emulator")
def test_pull_activities(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    """Activities have columns of their own."""
    assert Exit.OK == run(["pull", "activities", "--format=csv", "--from", "1990-01-01Z"])

    out = capfdbinary.readouterr().out
    assert len(rows(out)) == 5
    assert ",".join(COLUMNS["activities"]) == out.decode().splitlines()[0]


@given(st.lists(ACCOUNTS | ACCOUNTS.map(usual), max_size=3))
def test_lines_are_those_of_the_csv_module(accounts: list[Account]) -> None:
    """What is quoted without asking the csv module is quoted as it does."""
    expected = io.StringIO(newline="")
    csv.writer(expected).writerows(cells(account).values() for account in accounts)

    assert expected.getvalue().encode() == csv_lines(accounts)


@given(models(Activity))
def test_unknown_fields_change_no_other_cell(activity: Activity) -> None:
    """The cells of a usual record are those of one that goes the long way."""
    plain = usual(activity)
    marked = attrs.evolve(plain, extra={"unknown": 1})

    (row,) = written("activities", [plain])
    (long_way,) = written("activities", [marked])

    assert {**row, "extra": '{"unknown":1}'} == long_way
