"""The table of methods says what the methods do."""

from typing import Any

import pytest

from neon_async.emulator import Emulator
from neon_async.emulator._methods.table import METHODS, ApiMethod
from neon_async.emulator._wire.codes import TEXTS
from neon_async.emulator._wire.messages import Fields
from tests.support.emulator_caller import Caller

NOT_READ_BY_NAME = {"accountIds.accountId", "activityIds.activityId", "originDetail"}
FIRST = 10_001
ACTIVITY = {
    "Activity.activityId": "501",
    "Activity.subject": "Call",
    "Activity.startDateTime": "2014-01-10T15:50:28.153+08:00",
    "Activity.clientId": str(FIRST),
    "Activity.activityStatus.name": "Completed",
    "Activity.activityPriority": "Normal",
}
ORGANIZATION = FIRST + 7


class Reading:
    """Notes the full name of each parameter that is read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.names: set[str] = set()
        get, groups, every = Fields.get, Fields.groups, Fields.every

        def noting(fields: Fields, name: str) -> str | None:
            self.names.add(fields.prefix + name)
            return get(fields, name)

        def noting_groups(fields: Fields, prefix: str, names: Any, **options: Any) -> list[Fields]:
            self.names |= {fields.prefix + prefix + name for name in names}
            return groups(fields, prefix, names, **options)

        def noting_every(fields: Fields, name: str) -> list[str]:
            self.names.add(fields.prefix + name)
            return every(fields, name)

        monkeypatch.setattr(Fields, "every", noting_every)
        monkeypatch.setattr(Fields, "get", noting)
        monkeypatch.setattr(Fields, "groups", noting_groups)


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    return Reading(monkeypatch)


def sample(emulator: Emulator, method: ApiMethod) -> list[tuple[str, str]]:
    """Parameters with which a method reads all that it can read."""
    if method.writes and method.name.endswith("Activity"):
        return [(one.name, ACTIVITY.get(one.name, "")) for one in method.own]
    if not method.name.startswith(("create", "update")):
        names = ("accountId", "accountIds.accountId", "activityIds.activityId")
        ids: dict[str, str] = {**dict.fromkeys(names, str(FIRST)), "eventId": "401"}
        return [(one.name, ids.get(one.name, "")) for one in method.own]
    kind = "organization" if "Organization" in method.name else "individual"
    account_id = ORGANIZATION if kind == "organization" else FIRST
    contact = (emulator.account(account_id) or {})["primaryContact"]
    values = {
        f"{kind}Account.accountId": str(account_id),
        f"{kind}Account.primaryContact.contactId": str(contact["contactId"]),
        f"{kind}Account.primaryContact.addresses.address.city": "Exampleton",
        f"{kind}Account.login.username": "ada",
        f"{kind}Account.login.password": "fake-password",
    }
    dates = {one.name for one in method.own if one.kind == "date" or one.name.endswith("Type")}
    return [(one.name, values.get(one.name, "")) for one in method.own if one.name not in dates]


@pytest.mark.parametrize("method", METHODS.values(), ids=lambda method: method.name)
async def test_parameters_are_those_that_are_read(
    method: ApiMethod, emulator: Emulator, api: Caller, reading: Reading
) -> None:
    """The table lists each parameter that a method reads, and no other."""
    pairs = sample(emulator, method)
    reading.names.clear()
    await api.reply(method.path, *pairs)

    listed = {parameter.name for parameter in method.parameters}
    # Both spellings of a name are read; the table has the one of the method's page.
    lenient = {name for name in reading.names if name.lower() in {one.lower() for one in listed}}
    lenient |= {name for name in reading.names if name.endswith(".Name")}
    # Only creations document it, and an update does not mind.
    lenient |= {"sendAcknowledgeEmail"} if method.writes else set()
    assert set() == reading.names - listed - lenient
    assert set() == listed - reading.names - NOT_READ_BY_NAME


def test_codes_have_texts() -> None:
    """Each code of a method is one that the emulator can answer with, and each is some method's."""
    codes = {code for method in METHODS.values() for code in method.codes}

    assert codes == set(TEXTS) - {1, 2, 3, 4, 5}


async def test_unknown_parameters_are_noted(emulator: Emulator, api: Caller) -> None:
    """The log tells which parameters a method does not have; they are ignored all the same."""
    await api("account/listPrefixes", ("responseType", "json"), ("prefix", "x"))
    assert ("prefix",) == emulator.requests[-1].unknown_params

    emulator.add_method("account/listPrefixes")
    await api("account/listPrefixes", ("prefix", "x"))
    assert not emulator.requests[-1].unknown_params


async def test_methods_can_be_added(emulator: Emulator, api: Caller) -> None:
    """A method that the emulator lacks is answered with what a test says."""
    emulator.add_method("account/listHouseHolds", {"houseHolds": {"houseHold": [{"id": 1}]}})
    emulator.add_method("account/echo", lambda params: {"params": params})

    payload = await api("account/listHouseHolds")
    echo = await api("account/echo", ("a", "1"), ("a", "2"))

    assert [{"id": 1}] == payload["houseHolds"]["houseHold"]
    assert ["1", "2"] == echo["params"]["a"]
    api.session_id = ""
    assert [3] == await api.codes("account/echo")
    assert [] == list(emulator.unknown_methods)


async def test_unknown_methods_are_remembered(emulator: Emulator, api: Caller) -> None:
    """What nobody knows is remembered; what was removed or answered by a fault is not."""
    await api.post("account/listHouseHolds")
    emulator.remove_method("listPrefixes")
    await api.post("account/listPrefixes")
    emulator.remove_method("getNothing")
    await api.post("account/getNothing")
    emulator.fail_next(method="listPledges", body=b"{}")
    await api.post("account/listPledges")

    assert ["account/listHouseHolds"] == list(emulator.unknown_methods)
