"""Records that replies show with odd values."""

from typing import Any

import orjson
import pytest

from neon_async.emulator import Emulator
from tests.support.emulator_caller import Caller

RETRIEVE = {
    "individual": "retrieveIndividualAccount",
    "organization": "retrieveOrganizationAccount",
}


async def shown(api: Caller, kind: str, number: int) -> list[Any]:
    """What syncAccounts and the retrieve method show of an account."""
    page = await api("account/syncAccounts", ("accountIds.accountId", str(number)))
    retrieved = await api(f"account/{RETRIEVE[kind]}", ("accountId", str(number)))
    listed = page[f"{kind}Accounts"][f"{kind}Account"]
    return [*listed, retrieved[f"{kind}Account"]]


@pytest.mark.parametrize("kind", ["individual", "organization"])
async def test_replies_show_other_values(kind: str, emulator: Emulator, api: Caller) -> None:
    """Objects are merged, everything else is replaced, and what is stored stays."""
    contact = {"firstName": "Ada", "lastName": "Boyd", "dob": "1988-10-16"}
    number = getattr(emulator, f"create_{kind}")(primaryContact=contact)
    stored = emulator.account(number)
    emulator.garble_account(
        number,
        accountId=None,
        lastModifiedDateTime="soon",
        primaryContact={"dob": "0000-00-00", "firstName": ..., "email1": {"a": 1}},
        source="Web",
        planted=...,
    )

    for record in await shown(api, kind, number):
        expected = {"lastName": "Boyd", "dob": "0000-00-00", "email1": {"a": 1}}
        assert expected.items() <= record["primaryContact"].items()
        assert "firstName" not in record["primaryContact"]
        assert [None, "soon", "Web"] == [
            record[name] for name in ("accountId", "lastModifiedDateTime", "source")
        ]
    assert stored == emulator.account(number)


async def test_last_call_counts(emulator: Emulator, api: Caller) -> None:
    """Another call replaces the one before, and one without fields ends it."""
    number = emulator.create_individual()
    (before, _) = await shown(api, "individual", number)
    emulator.garble_account(number, noSolicitation="maybe")
    emulator.garble_account(number, lastModifiedBy=5)

    (record, _) = await shown(api, "individual", number)
    assert before | {"lastModifiedBy": 5} == record
    emulator.garble_account(number)
    assert before == (await shown(api, "individual", number))[0]


async def test_activities(emulator: Emulator, api: Caller) -> None:
    """Activities are shown so as well, new and synthetic ones."""
    numbers = [emulator.create_activity(), emulator.activity_ids()[0]]
    for number in numbers:
        emulator.garble_activity(number, activityId="none", activityStatus=5)
        page = await api("account/syncActivities", ("activityIds.activityId", str(number)))

        (record,) = page["activities"]["activity"]
        assert ("none", 5) == (record["activityId"], record["activityStatus"])


@pytest.mark.parametrize(
    ("text", "raw"),
    [
        ("M\ud83d", b'"M\\ud83d"'),
        ("M\udcfcller", b'"M\xfcller"'),
        ("ü\ude00😀\udc80", b'"\xc3\xbc\\ude00\xf0\x9f\x98\x80\x80"'),
    ],
    ids=ascii,
)
async def test_almost_json(text: str, raw: bytes, emulator: Emulator, api: Caller) -> None:
    """Half of a surrogate pair is an escape, or a byte that is not UTF-8."""
    number = emulator.create_individual()
    emulator.garble_account(number, lastModifiedBy=text)

    body = (await api.post("account/syncAccounts", ("accountIds.accountId", str(number)))).content

    assert b'"lastModifiedBy": ' + raw in body
    with pytest.raises(orjson.JSONDecodeError):
        orjson.loads(body)
