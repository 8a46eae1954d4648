"""`extra`: a read-only mapping, shared while it is empty."""

from __future__ import annotations

import copy
import json
import pickle
from typing import Any

import attrs
import orjson
import pytest

from neon_async import structure
from neon_async.models import Address, Contact, IdName, IndividualAccount, MergeHistory, PageInfo

ODD = {"dob": "0000-00-00", "new": {"deep": [1]}}
CHANGES: list[tuple[str, tuple[Any, ...]]] = [
    ("__setitem__", ("x", 1)),
    ("__delitem__", ("new",)),
    ("__ior__", ({"x": 1},)),
    ("clear", ()),
    ("pop", ("new",)),
    ("popitem", ()),
    ("setdefault", ("x",)),
    ("update", ({"x": 1},)),
]
RECORDS = [
    structure(ODD, Contact),
    Contact(extra=ODD),
    Contact(),
    structure({"id": "1", "new": 1}, IdName),
    IdName("1"),
    PageInfo(1, 2, 3, 4, extra=ODD),
    MergeHistory(1, 2, extra=ODD),
]


@pytest.mark.parametrize("record", RECORDS, ids=repr)
@pytest.mark.parametrize(("method", "arguments"), CHANGES)
def test_extra_can_not_be_changed(record: Any, method: str, arguments: tuple[Any, ...]) -> None:
    """What is kept beside the attributes is shared, and nothing that is sent."""
    before = dict(record.extra)

    with pytest.raises(TypeError, match=r"extra is read-only; attrs.evolve\(record, extra=...\)"):
        getattr(record.extra, method)(*arguments)

    assert before == record.extra


@pytest.mark.parametrize("record", RECORDS, ids=repr)
def test_records_travel(record: Any) -> None:
    """A record is copied, pickled and evolved like anything else, its `extra` included."""
    twins = [
        copy.copy(record),
        copy.deepcopy(record),
        pickle.loads(pickle.dumps(record)),  # noqa: S301 - our own bytes
        attrs.evolve(record),
    ]

    assert [record] * 4 == twins
    assert [type(record.extra)] * 4 == [type(twin.extra) for twin in twins]
    if not record.extra:
        assert all(twin.extra is record.extra for twin in twins)


def test_deep_copies_share_nothing() -> None:
    """A deep copy has what is nested in `extra` for its own."""
    contact = Contact(extra=ODD)

    assert copy.copy(contact).extra["new"] is contact.extra["new"]
    assert copy.deepcopy(contact).extra["new"] is not contact.extra["new"]


def test_extra_is_a_dict_for_serializers() -> None:
    """JSON can be made of it as of any dict, and a copy can be changed."""
    extra = Contact(extra=ODD).extra

    assert ODD == json.loads(json.dumps(extra)) == orjson.loads(orjson.dumps(extra))
    assert {**ODD, "x": 1} == {**extra, "x": 1}
    assert "{}" == json.dumps(Contact().extra)
    assert {"extra": ODD}.items() <= attrs.asdict(Contact(extra=ODD)).items()


def test_given_mapping_is_not_kept() -> None:
    """What is given may be changed afterwards without the record."""
    given: dict[str, Any] = dict(ODD)
    contact = Contact(extra=given)
    given["x"] = 1

    assert ODD == contact.extra
    assert contact.extra is attrs.evolve(contact, dob=None).extra


def test_extra_counts_in_comparisons() -> None:
    """Records that differ in what was kept differ; those of other classes are never equal."""
    assert Contact(extra=ODD) == Contact(extra=dict(ODD))
    assert Contact(extra=ODD) != Contact()
    assert Contact() != Address()
    assert Contact().__eq__(object()) is NotImplemented


@pytest.mark.parametrize("cls", [Contact, IndividualAccount])
def test_records_that_can_change_have_no_hash(cls: type[Any]) -> None:
    """What may change can't be a key; what can't change may be one, whatever its `extra`."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(cls())

    assert hash(IdName("1")) == hash(IdName("1", extra=ODD))


def test_pairs_differ_by_their_extra() -> None:
    """An odd half makes another pair."""
    odd = structure({"id": True, "name": "x"}, IdName)

    assert odd != IdName(name="x")
    assert attrs.evolve(odd, id="1") == IdName("1", "x")
    assert ("id",) == odd.oddities
