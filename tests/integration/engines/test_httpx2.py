"""Whole pulls with httpx2 as `transport=`."""

from datetime import UTC, datetime

import httpx2

from neon_async import AsyncClient, RetryPolicy
from neon_async.emulator import Emulator
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import answers, rst

LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


async def test_pull_over_breaking_connections() -> None:
    """Every account comes, in order, page after page and with look-ahead."""
    with Emulator(60) as emulator, FaultServer() as server:
        server.answer(answers(emulator))
        for number in (3, 5):
            server.nth(number, rst())
        async with AsyncClient(
            emulator.org_id,
            emulator.api_key,
            base_url=server.url,
            page_size=10,
            max_concurrency=3,
            retry=RetryPolicy(jitter=lambda: 0.0),
            transport=httpx2.AsyncHTTPTransport(trust_env=False),
        ) as neon:
            plainly = [one.account_id async for one in neon.sync_accounts(time_from=LONG_AGO)]
            async with neon.sync_accounts(time_from=LONG_AGO).lookahead() as accounts:
                ahead = [one.account_id async for one in accounts]

    assert 60 == len(set(plainly))
    assert plainly == ahead
    assert server.most_in_flight <= 3
