"""`neon-async emulator`: a NeonCRM v1 on a socket, with synthetic people in it."""

import contextlib
import importlib
import shlex
import sys

from neon_async.cli._streams import answer_text, flush
from neon_async.cli._values import AtLeastOne, AtLeastZero, Port, Seconds, WholeNumber
from neon_async.errors import InvalidRequestError

READY = "Ready."
"""The last line before requests are served, for a program that waits for it."""


def emulator(
    *,
    accounts: AtLeastZero = 1_000,
    activities: AtLeastZero = 1_000,
    merged: AtLeastZero = 0,
    seed: WholeNumber = 1,
    orgs: AtLeastOne = 1,
    host: str = "127.0.0.1",
    port: Port = 8100,
    latency: Seconds = 0.0,
    threads: AtLeastOne = 5,
) -> None:
    """Serve an emulated NeonCRM v1 with synthetic people until Ctrl-C.

    The command prints the settings to export for clients. Its root URL is a console for browsers.

    ```
    neon-async emulator
    neon-async emulator --accounts 20000 --latency 0.05 --port 8101
    ```

    Args:
        accounts: Accounts to begin with.
        activities: Activities to begin with.
        merged: Further accounts that were merged into one of the others.
        seed: The same seed makes the same people.
        orgs: Organizations behind the same URL, each with an id, a key and people of its own.
        host: Address to listen on; the console is served on loopback addresses only.
        port: Port to listen on; 0 picks a free one.
        latency: Minimum seconds per reply.
        threads: Requests served at once; further ones get status 429.
    """
    if merged and not accounts:
        raise InvalidRequestError("--merged needs an account to merge into: pass --accounts")
    try:
        for package in ("starlette", "uvicorn", "jinja2"):
            importlib.import_module(package)
    except ImportError as error:
        sys.exit(f"neon-async: {error}; python -m pip install 'neon-async[emulator]'")
    from neon_async.emulator import Organizations, serve  # noqa: PLC0415 - an extra of its own

    def announce(url: str) -> None:
        settings = {"NEON_BASE_URL": url}
        for number, emulated in enumerate(organizations, 1):
            # Programs read the plain names: those are the first organization's.
            end = "" if number == 1 else f"_{number}"
            settings[f"NEON_ORG_ID{end}"] = emulated.org_id
            settings[f"NEON_API_KEY{end}"] = emulated.api_key
        lines = [f"export {name}={shlex.quote(value)}" for name, value in settings.items()]
        answer_text("\n".join([*lines, READY, ""]))
        flush()

    with Organizations(
        orgs,
        accounts=accounts + merged,
        activities=activities,
        seed=seed,
        latency=latency,
        threads=threads,
    ) as organizations:
        for served in organizations:
            # The last ones, so that the ids of all others stay what they are without this option.
            ids = served.account_ids() if merged else []
            for old in ids[len(ids) - merged :]:
                served.merge_accounts(old, ids[0])
        # A single one needs no look into its requests.
        served_by = organizations if orgs > 1 else organizations.emulators[0]
        with contextlib.suppress(KeyboardInterrupt):
            serve(served_by, host, port, on_ready=announce)
