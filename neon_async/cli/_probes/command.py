"""`neon-async doctor --report`: probe the organization, and write the report."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from neon_async import AsyncClient, RetryPolicy
from neon_async.cli._credentials import credentials
from neon_async.cli._exit import Exit
from neon_async.cli._files import check_place, replace_private
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._interrupts import run_async
from neon_async.cli._probes.observation import Agreement
from neon_async.cli._probes.report import as_json, as_markdown, environment, summary
from neon_async.cli._probes.run import SECONDS, ProbeResult, run_probes
from neon_async.cli._probes.target import ProbeTarget
from neon_async.cli._probes.transport import ProbeTransport, open_transport
from neon_async.cli._streams import message

# Those that agree are in the report, as are those that nothing was sent for.
_SHOWN: Mapping[str, str] = {
    Agreement.DIFFERS: "yellow",
    Agreement.UNKNOWN: "",
    Agreement.FAILED: "bold red",
}
_TIMEOUT = 20.0
_DEADLINE = 45.0


def write_report(path: Path, http_method: Literal["POST", "GET"], concurrency: int) -> Exit:
    """Run all probes, print their results, and write the report.

    Args:
        path: the report, JSON where its name ends so, otherwise Markdown.
        http_method: how to send requests.
        concurrency: how many requests at once to try; 0 for one at a time throughout.

    Raises:
        OSError: the report can't be written.
    """
    check_place(path)
    message(f"about 80 requests that read, {SECONDS / 60:.0f} minutes at most …\n")
    results = run_async(_probe, http_method, concurrency)
    answer(
        ("probe", "agreement", "observed"),
        [
            (result.probe, result.agreement, result.observed)
            for result in results
            if result.agreement in _SHOWN
        ],
        styles=_SHOWN,
    )
    settings = environment(os.environ.get("NEON_BASE_URL", ""), http_method)
    write = as_json if path.suffix.lower() == ".json" else as_markdown
    replace_private(path, write(results, settings))
    message(
        f"{summary(results)}\n"
        f"The report is in {path}. It holds no donors' data: please attach it to an issue.\n"
    )
    return (
        Exit.OK if any(result.agreement is Agreement.AGREES for result in results) else Exit.FAILED
    )


async def _probe(http_method: Literal["POST", "GET"], concurrency: int) -> Sequence[ProbeResult]:
    def connect(requests: int) -> AsyncClient:
        return _client(ProbeTransport(open_transport()), http_method, requests, attempts=1)

    transport = ProbeTransport(open_transport())
    async with _client(transport, http_method, 1, attempts=2) as neon:
        target = ProbeTarget(neon, transport, http_method, connect, concurrency)
        results = await run_probes(target)
        await neon.logout()
        return results


def _client(
    transport: ProbeTransport, http_method: Literal["POST", "GET"], requests: int, attempts: int
) -> AsyncClient:
    return AsyncClient(
        **credentials(),
        transport=transport,
        http_method=http_method,
        max_concurrency=requests,
        timeout=_TIMEOUT,
        deadline=_DEADLINE,
        retry=RetryPolicy(attempts=attempts),
    )
