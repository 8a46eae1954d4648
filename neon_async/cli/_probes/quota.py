"""The probe of how many requests at once are answered, the only one that is not polite."""

import anyio

from neon_async import AsyncClient, NeonError
from neon_async.cli._probes.observation import Observation, failure_text, judge
from neon_async.cli._probes.target import ProbeTarget, ignore
from neon_async.cli._times import EPOCH

USUAL = 5
"""How many requests at once a client sends by default."""


async def concurrency_limit(target: ProbeTarget) -> Observation:
    """Send fewer and fewer requests at once until all are answered."""
    refusals = ""
    for requests in range(target.concurrency, 0, -1):
        async with target.connect(requests) as neon:
            errors = await at_once(neon, requests)
        if not errors:
            text = f"{requests} at once answered{refusals}"
            return judge(requests >= min(USUAL, target.concurrency), text)
        kinds = sorted({failure_text(error) for error in errors})
        refusals = f", of {requests} at once some were not: {'; '.join(kinds)}"
    return judge(agrees=False, observed=f"none answered{refusals}")


async def at_once(neon: AsyncClient, requests: int) -> list[NeonError]:
    """Send so many requests at once, and return the errors of those that were not answered."""
    errors: list[NeonError] = []

    async def ask() -> None:
        page = neon.sync_accounts(time_from=EPOCH, page_size=1, on_unreadable=ignore)
        try:
            await page.first_page()
        # What a reply beyond the quota looks like is not documented.
        except NeonError as error:
            errors.append(error)

    await neon.login()
    async with anyio.create_task_group() as tasks:
        for _ in range(requests):
            tasks.start_soon(ask)
    return errors
