"""Models to bytes, compared with the dictionaries that `unstructure` makes of them."""

from __future__ import annotations

import copy
import dataclasses
import enum
import operator
import pickle
import uuid
from collections import deque
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neon_async import structure, unstructure
from neon_async._wire import json_bytes
from neon_async._wire.json_bytes import dump_json, dump_lines, dump_list, to_json
from neon_async.models import (
    Address,
    CodeName,
    Contact,
    IdName,
    IndividualAccount,
    PhoneType,
    SearchPage,
    SearchRow,
)
from tests.support import strategies
from tests.support.strategies import MODEL_CLASSES

json_in_slot = operator.attrgetter("_json")


class _Text(str):
    __slots__ = ()


class _Number(int):
    __slots__ = ()


class _Moment(datetime):
    pass


class _Color(enum.Enum):
    RED = datetime(2014, 1, 10, tzinfo=UTC)
    BLUE = "blue"


@dataclasses.dataclass
class _Point:
    x: int = 1
    _y: int = 2


@attrs.define(eq=False)
class _Villa(Address):
    pool: str | None = None
    rooms: dict[str, int] | None = None
    colors: list[str | None] | None = None


ODD: list[Any] = [
    _Text("text"), "half \ud800", 'line\n"quoted" \\', "Müller", _Number(7), 7, 2**64, 1.5,
    float("nan"), True, PhoneType.HOME, _Color.BLUE, _Color.RED, _Point(), Decimal(1),
    uuid.UUID(int=7),
    {PhoneType.HOME: 1}, {_Text("key"): 1}, {1: 2}, {"day": date(2014, 1, 10)}, (1, "a"),
    [datetime(2014, 1, 10, tzinfo=UTC)], [], ["a", None], {1}, b"bytes", deque([1]), time(1),
    date(2014, 1, 10), date(1, 1, 1), _Moment(2014, 1, 10, tzinfo=UTC), object,
    datetime(2014, 1, 10, 1, 2, 3, 4, tzinfo=ZoneInfo("America/New_York")),
    datetime(2014, 1, 10, 1, 2, 3, 4000),  # noqa: DTZ001 - a naive one
    IdName("1", "A"), CodeName("C", None, extra={"day": date(2014, 1, 10)}), IdName(_Text("x")),
    Address(city="A"), [Address(city="A")], (Address(city="A"),), [Address(), "B", None],
    [_Villa(city="A", pool="B", rooms={"kitchen": 1}, colors=["red"])],
    SearchRow(1, (("a", "b"),)),
    orjson.Fragment(b"[1]"),
]  # fmt: skip


def outcome(function: Any, value: Any) -> Any:
    """Return the bytes, or the class and the words of the error."""
    try:
        return function(value)
    except (TypeError, ValueError) as error:
        return type(error), str(error)


def by_dictionaries(model: Any) -> bytes:
    return orjson.dumps(unstructure(model))


@pytest.mark.parametrize(
    "cls",
    [*(cls for cls in MODEL_CLASSES if cls is not SearchPage), _Villa],
    ids=lambda cls: cls.__name__,
)
@settings(max_examples=25)
@given(data=st.data())
def test_each_model(cls: type[Any], data: st.DataObject) -> None:
    """Whatever stands in its attributes, bytes and errors are those of the dictionaries."""
    names = [field.name for field in attrs.fields(cls) if field.init and field.name != "unreadable"]
    values = data.draw(st.dictionaries(st.sampled_from(names), st.sampled_from(ODD), max_size=3))
    if "extra" in values:
        values["extra"] = {"first": values["extra"], "city": 7}
    model = _Villa() if cls is _Villa else data.draw(strategies.models(cls))
    for name, value in values.items():
        object.__setattr__(model, name, value)

    expected = outcome(by_dictionaries, model)

    assert [expected] * 2 == [outcome(dump_json, model), outcome(dump_json, model)]


@pytest.mark.parametrize("value", ODD, ids=lambda value: type(value).__name__)
@pytest.mark.parametrize("name", ["city", "address_id", "is_primary_address", "start_date",
                                  "state", "country"])  # fmt: skip
def test_values_of_unusual_classes(name: str, value: object) -> None:
    """So it is for each value in each kind of attribute."""
    address = Address()
    setattr(address, name, value)

    assert outcome(by_dictionaries, address) == outcome(dump_json, address)


@pytest.mark.parametrize(
    "addresses", [[], [Address()], [Address(), Address(city="A")], [_Villa()], ["A", Address()]]
)
def test_lists(addresses: Any) -> None:
    """A list has none, one or more elements, which may be of any class."""
    contact = Contact(addresses=addresses)

    assert outcome(by_dictionaries, contact) == outcome(dump_json, contact)


def test_a_reference_remembers_its_json() -> None:
    """References are shared by many records, and their JSON is made once."""
    payload = {"id": "7", "name": "Alaska"}
    accounts = [
        structure({"source": payload, "individualTypes": {"individualType": [payload]}},
                  IndividualAccount)
        for _ in range(2)
    ]  # fmt: skip

    lines = dump_lines(accounts)

    assert b"".join(by_dictionaries(account) + b"\n" for account in accounts) == lines
    assert json_in_slot(accounts[0].source) is json_in_slot(accounts[1].source)


def test_what_is_remembered_stays_where_it_is() -> None:
    """JSON is neither copied, pickled nor compared, and that of another reference is another."""
    source = IdName("1", "A")
    account = IndividualAccount(source=source)
    before = dump_json(account)
    twins = [copy.copy(source), copy.deepcopy(source), pickle.loads(pickle.dumps(source))]  # noqa: S301

    assert [source] * 3 == twins
    assert [False] * 3 == [hasattr(twin, "_json") for twin in twins]
    assert before != dump_json(IndividualAccount(source=attrs.evolve(source, name="B")))


def test_an_extra_is_not_remembered() -> None:
    """What stands in the `extra` of a reference may change."""
    values: list[int] = []
    account = IndividualAccount(source=IdName("1", "A", extra={"values": values}))
    first = dump_json(account)
    values.append(7)

    assert b'{"source":{"id":"1","name":"A","values":[]}}' == first
    assert b'{"source":{"id":"1","name":"A","values":[7]}}' == dump_json(account)


def test_fields_of_any_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class of the caller's own may have fields of types that no model here has."""
    monkeypatch.setattr(json_bytes, "unstructure", pytest.fail)
    villa = _Villa(city="A", rooms={"kitchen": 1}, colors=["red", None])

    assert b'{"city":"A","rooms":{"kitchen":1},"colors":["red",null]}' == dump_json(villa)


def test_search_results() -> None:
    """A page whose rows are no models of this kind goes the usual way."""
    page = SearchPage(rows=[row := SearchRow(1, (("Account ID", "1"),))])

    assert b'{"rows":[{"Account ID":"1"}]}' == dump_json(page)
    assert b'{"Account ID":"1"}\n' == dump_lines([row])


def test_models_inside_of_other_values() -> None:
    """A document may hold models, and the errors are those of the dictionaries."""
    address, odd = Address(city="A"), Address(city=Decimal(1))  # type: ignore[arg-type]

    assert b'{"list":[{"city":"A"},{"a":"b"}]}' == orjson.dumps(
        {"list": [address, SearchRow(1, (("a", "b"),))]}, default=to_json
    )
    with pytest.raises(orjson.JSONEncodeError):
        orjson.dumps([odd], default=to_json)


def test_lines_of_unusual_values() -> None:
    """A line with a value of an unusual class is as it should be, and so are its neighbours."""
    addresses = [Address(city="A"), Address(city=_Text("B")), Address(city="C")]

    assert b'{"city":"A"}\n{"city":"B"}\n{"city":"C"}\n' == dump_lines(addresses)


def test_no_lines() -> None:
    """No records are no lines."""
    assert b"" == dump_lines([])


def test_arrays() -> None:
    """A list is one array, of references too, and one odd value in it changes nothing else."""
    addresses = [Address(city="A"), Address(start_date=date(2014, 1, 10))]
    types = [IdName("1", "A"), IdName("2", extra={"more": 1})]
    odd = [*addresses, Address(city=_Color.BLUE)]  # type: ignore[arg-type]

    for models in (addresses, types, odd, []):
        assert orjson.dumps([unstructure(model) for model in models]) == dump_list(models)
