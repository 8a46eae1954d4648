"""Logging in and out, and how sessions end."""

import pytest

from neon_async.emulator import API_KEY, ORG_ID, Clock, Emulator
from tests.support.emulator_caller import Caller

HALF_AN_HOUR = 30 * 60


@pytest.mark.parametrize(
    ("api_key", "org_id", "codes"),
    [
        ("wrong", ORG_ID, [13]),
        (API_KEY, "wrong", [14]),
        ("wrong", "wrong", [14]),
        ("", ORG_ID, [10]),
        (API_KEY, "", [12]),
        ("", "", [10, 12]),
    ],
)
async def test_login_needs_both_halves(
    emulator: Emulator, api_key: str, org_id: str, codes: list[int]
) -> None:
    """Missing and wrong credentials have codes of their own."""
    async with Caller(emulator) as caller:
        pairs = ("login.apiKey", api_key), ("login.orgid", org_id)

        assert codes == await caller.codes("common/login", *pairs)


@pytest.mark.shows("secret", "log", reason="the HTTP client of the test logs its URL")
async def test_login_answers_as_documented(emulator: Emulator) -> None:
    """A login brings an opaque id, another each time."""
    async with Caller(emulator) as caller:
        pairs = ("login.apiKey", API_KEY), ("login.orgid", ORG_ID)
        first = await caller.http.get("/common/login", params=pairs)
        second = await caller("common/login", *pairs)

    reply = first.json()["loginResponse"]
    assert 32 == len(reply["userSessionId"])
    assert reply["userSessionId"] != second.pop("userSessionId")
    assert {
        "operationResult": "SUCCESS",
        "responseMessage": "User logged in.",
        "responseDateTime": "2024-05-06T15:08:09.010+08:00",
    } == second


async def test_login_can_be_chosen() -> None:
    """An emulator accepts the credentials that it was given."""
    with Emulator(0, 0, org_id="fake-org", api_key="fake-key") as emulator:
        async with Caller(emulator) as caller:
            pairs = ("login.apiKey", "fake-key"), ("login.orgid", "fake-org")

            assert "SUCCESS" == (await caller("common/login", *pairs))["operationResult"]


async def test_methods_need_a_session(emulator: Emulator) -> None:
    """Without a session id a request has code 3, with an unknown one code 4."""
    async with Caller(emulator) as caller:
        assert [3] == await caller.codes("account/listPrefixes")
        caller.session_id = "unknown"
        assert [4] == await caller.codes("account/listPrefixes")


async def test_sessions_end_without_use(emulator: Emulator, api: Caller) -> None:
    """Half an hour without a request ends a session; a request in time keeps it."""
    emulator.clock.advance(HALF_AN_HOUR - 1)
    await api("account/listPrefixes")
    emulator.clock.advance(HALF_AN_HOUR - 1)
    await api("account/listPrefixes")
    emulator.clock.advance(HALF_AN_HOUR)

    assert [4] == await api.codes("account/listPrefixes")


async def test_logout_ends_the_session(api: Caller) -> None:
    """After a logout the id is worth nothing."""
    payload = await api("common/logout")

    assert "User logged out." == payload["responseMessage"]
    assert [4] == await api.codes("account/listPrefixes")
    assert [4] == await api.codes("common/logout")


async def test_sessions_can_be_expired(emulator: Emulator, api: Caller) -> None:
    """A test can end all sessions at once."""
    emulator.expire_sessions()

    assert [4] == await api.codes("account/listPrefixes")


def test_credentials_are_not_shown() -> None:
    """No repr shows the API key or a session id."""
    with Emulator(3, 2, clock=Clock()) as emulator:
        assert "<Emulator accounts=3 activities=2>" == repr(emulator)
        assert API_KEY not in repr(emulator._state.sessions)
