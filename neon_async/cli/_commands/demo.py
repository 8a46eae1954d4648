"""`neon-async demo`: the main job from end to end, against an emulator in another process."""

import contextlib
import tempfile
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import anyio
import attrs
from rich.console import RenderableType

from neon_async import (
    Contact,
    IndividualAccount,
    InvalidRequestError,
    OrganizationAccount,
    Paginator,
)
from neon_async.cli._common import COMMON, CONCURRENCY
from neon_async.cli._connection import connect
from neon_async.cli._console import AnswerConsole
from neon_async.cli._emulator_process import emulator_process
from neon_async.cli._event_loop import run_async
from neon_async.cli._exit_codes import Exit
from neon_async.cli._formats.output import ItemT, Page, ndjson, save
from neon_async.cli._lines import StagedLineOutput
from neon_async.cli._progress import Report, plain_lines, progress_bars
from neon_async.cli._summary import Duration, Pulled, counts, summary
from neon_async.cli._times import EPOCH
from neon_async.cli._values import AtLeastOne, OptionalFilePath, Seconds

if TYPE_CHECKING:
    from neon_async import AsyncClient

_WIDEST = 1_000

MERGED = 3
"""How many accounts have been merged away before the pull."""


def demo(
    *,
    accounts: AtLeastOne = 20_000,
    activities: AtLeastOne = 5_000,
    latency: Seconds = 0.05,
    concurrency: Annotated[AtLeastOne, CONCURRENCY] = 5,
    directory: OptionalFilePath = None,
) -> int:
    """Pull everything from an emulator in another process, then make a few changes.

    ```
    neon-async demo
    neon-async demo --accounts 2000 --concurrency 2 --directory .
    ```

    Args:
        accounts: Accounts in the emulator.
        activities: Activities in the emulator.
        latency: Minimum seconds per reply.
        concurrency: Requests at once.
        directory: Where to save accounts.ndjson and activities.ndjson; a new temporary directory by
            default.
    """
    where = Path(tempfile.mkdtemp(prefix="neon-async-")) if directory is None else directory
    try:
        where.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise InvalidRequestError(f"--directory: {where} is not a folder") from None
    pulls = [Pulled("accounts", accounts), Pulled("activities", activities)]
    sizes = {"accounts": accounts, "activities": activities, "merged": MERGED}
    options = {**sizes, "latency": latency, "threads": concurrency}
    arguments = [f"--{name}={value}" for name, value in options.items()]
    with emulator_process(*arguments) as settings:
        _say(f"The emulator runs at {settings['NEON_BASE_URL']} with {latency:g} s latency.")
        work = partial(_work, settings, pulls, where, concurrency)
        return _report_result(pulls, run_async(work), concurrency=concurrency, latency=latency)


def _say(what: RenderableType) -> None:
    AnswerConsole(soft_wrap=True).print(what)


def _report_result(
    pulls: list[Pulled], duration: Duration, *, concurrency: int, latency: float
) -> Exit:
    console = AnswerConsole(soft_wrap=True)
    table = summary(pulls, duration, concurrency=concurrency, latency=latency)
    wanted = console.measure(table, options=console.options.update(max_width=_WIDEST)).maximum
    _say(table if wanted <= console.width else counts(pulls, duration))
    missing = sum(pulled.missing for pulled in pulls)
    _say("Every record is there." if not missing else f"{missing:,} records are missing.")
    return Exit.FAILED if missing else Exit.OK


async def _work(
    settings: dict[str, str], pulls: list[Pulled], where: Path, concurrency: int
) -> Duration:
    """Do what the demo does as a client, and return how long the pull took."""
    client = connect(
        COMMON,
        org_id=settings["NEON_ORG_ID"],
        api_key=settings["NEON_API_KEY"],
        base_url=settings["NEON_BASE_URL"],
        max_concurrency=concurrency,
        proxy=None,
    )
    async with client as neon:
        computing = time.process_time()
        seconds = await _pull_all(neon, pulls, where)
        duration = Duration(seconds, time.process_time() - computing)
        _say(f"Written: {where}/accounts.ndjson and activities.ndjson")
        async for line in _changes(neon, pulls[0]):
            _say(line)
    return duration


async def _pull_all(neon: "AsyncClient", pulls: list[Pulled], where: Path) -> float:
    """Pull accounts and activities at the same time, and return the seconds it took."""
    accounts, activities = pulls

    async def pull(paginator: Paginator[Page, ItemT], pulled: Pulled, report: Report) -> None:
        began = time.perf_counter()
        output = StagedLineOutput.begin(where / f"{pulled.name}.ndjson", ndjson)
        try:
            await save(paginator, output, saved=pulled.count, report=report)
            output.finish()
        except BaseException:
            output.keep()
            raise
        pulled.seconds = time.perf_counter() - began

    began = time.perf_counter()
    with progress_bars() if COMMON.watched else contextlib.nullcontext(plain_lines) as start:
        async with anyio.create_task_group() as tasks:
            everyone = neon.sync_accounts(time_from=EPOCH)
            tasks.start_soon(pull, everyone, accounts, start(accounts.name))
            everything = neon.sync_activities(time_from=EPOCH)
            tasks.start_soon(pull, everything, activities, start(activities.name))
    return time.perf_counter() - began


async def _changes(neon: "AsyncClient", accounts: Pulled) -> AsyncIterator[str]:
    """Create and update an account, look up a merge, and yield lines about it."""
    contact = Contact(first_name="Ada", last_name="Example", email1="ada@example.org")
    organization = OrganizationAccount(organization_name="Example Fund", primary_contact=contact)
    created = await neon.create_organization_account(organization)
    yield f"Created: organization account {created}"

    edit = await neon.edit_individual_account(
        accounts.editable[0], _rename, accept_loss={"consentInformation"}
    )
    yield f"Updated: account {edit.account_id}\n{edit.diff}"

    history = await neon.retrieve_duplicate_merge_history(accounts.deleted[0])
    earlier = ", ".join(map(str, history.previous_account_ids))
    yield f"Merged: into account {history.current_account_id} went {earlier}"


def _rename(person: IndividualAccount) -> None:
    contact = person.primary_contact or Contact()
    person.primary_contact = attrs.evolve(contact, preferred_name="Demo")
