"""Login and logout."""

from __future__ import annotations

from typing import Any

import pytest

from neon_async.errors import InvalidRequestError, ProtocolError
from neon_async.operations import Logout, OpenSession


def test_login() -> None:
    """It sends both credentials, shows neither, and answers with the session's id."""
    login = OpenSession("fake-org", "fake-key")

    assert ("common/login", "login") == (login.path, login.name)
    assert [("login.apiKey", "fake-key"), ("login.orgid", "fake-org")] == login.params()
    assert "OpenSession()" == repr(login)
    assert "T1356492402097" == login.parse({"userSessionId": "T1356492402097"})


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"userSessionId": ""},
        {"userSessionId": " "},
        {"userSessionId": None},
        {"userSessionId": True},
        {"userSessionId": 1.5},
        {"userSessionId": ["fake"]},
    ],
    ids=str,
)
def test_login_without_a_session_id_is_no_login(payload: dict[str, object]) -> None:
    """A reply to a login that has no session id is not what v1 documents."""
    with pytest.raises(ProtocolError) as caught:
        OpenSession("fake-org", "fake-key").parse(payload)

    assert ("login", "userSessionId") == (caught.value.operation, caught.value.path)


@pytest.mark.parametrize(
    ("org_id", "api_key", "parameter"),
    [
        (5, "fake", "login.orgid"),
        ("fake", None, "login.apiKey"),
        ("fake", "a\ud800", "login.apiKey"),
    ],
    ids=ascii,
)
def test_login_refuses_what_is_not_text(org_id: Any, api_key: Any, parameter: str) -> None:
    """Credentials are text that can be sent."""
    with pytest.raises(InvalidRequestError) as caught:
        OpenSession(org_id, api_key).params()

    assert parameter == caught.value.parameter


def test_logout() -> None:
    """It takes nothing but the session, and returns nothing."""
    logout = Logout()

    assert ("common/logout", [], None) == (logout.path, logout.params(), logout.parse({}))  # type: ignore[func-returns-value]
