"""Pairs that stand in many records are one object, and nobody can tell."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import attrs
import pytest

from neon_async import structure, unstructure
from neon_async._wire import interning
from neon_async.models import CodeName, IdName

IRAQ = {"id": "102", "name": "Iraq"}


@pytest.mark.parametrize(
    "payload", [IRAQ, {"id": 102, "name": "Iraq"}, {"name": "Iraq", "id": "102"}], ids=str
)
def test_same_halves_same_pair(payload: Any) -> None:
    """Pairs with the same halves are one object, in whatever generation they came."""
    pair = structure(payload, IdName)

    assert IdName("102", "Iraq") == pair
    assert pair is structure(dict(IRAQ), IdName)
    assert pair.is_server_value


@pytest.mark.parametrize("payload", [{}, {"id": "102"}, {"id": "102", "name": None}], ids=str)
def test_half_pairs_are_shared(payload: Any) -> None:
    """So are pairs that lack a half."""
    assert structure(payload, IdName) is structure(payload, IdName)
    assert IdName(payload.get("id")) == structure(payload, IdName)


def test_kinds_and_values_are_told_apart() -> None:
    """An id is not a code, and 1 is neither true nor the text of another number."""
    assert CodeName("1", "x") == structure({"code": "1", "name": "x"}, CodeName)
    assert IdName("1", "x") == structure({"id": 1, "name": "x"}, IdName)
    assert IdName(name="x", extra={"id": 1.0}) == structure({"id": 1.0, "name": "x"}, IdName)


def test_pairs_with_unknown_fields_are_not_shared() -> None:
    """What one reply holds beyond the halves stays with that reply."""
    one, two = (structure({**IRAQ, "label": label}, IdName) for label in ("a", "b"))

    assert ({"label": "a"}, {"label": "b"}) == (one.extra, two.extra)
    assert {} == structure(dict(IRAQ), IdName).extra


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server can't fill the memory by sending ever new pairs, or long ones."""
    monkeypatch.setattr(interning, "_MOST_PAIRS", 2)
    made: list[Any] = []

    def make(value: Any, _: Any) -> IdName:
        made.append(value)
        return IdName(**value)

    structure_pair = interning.intern_references(IdName, make)
    sent = [{"id": str(number), "name": "x"} for number in (1, 2, 1, 3, 1)]
    long = {"id": "1", "name": "x" * 1000}

    for pair in [*sent, long, long]:
        structure_pair(pair, None)

    assert [*sent[:2], *sent[3:], long, long] == made


def test_pairs_travel() -> None:
    """Pairs are copied, pickled and serialized like anything else."""
    pair = structure(dict(IRAQ), IdName)
    twins = [copy.copy(pair), copy.deepcopy(pair), pickle.loads(pickle.dumps(pair))]  # noqa: S301

    assert [pair] * 3 == twins
    assert all(twin.extra is pair.extra for twin in twins)
    assert IRAQ == unstructure(pair)
    assert "{}" == json.dumps(pair.extra)
    assert {**IRAQ, "extra": {}, "_is_server_value": True} == attrs.asdict(pair)
