"""JSON as the commands write it."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import orjson
import pytest

from neon_async import Activity, IdName, Upserted, structure, unstructure
from neon_async.cli._formats.output import ndjson
from neon_async.cli._formats.terminal_table import say
from neon_async.cli._journal import line

# Half of a surrogate pair, and more digits than a number of 64 bits has.
ODD = {"activityId": 7, "subject": "M\ud83d", "startDateTime": 10**30, "note": "ü"}


def test_odd_values_are_written() -> None:
    """What orjson refuses is written all the same, and comes back from any JSON parser."""
    activity = structure(ODD, Activity)
    with pytest.raises(orjson.JSONEncodeError):
        orjson.dumps(unstructure(activity))

    written = ndjson([activity, Activity(activity_id=8)])

    assert [ODD, {"activityId": 8}] == [json.loads(record) for record in written.splitlines()]
    assert ODD == json.loads(line(Upserted(activity)))["record"]


def test_values_of_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """An answer's models and times are JSON, also beside an odd value."""
    say({"one": IdName("1"), "at": datetime(2014, 1, 1, tzinfo=UTC)})
    say({"one": IdName("1"), "at": datetime(2014, 1, 1, tzinfo=UTC), "odd": "\ud83d"})

    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert {"one": {"id": "1"}, "at": "2014-01-01T00:00:00+00:00"} == first
    assert {"one": {"id": "1"}, "at": "2014-01-01T00:00:00.000+00:00", "odd": "\ud83d"} == second
