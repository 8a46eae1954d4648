"""Small programs beside which the commands are measured, each a process of its own.

`python -m benchmarks.programs NAME` pulls all accounts from the server that the environment names,
as the commands do, and keeps none of them.
"""

from __future__ import annotations

import asyncio
import os
import sys

_METHOD = "account/syncAccounts"


async def dicts() -> None:
    """Request one page after the other by httpx, and decode them to dicts by orjson."""
    import httpx
    import orjson

    org_id, api_key, url = (
        os.environ[name] for name in ("NEON_ORG_ID", "NEON_API_KEY", "NEON_BASE_URL")
    )
    async with httpx.AsyncClient(timeout=60, trust_env=False) as client:
        login = {"login.apiKey": api_key, "login.orgid": org_id}
        reply = await client.post(f"{url}/common/login", data=login)
        session = orjson.loads(reply.content)["loginResponse"]["userSessionId"]
        number, pages = 0, 1
        while number < pages:
            number += 1
            form = {
                "userSessionId": session,
                "syncAccountTimeFrom": "2000-01-01T00:00:00.000+00:00",
                "page.currentPage": str(number),
                "page.pageSize": "200",
            }
            reply = await client.post(f"{url}/{_METHOD}", data=form)
            pages = orjson.loads(reply.content)["syncAccountsResponse"]["page"]["totalPage"]


async def lookahead() -> None:
    """Iterate with look-ahead."""
    from datetime import UTC, datetime

    from neon_async import AsyncClient

    since = datetime(2000, 1, 1, tzinfo=UTC)
    async with AsyncClient() as neon, neon.sync_accounts(time_from=since).lookahead() as accounts:
        async for _ in accounts:
            pass


async def feed() -> None:
    """Follow the lossless feed."""
    from datetime import UTC, datetime

    from neon_async import AsyncClient

    since = datetime(2000, 1, 1, tzinfo=UTC)
    async with AsyncClient() as neon, neon.account_changes(since) as changes:
        async for _ in changes:
            pass


if __name__ == "__main__":
    asyncio.run({"dicts": dicts, "lookahead": lookahead, "feed": feed}[sys.argv[1]]())
