"""Factories and a pytest plugin for tests of programs that use this package.

With `pip install 'neon-async[emulator]'` pytest finds the plugin. Its fixtures need no
event loop, so that they serve tests under anyio, pytest-asyncio and pytest-trio alike:

- `neon_emulator`: an `Emulator` without any records, new for each test. Its options come from
  `@pytest.mark.neon_emulator(accounts=100)`, on a test, a class or a module.
- `neon_client`: an `AsyncClient` of that emulator. It repeats without waiting, and needs no
  closing.
- `make_individual`, `make_organization`, `make_activity`: the factories of this module, whose
  records are in the emulator.
- `neon_environment`: the base URL of the emulator on a socket, with NEON_BASE_URL, NEON_ORG_ID
  and NEON_API_KEY set, for programs that make their own client.

The marker is that of anyio, whose plugin comes with this package; under pytest-asyncio it is
`pytest.mark.asyncio`, under pytest-trio `pytest.mark.trio`:

```python
import pytest


@pytest.mark.anyio
async def test_survives_a_lost_session(neon_emulator, neon_client):
    await neon_client.list_prefixes()
    neon_emulator.expire_sessions()

    assert await neon_client.list_prefixes()
    assert [request.method for request in neon_emulator.requests].count("login") == 2
```

A test that calls a method which the emulator does not know fails, whatever the tested program
made of the 404; `neon_emulator.add_method` says what such a method answers. A failed comparison of
records is explained field by field, as their `repr` shows ids and counts only.
`pytest -p no:neon_async` turns the plugin off. Without pytest, the factories make plain objects:

```python
from neon_async import testing

ada = testing.make_individual(first_name="Ada", no_solicitation=True)
assert ada.primary_contact.first_name == "Ada"
```
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar
from weakref import WeakKeyDictionary

import attrs

from neon_async import (
    Activity,
    ActivityPriority,
    Address,
    CodeName,
    Contact,
    IdName,
    IndividualAccount,
    OrganizationAccount,
    PhoneType,
    structure,
    unstructure,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from neon_async.emulator import Emulator

__all__ = [
    "MakeActivity",
    "MakeIndividual",
    "MakeOrganization",
    "make_activity",
    "make_individual",
    "make_organization",
]

AccountT = TypeVar("AccountT", IndividualAccount, OrganizationAccount)

MakeIndividual: TypeAlias = Callable[..., IndividualAccount]
"""Type of the fixture `make_individual`."""

MakeOrganization: TypeAlias = Callable[..., OrganizationAccount]
"""Type of the fixture `make_organization`."""

MakeActivity: TypeAlias = Callable[..., Activity]
"""Type of the fixture `make_activity`."""

_WHEN = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
_CONTACT = frozenset(field.name for field in attrs.fields(Contact)) - {"extra"}
# What an emulator adds to a record that does not say it.
_ADDED = ("primaryContact", "organizationName", "noSolicitation", "customFieldDataList", "source")
_ADDED_TO_CONTACT = ("firstName", "lastName", "middleName", "deceased", "addresses")

# Far above the ids of a small emulator, so that a test that mixes both shows whose a record is.
_FIRST = 990_001
_numbers = count(_FIRST)
# Each emulator has its own, so that a test gets the same records whatever ran before it.
_numbers_in: WeakKeyDictionary[Emulator, Iterator[int]] = WeakKeyDictionary()


def make_individual(emulator: Emulator | None = None, /, **fields: Any) -> IndividualAccount:
    """Make the account of an obviously fake person.

    Args:
        emulator: where to put it. The object then is the one that
            `retrieve_individual_account` returns, with the ids and times of that emulator.
        fields: attributes of `IndividualAccount`, or of its `Contact`, such as `email1`; None
            leaves out what the person otherwise would have.

    Raises:
        TypeError: there is no such attribute.
        ValueError: the emulator has had the id.
    """
    number = _number(emulator)
    defaults: dict[str, Any] = {
        "individual_types": [IdName(id="1", name="Donor")],
        "last_modified_by": "Test Fixture",
    }
    return _account(IndividualAccount, number, emulator, defaults, fields)


def make_organization(emulator: Emulator | None = None, /, **fields: Any) -> OrganizationAccount:
    """Make the account of an obviously fake organization (see `make_individual`).

    Args:
        emulator: where to put it.
        fields: attributes of `OrganizationAccount`, or of its `Contact`.

    Raises:
        TypeError: there is no such attribute.
        ValueError: the emulator has had the id.
    """
    number = _number(emulator)
    defaults: dict[str, Any] = {
        "organization_name": f"Example Fund {number}",
        "organization_types": [IdName(id="1", name="Foundation")],
        "last_modified_by": "Test Fixture",
    }
    return _account(OrganizationAccount, number, emulator, defaults, fields)


def make_activity(emulator: Emulator | None = None, /, **fields: Any) -> Activity:
    """Make an obviously fake activity (see `make_individual`).

    Args:
        emulator: where to put it.
        fields: attributes of `Activity`.

    Raises:
        TypeError: there is no such attribute.
        ValueError: the emulator has had the id.
    """
    number = _number(emulator)
    defaults: dict[str, Any] = {
        "created_by": "Test Fixture",
        "subject": f"Example call {number}",
        "note": "Made for a test.",
        "start_date_time": _WHEN,
        "end_date_time": _WHEN + timedelta(hours=1),
        "system_user_id": 990_000,
        "activity_status": IdName(id="2", name="Not Started"),
        "activity_priority": ActivityPriority.NORMAL,
    }
    if emulator is None:
        ids: dict[str, Any] = {
            "activity_id": number,
            "created_date_time": _WHEN,
            "last_modified_date_time": _WHEN,
        }
        return Activity(**defaults | ids | fields)
    added = dict.fromkeys(unstructure(Activity(**defaults)))
    record = added | unstructure(Activity(**defaults | fields)) | _unmodified(fields)
    return structure(emulator.activity(emulator.create_activity(**record)), Activity)


def _number(emulator: Emulator | None) -> int:
    if emulator is None:
        return next(_numbers)
    # Weak keys: an emulator that a test has dropped is not kept for its numbers.
    return next(_numbers_in.setdefault(emulator, count(_FIRST)))


def _unmodified(fields: Mapping[str, Any]) -> dict[str, None]:
    """Return what lets a record have no last-modified time, if that was asked for."""
    is_unmodified = fields.get("last_modified_date_time", _WHEN) is None
    return {"lastModifiedDateTime": None} if is_unmodified else {}


def _contact(number: int) -> dict[str, Any]:
    address = Address(
        is_primary_address=True,
        is_shipping_address=False,
        address_type=IdName(id="1", name="Home"),
        address_line1=f"{number} Sample Street",
        city="Exampleton",
        state=CodeName(code="CO", name="Colorado"),
        province="",
        country=IdName(id="1", name="United States of America"),
        zip_code="00000",
    )
    return {
        "first_name": "Ada",
        "last_name": f"Example {number}",
        "middle_name": "",
        "email1": f"person{number}@example.org",
        # The numbers 555-0100 to 555-0199 are set aside for fiction in North America.
        "phone1": "200 555-0100",
        "phone1_type": PhoneType.HOME,
        "dob": date(1990, 1, 2),
        "deceased": False,
        "addresses": [address],
    }


def _account(
    kind: type[AccountT],
    number: int,
    emulator: Emulator | None,
    defaults: dict[str, Any],
    fields: Mapping[str, Any],
) -> AccountT:
    ids: dict[str, Any] = {}
    contact_ids: dict[str, Any] = {}
    if emulator is None:
        ids = {"account_id": number, "created_date_time": _WHEN, "last_modified_date_time": _WHEN}
        contact_ids = {"contact_id": number}
    of_contact = {name: value for name, value in fields.items() if name in _CONTACT}
    own = {name: value for name, value in fields.items() if name not in of_contact}
    contact = own.pop("primary_contact", Contact(**_contact(number) | contact_ids))
    if of_contact:
        contact = attrs.evolve(contact, **of_contact)
    common: dict[str, Any] = {
        "primary_contact": contact,
        "no_solicitation": False,
        "custom_field_data_list": [],
    }
    account = kind(**common | defaults | ids | own)
    return account if emulator is None else _put(emulator, account, fields)


def _put(emulator: Emulator, account: AccountT, fields: Mapping[str, Any]) -> AccountT:
    """Put an account into an emulator, and return it as it is there."""
    individual = isinstance(account, IndividualAccount)
    types = "individualTypes" if individual else "organizationTypes"
    # None leaves out what the emulator would add: the record has what the object has.
    record = dict.fromkeys((*_ADDED, types)) | unstructure(account) | _unmodified(fields)
    if record["primaryContact"] is not None:
        record["primaryContact"] = dict.fromkeys(_ADDED_TO_CONTACT) | record["primaryContact"]
    create = emulator.create_individual if individual else emulator.create_organization
    return structure(emulator.account(create(**record)), type(account))
