"""Generated structuring functions: the same as the slow way, only faster."""

from __future__ import annotations

import copy
import functools
import pprint
import traceback
from typing import Any

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neon_async import models, structure
from neon_async._wire.converter import converter
from neon_async._wire.scalars import StructureError
from neon_async.models import (
    AccountsPage,
    ActivitiesPage,
    Address,
    Contact,
    IdName,
    IndividualAccount,
    Model,
)
from tests.support import samples, strategies

GENERATED = [
    models.Activity,
    models.Address,
    models.ConsentInformation,
    models.Contact,
    models.CustomFieldData,
    models.IndividualAccount,
    models.Login,
    models.OrganizationAccount,
]
PAYLOADS = [
    (samples.payload("syncAccounts"), AccountsPage),
    (samples.payload("syncActivities"), ActivitiesPage),
]
WEIRD: st.SearchStrategy[Any] = strategies.json | st.sampled_from(
    ["", {}, [], None, "7", " 8 ", 9, True, "true", "Home", "WORK", "2013-01-24", "2013-W04-4",
     "20130124", "2013-13-01", "2013-01-24-06:00", "2013-01-24T03:46:28.060", "2013-01-24T03:46Z",
     "2013-01-24T03:46:28.060-06:00", {"id": "1", "name": "x"}, {"id": 1, "name": "x"},
     {"code": "F", "name": None}, {"id": []}, {"address": {}}, {"address": [{}], "more": 1},
     {"address": [[{}], 5], "more": 1}, "0000-00-00", "20014-01-01", "\ud83d", 2**53 + 1, 2**63]
)  # fmt: skip


def outcome(payload: Any, cls: type[Any], **options: bool) -> str:
    """What comes of a payload, as text: it may hold NaN, and unknown fields in any order."""
    before = repr(payload)
    try:
        made = converter(**options).structure(payload, cls)
    except StructureError as mismatch:
        return f"{mismatch} at {mismatch.path}"
    assert before == repr(payload)
    return pprint.pformat(attrs.asdict(made))


def name(cls: type[Any]) -> str:
    return cls.__name__


@pytest.mark.parametrize("cls", GENERATED, ids=name)
def test_the_models_of_bulk_pulls_are_generated(cls: type[Any]) -> None:
    """What a page holds two hundred times is not left to the slow way."""
    made, slow = (converter(generated=fast).get_structure_hook(cls) for fast in (True, False))

    assert (f"structure_{cls.__name__}", "structure_slow") == (made.__name__, slow.__name__)


@functools.cache
def payloads(cls: type[Any]) -> st.SearchStrategy[dict[str, Any]]:
    known = [strategies.camel(field.name) for field, _ in strategies.fields_of(cls)]
    return st.dictionaries(st.sampled_from(known) | st.text(max_size=3), WEIRD)


@pytest.mark.parametrize("cls", GENERATED, ids=name)
@given(data=st.data())
def test_any_object_gives_the_same(cls: type[Any], data: st.DataObject) -> None:
    """Generated code and the slow way agree, whatever stands in whatever field."""
    model: Any = cls
    payload = data.draw(payloads(model))

    expected = outcome(payload, cls, generated=False)

    assert expected == outcome(payload, cls, generated=True)


@given(payload=st.dictionaries(st.sampled_from(["city", "zipCode", "x"]), strategies.text))
def test_unchecked_code_gives_the_same(payload: dict[str, str]) -> None:
    """Text that orjson has read needs no look for half of a surrogate pair."""
    assert outcome(payload, Address) == outcome(payload, Address, checked=False)


@given(data=st.data())
def test_any_change_to_a_page_gives_the_same(data: st.DataObject) -> None:
    """They agree on the pages of the reference with one value replaced, anywhere in it."""
    sample, cls = data.draw(st.sampled_from(PAYLOADS))
    payload = copy.deepcopy(sample)
    here: Any = payload
    while True:
        key = data.draw(st.sampled_from(list(here) if isinstance(here, dict) else range(len(here))))
        if not here[key] or not isinstance(here[key], (dict, list)) or data.draw(st.booleans()):
            break
        here = here[key]
    here[key] = data.draw(WEIRD)

    expected = outcome(payload, cls, generated=False)

    assert expected == outcome(payload, cls, generated=True)


def test_subclasses_of_dict_are_objects() -> None:
    """A payload need not come from a JSON parser."""

    class Own(dict[str, Any]):
        pass

    account = structure(Own(primaryContact=Own(firstName="Eagan")), IndividualAccount)

    assert IndividualAccount(primary_contact=Contact(first_name="Eagan")) == account


def test_objects_share_an_extra_while_it_is_empty() -> None:
    """One empty mapping serves all records, since none can put anything into it."""
    one, two = (structure({}, Address) for _ in range(2))

    assert one.extra is two.extra is Address().extra


def test_tracebacks_show_generated_lines() -> None:
    """A generated line can be read where an error happened in it."""
    with pytest.raises(StructureError) as raised:
        converter().structure([], IndividualAccount)

    lines = [frame.line for frame in traceback.extract_tb(raised.tb)]

    assert "return structure_slow(value, _)" in lines


@attrs.define(kw_only=True)
class Shouting(Address):
    """A user's own model, which does something when it is made."""

    def __attrs_post_init__(self) -> None:
        self.city = (self.city or "").upper()


@attrs.frozen(kw_only=True)
class Fixed(Model):
    """A user's own model that can't be changed."""

    city: str | None = None
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any])


def stripped(text: str | None) -> str | None:
    return text and text.strip()


@attrs.define(kw_only=True)
class Stripping(Model):
    """A user's own model with a converter."""

    city: str | None = attrs.field(default=None, converter=stripped)
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any])


@attrs.define(kw_only=True)
class Listing(Model):
    """A user's own model with a list that is never None, and one of numbers."""

    ids: list[int] | None = attrs.field(default=None, metadata={"item": "id"})
    types: list[IdName] = attrs.field(factory=list[IdName], metadata={"item": "type"})
    extra: dict[str, Any] = attrs.field(factory=dict[str, Any])


@pytest.mark.parametrize(
    ("cls", "payload", "expected"),
    [
        (Shouting, {"city": "Akron"}, {"city": "AKRON"}),
        (Fixed, {"city": "Akron"}, {"city": "Akron"}),
        (Stripping, {"city": " Akron "}, {"city": "Akron"}),
        (Listing, {"ids": {"id": ["1"]}}, {"ids": [1], "types": []}),
    ],
)
def test_own_models(cls: type[Any], payload: Any, expected: dict[str, Any]) -> None:
    """Models that do more than store what they are given are made by their constructor."""
    assert cls(**expected) == structure(payload, cls)
