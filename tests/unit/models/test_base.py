"""The models: what they hold beyond their fields."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest

from neon_async import models, structure
from neon_async.models import (
    AccountsPage,
    ActivitiesPage,
    Activity,
    CodeName,
    IdName,
    IndividualAccount,
    OrganizationAccount,
)
from neon_async.models._references import Reference
from tests.support.strategies import MODEL_CLASSES


def named(cls: type[Any]) -> str:
    return cls.__name__


@pytest.mark.parametrize("cls", MODEL_CLASSES, ids=named)
def test_slots(cls: type[Any]) -> None:
    """A misspelt attribute is refused, as every model has slots."""
    blank = structure(dict.fromkeys(required(cls), 1), cls)

    with pytest.raises(AttributeError):
        blank.adress = ""


def required(cls: type[Any]) -> list[str]:
    fields = [field for field in attrs.fields(cls) if field.default is attrs.NOTHING]
    return [structure_name(field.name) for field in fields]


def structure_name(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


@pytest.mark.parametrize("cls", MODEL_CLASSES, ids=named)
def test_everything_is_optional_and_unknown_fields_are_kept(cls: type[Any]) -> None:
    """But for the page block and the merge history, an object may come with nothing in it."""
    blank = structure(dict.fromkeys(required(cls), 1) | {"newField": [1]}, cls)

    assert {"newField": [1]} == blank.extra
    assert cls in {models.PageInfo, models.MergeHistory} or [] == required(cls)


def test_page_lists_both_kinds_of_account_in_order() -> None:
    """Individuals come before organizations, each in the order of the reply."""
    people = [IndividualAccount(account_id=3), IndividualAccount(account_id=1)]
    companies = [OrganizationAccount(account_id=2)]
    page = AccountsPage(
        individual_accounts=people, organization_accounts=companies, deleted_account_ids=[9]
    )

    assert [*people, *companies] == page.accounts == page.items
    assert [3, 1, 2] == page.keys
    assert [9] == page.deleted_ids


def test_a_record_without_an_id_is_its_own_key() -> None:
    """What tells records apart is the whole record where it has no id."""
    person, call = IndividualAccount(url="x"), Activity(subject="x")

    assert [person] == AccountsPage(individual_accounts=[person]).keys
    assert [call] == ActivitiesPage(activities=[call]).keys


def test_activities_page() -> None:
    """A page of activities lists them, their ids, and the deleted ones."""
    calls = [Activity(activity_id=2), Activity(activity_id=1)]
    page = ActivitiesPage(activities=calls, deleted_activity_ids=[8])

    assert (calls, [2, 1], [8]) == (page.items, page.keys, page.deleted_ids)


@pytest.mark.parametrize(
    ("cls", "halves"),
    [(IdName, ("1", "Iraq")), (IdName, (None, None)), (CodeName, ("F", None))],
)
def test_pairs(cls: type[IdName | CodeName], halves: tuple[str | None, str | None]) -> None:
    """A pair without either half is false, and may stand in sets and as a key."""
    pair = cls(*halves)

    assert halves == pair.key_and_name
    assert bool(pair) is (halves != (None, None))
    assert {pair} == {pair, cls(*halves)}


def test_pairs_of_different_kinds_differ() -> None:
    """An id is not a code, whatever they look like."""
    pairs: list[Reference] = [IdName("1", "x"), CodeName("1", "x")]

    assert pairs[0] != pairs[1]


def test_pair_remembers_that_it_came_in_a_reply() -> None:
    """Only a pair as v1 sent it is known to be consistent; a copy is, a changed one is not."""
    pair = structure({"id": "1", "name": "Iraq"}, IdName)

    assert pair.is_server_value
    assert [True, True] == [twin.is_server_value for twin in (copy.copy(pair), repickled(pair))]
    assert [False, False] == [
        IdName("1", "Iraq").is_server_value,
        attrs.evolve(pair, name="Lebanon").is_server_value,
    ]
    assert pair == IdName("1", "Iraq")


def repickled(thing: Any) -> Any:
    return pickle.loads(pickle.dumps(thing))  # noqa: S301 - our own bytes


def test_keys_are_for_subclasses() -> None:
    """The base class of references does not know which key there is."""
    with pytest.raises(NotImplementedError):
        _ = Reference().key_and_name


def test_what_is_missing_is_named() -> None:
    """An account that is yet to be created has neither id nor contact, and says so."""
    account = IndividualAccount()

    with pytest.raises(LookupError, match="no id"):
        _ = account.id
    with pytest.raises(LookupError, match="no primary contact"):
        _ = account.contact


def test_representation_shows_few_ids() -> None:
    """A few ids are shown, and more of them are counted."""
    assert "deleted_account_ids=[3, 4]" in repr(AccountsPage(deleted_account_ids=[3, 4]))
    assert "deleted_account_ids=<99>" in repr(AccountsPage(deleted_account_ids=[*range(99)]))


def test_earlier_names_of_references() -> None:
    """The names that properties of references had before are kept."""
    assert ("1", "Iraq") == IdName("1", "Iraq").halves
    assert not IdName("1", "Iraq").from_reply


@pytest.mark.parametrize("cls", [models.PageInfo, models.MergeHistory], ids=named)
def test_frozen_models_are_hashable(cls: type[Any]) -> None:
    """What can't change may stand in sets."""
    one, two = (structure(dict.fromkeys(required(cls), 1), cls) for _ in range(2))

    assert {one} == {one, two}
