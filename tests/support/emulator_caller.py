"""Plain HTTP requests to an emulator in the same process."""

from typing import Any, Self
from urllib.parse import urlencode

import httpx

from neon_async.emulator import API_KEY, ORG_ID, Emulator

FORM = {"content-type": "application/x-www-form-urlencoded"}
LONG_AGO = "2000-01-01T00:00:00.000+08:00"


class Caller:
    """Calls API methods with pairs in order, as one session."""

    def __init__(self, emulator: Emulator) -> None:
        """Connect in process."""
        transport = httpx.ASGITransport(app=emulator)
        self.http = httpx.AsyncClient(transport=transport, base_url=emulator.base_url)
        self.session_id = ""

    async def __aenter__(self) -> Self:
        """Open the connection."""
        await self.http.__aenter__()
        return self

    async def __aexit__(self, *error: object) -> None:
        """Close the connection."""
        await self.http.aclose()

    async def login(self) -> None:
        """Open a session."""
        payload = await self("common/login", ("login.apiKey", API_KEY), ("login.orgid", ORG_ID))
        self.session_id = payload["userSessionId"]

    async def post(self, path: str, *pairs: tuple[str, str]) -> httpx.Response:
        """Send the session id and the pairs as a form."""
        session = [("userSessionId", self.session_id)] if self.session_id else []
        content = urlencode([*session, *pairs])
        return await self.http.post(f"/{path}", content=content, headers=FORM)

    async def reply(self, path: str, *pairs: tuple[str, str]) -> Any:
        """Return what stands below the root key."""
        response = await self.post(path, *pairs)
        assert 200 == response.status_code
        (payload,) = response.json().values()
        return payload

    async def __call__(self, path: str, *pairs: tuple[str, str]) -> Any:
        """Return the payload of a success."""
        payload = await self.reply(path, *pairs)
        assert "SUCCESS" == payload["operationResult"], payload
        return payload

    async def codes(self, path: str, *pairs: tuple[str, str]) -> list[int]:
        """Return the codes of a failure."""
        payload = await self.reply(path, *pairs)
        assert "FAIL" == payload["operationResult"]
        return [int(error["errorCode"]) for error in payload["errors"]["error"]]

    async def complaint(self, path: str, *pairs: tuple[str, str]) -> str:
        """Return the text of a failure that has code 1."""
        payload = await self.reply(path, *pairs)
        (error,) = payload["errors"]["error"]
        assert "1" == error["errorCode"]
        text: str = error["errorMessage"]
        return text


def account_ids(payload: Any) -> list[int]:
    """Return the ids on a page of accounts: individuals first, then organizations."""
    individuals = payload["individualAccounts"]["individualAccount"]
    organizations = payload["organizationAccounts"]["organizationAccount"]
    return [account["accountId"] for account in individuals + organizations]
