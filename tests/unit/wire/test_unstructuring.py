"""Models to JSON by generated code, compared with the rule that it spells out."""

from __future__ import annotations

import copy
import traceback
from datetime import UTC, date, datetime
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async import IndividualAccount, structure, unstructure
from neon_async.models import (
    AccountsPage,
    Address,
    CodeName,
    Contact,
    CustomFieldData,
    IdName,
    Model,
    PhoneType,
    SearchPage,
)
from neon_async.models._base import extra_field
from neon_async.models._fields import wire_fields
from tests.support import samples, strategies
from tests.support.strategies import MODEL_CLASSES


def by_rule(value: object) -> Any:
    """Make JSON field by field, of a model whose `extra` has unknown names only."""
    if isinstance(value, (list, tuple)):
        return [by_rule(element) for element in value]
    if isinstance(value, PhoneType):
        return str(value)
    if isinstance(value, datetime):
        odd = value.microsecond % 1000
        return value.isoformat(timespec="microseconds" if odd else "milliseconds")
    if isinstance(value, date):
        return value.isoformat()
    if not isinstance(value, Model):
        return value
    extra: dict[str, Any] = getattr(value, "extra")  # noqa: B009
    out: dict[str, Any] = {}
    for field in wire_fields(type(value)):
        attribute = getattr(value, field.attribute)
        if attribute is not None:
            json = by_rule(attribute)
            out[field.wire] = json if field.item is None else {field.item: json}
    return out | extra


@pytest.mark.parametrize(
    "cls",
    [cls for cls in MODEL_CLASSES if cls is not SearchPage],
    ids=[cls.__name__ for cls in MODEL_CLASSES if cls is not SearchPage],
)
@given(data=st.data())
def test_each_model(cls: type[Any], data: st.DataObject) -> None:
    """Each attribute that is set stands under its wire name, in the documented order."""
    model = data.draw(strategies.models(cls))

    expected = by_rule(model)

    assert expected == unstructure(model)
    assert list(expected) == list(unstructure(model))


@attrs.define(eq=False)
class Villa(Address):
    """A class of the caller's own, with a field more."""

    pool: str | None = None
    rooms: dict[str, int] | None = None


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (Address(city=PhoneType.HOME), {"city": "HOME"}),
        (Address(city=7), {"city": 7}),  # type: ignore[arg-type]
        (Address(address_id=True), {"addressId": True}),
        (Address(start_date=datetime(2014, 1, 10, 15, 50, tzinfo=UTC)),
         {"startDate": "2014-01-10T15:50:00.000+00:00"}),
        (Contact(phone1_type="PAGER"), {"phone1Type": "PAGER"}),
        (Contact(gender="F"), {"gender": "F"}),  # type: ignore[arg-type]
        (Contact(gender=IdName(id="1")), {"gender": {"id": "1"}}),  # type: ignore[arg-type]
        (Contact(addresses=(Address(city="A"),)),  # type: ignore[arg-type]
         {"addresses": {"address": [{"city": "A"}]}}),
        (Contact(addresses=[Villa(city="A", pool="B"), "C"]),  # type: ignore[list-item]
         {"addresses": {"address": [{"city": "A", "pool": "B"}, "C"]}}),
        (Villa(city="A", pool="B"), {"city": "A", "pool": "B"}),
        (Villa(rooms={"kitchen": 1}), {"rooms": {"kitchen": 1}}),
        (CodeName(code="F"), {"code": "F"}),
        (CustomFieldData(field_value=date(2014, 1, 10)),  # type: ignore[arg-type]
         {"fieldValue": "2014-01-10"}),
    ],
)  # fmt: skip
def test_values_of_another_class(record: Model, expected: dict[str, Any]) -> None:
    """What the caller has put into an attribute goes out as its own class does."""
    assert expected == unstructure(record)


def test_results_are_not_shared() -> None:
    """A result may be changed: no other record's JSON has a part of it."""
    payload = samples.payload("syncAccounts")
    page = structure(payload, AccountsPage)
    first = unstructure(page)
    first["individualAccounts"]["individualAccount"][0]["primaryContact"].clear()

    assert payload == unstructure(page)


NUMBER: Any = int | None
TEXT: Any = str | None
Large: Any = attrs.make_class(
    "Large",
    {f"field{number}": attrs.field(type=NUMBER, default=None) for number in range(40)}
    | {"extra": extra_field()},
    bases=(Model,),
    eq=False,
)
Unusual: Any = attrs.make_class(
    "Unusual",
    {
        f"field{number}": attrs.field(type=TEXT, default=None, metadata={"wire": wire})
        for number, wire in enumerate(["plain", "class", "__dict__", "first-name", "\ufb01eld"])
    }
    | {"extra": extra_field()},
    bases=(Model,),
    eq=False,
)


@given(numbers=st.dictionaries(st.integers(0, 39), st.integers()))
def test_a_large_class(numbers: dict[int, int]) -> None:
    """A class may have more fields than the interpreter shares names of."""
    fields = {f"field{number}": value for number, value in numbers.items()}

    assert fields == unstructure(Large(**fields))


def test_unusual_names() -> None:
    """A name on the wire may be one that no attribute can have."""
    record = structure(payload := {"first-name": "A", "class": "B", "__dict__": "C",
                                   "plain": "D", "\ufb01eld": "E"}, Unusual)  # fmt: skip

    assert payload == unstructure(record)


def test_results_are_dictionaries() -> None:
    """A result may be copied, extended and cut down, and the next one is as it should be."""
    contact = Contact(first_name="A", last_name="B", email1="c@example.org", extra={"new": 1})
    json = unstructure(contact)
    assert type(json) is dict
    assert {**json} == json.copy() == copy.deepcopy(json)
    json["another"] = 2
    del json["firstName"]

    assert {"lastName": "B", "email1": "c@example.org", "new": 1, "another": 2} == json
    assert {"firstName": "A", "lastName": "B", "email1": "c@example.org", "new": 1} == unstructure(
        contact
    )


def test_a_traceback_shows_the_generated_line() -> None:
    """An error in a generated function says which attribute it was about."""

    class Unset:
        __class__ = property()  # pyright: ignore[reportIncompatibleMethodOverride]

    account = IndividualAccount(url=Unset())  # type: ignore[arg-type]

    with pytest.raises(AttributeError) as caught:
        unstructure(account)

    last = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert ("<generated unstructure_IndividualAccount>", "if value.__class__ is str:") == (
        last.filename,
        last.line,
    )
