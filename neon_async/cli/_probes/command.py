"""`neon-async doctor --report`: probe the organization, and write the report."""

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any, Literal

from neon_async import AsyncClient, RetryPolicy
from neon_async.cli._common import COMMON, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._exit_codes import Exit
from neon_async.cli._files import check_place, replace_private
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._probes.observation import Agreement
from neon_async.cli._probes.report import as_json, as_markdown, environment, summary
from neon_async.cli._probes.run import SECONDS, ProbeResult, run_probes
from neon_async.cli._probes.target import ProbeTarget
from neon_async.cli._probes.transport import ProbeTransport, open_transport

# Those that agree are in the report, as are those that nothing was sent for.
_SHOWN: Mapping[str, str] = {
    Agreement.DIFFERS: "yellow",
    Agreement.UNKNOWN: "",
    Agreement.FAILED: "bold red",
}
_TIMEOUT = 20.0
_DEADLINE = 45.0


def write_report(
    path: Path, http_method: Literal["POST", "GET"], concurrency: int, common: CommonOptions
) -> Exit:
    """Run all probes, print their results, and write the report.

    Args:
        path: the report, JSON where its name ends so, otherwise Markdown.
        http_method: how to send requests.
        concurrency: how many requests at once to try; 0 for one at a time throughout.
        common: the common options.

    Raises:
        OSError: the report can't be written.
    """
    check_place(path)
    common.note(f"about 80 requests that read, {SECONDS / 60:.0f} minutes at most …\n")
    results = run_async(_probe, http_method, concurrency, common)
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
    common.note(
        f"{summary(results)}\n"
        f"The report is in {path}. It holds no donors' data: please attach it to an issue.\n"
    )
    return (
        Exit.OK if any(result.agreement is Agreement.AGREES for result in results) else Exit.FAILED
    )


async def _probe(
    http_method: Literal["POST", "GET"], concurrency: int, common: CommonOptions
) -> Sequence[ProbeResult]:
    bounds: dict[str, Any] = {"timeout": _TIMEOUT, "deadline": _DEADLINE}
    if common.timeout != COMMON.timeout:
        bounds = {}

    def client(
        transport: ProbeTransport, requests: int, attempts: int
    ) -> AbstractAsyncContextManager[AsyncClient]:
        return connect(
            common,
            transport=transport,
            http_method=http_method,
            max_concurrency=requests,
            **bounds,
            retry=RetryPolicy(attempts=attempts),
            # The transport has them.
            proxy=None,
            ssl_context=None,
        )

    def connect_for(requests: int) -> AbstractAsyncContextManager[AsyncClient]:
        return client(ProbeTransport(open_transport(common)), requests, attempts=1)

    transport = ProbeTransport(open_transport(common))
    async with client(transport, 1, attempts=2) as neon:
        return await run_probes(ProbeTarget(neon, transport, http_method, connect_for, concurrency))
