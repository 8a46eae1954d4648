"""Errors of edits lead to no frame whose variables show a donor, and say no value themselves."""

from __future__ import annotations

import traceback
from typing import TYPE_CHECKING, Any

import anyio
import attrs
import pytest
from rich.pretty import pretty_repr

from neon_async import AccountEdit, AsyncClient, NeonError, OrganizationAccount
from neon_async._writing import recovery
from neon_async._writing.editor import _EditRun
from tests.support.edits import READ, RESET, WRITE, put, to
from tests.support.full_records import create

if TYPE_CHECKING:
    from collections.abc import Callable

    from neon_async.emulator import Emulator

DONOR = "canary.donor@example.org"
SUCCESS = b'{"r": {"operationResult": "SUCCESS", "accountId": 1}}'


def shown(error: BaseException) -> str:
    """Everything that a traceback with variables shows, but for the frames of tests."""
    trace = traceback.TracebackException.from_exception(error, capture_locals=True)
    trace.stack[:] = [frame for frame in trace.stack if "/tests/" not in frame.filename]
    return f"{''.join(trace.format())} {error!r} {pretty_repr(error)}"


@pytest.fixture
def donor(emulator: Emulator) -> int:
    """The id of an account that holds the leak detector."""
    return create(emulator, "individual", url=DONOR, organizationName=None)


FAULTS: list[tuple[str, Any, dict[str, Any]]] = [
    ("lossy", to("x"), {}),
    ("conflict", to("x"), {}),
    ("unverified", to("x"), {}),
    ("unknown", to("x"), {}),
    ("refused", to(DONOR + "\0"), {}),
    ("deletion", put("url", None), {}),
    ("fixed", put("last_modified_by", DONOR), {}),
]


@pytest.mark.parametrize(("fault", "change", "options"), FAULTS, ids=[one[0] for one in FAULTS])
async def test_errors(
    *,
    fault: str,
    change: Callable[[Any], Any],
    options: dict[str, Any],
    neon: AsyncClient,
    emulator: Emulator,
    donor: int,
) -> None:
    """Whatever ends an edit, it shows where and why, and nobody's data."""

    def meddling(account: Any) -> Any:
        if fault == "conflict":
            emulator.change_account(donor, twitterPage=DONOR)
        return change(account)

    if fault == "lossy":
        emulator.change_account(donor, shoeSize=DONOR)
    elif fault == "unverified":
        emulator.fail_next(method=WRITE, body=SUCCESS)
    elif fault == "unknown":
        emulator.fail_next(method=WRITE, drop=True)

    with pytest.raises(NeonError) as caught:
        await neon.edit_individual_account(donor, meddling, **options)

    assert DONOR not in shown(caught.value)
    assert (None, None) == (caught.value.__cause__, caught.value.__context__)


async def test_results(neon: AsyncClient, donor: int) -> None:
    """An edit may be logged; what it changed is in its attributes."""
    done = await neon.edit_individual_account(donor, put("twitter_page", DONOR), accept_loss=RESET)

    assert DONOR in str(done.diff)
    assert DONOR not in f"{done!r} {done.diff!r} {pretty_repr(done)} {pretty_repr(done.diff)}"


@pytest.mark.parametrize("stage", [READ, WRITE, "verify"])
async def test_cancellation(stage: str, neon: AsyncClient, emulator: Emulator, donor: int) -> None:
    """A cancelled edit keeps its frames, and their variables show nothing either."""
    if stage == "verify":
        emulator.fail_next(2, method=READ)
    emulator.fail_next(method=WRITE if stage == WRITE else READ, delay=30)
    found: list[str] = []

    async def edit() -> None:
        try:
            await neon.edit_individual_account(donor, put("twitter_page", DONOR), accept_loss=RESET)
        except BaseException as error:
            found.append(shown(error))
            raise

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(edit)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()

    (text,) = found
    assert "edit_individual_account" in text
    assert DONOR not in text
    assert 0 == len(neon._editor.locks)


async def test_recovery(
    neon: AsyncClient, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A creation that was looked for in vain shows nothing of it."""
    monkeypatch.setattr(recovery, "_WAITS", (0.0,))
    emulator.create_organization(organizationName=DONOR, url="https://example.org/")
    emulator.fail_next(method="createOrganizationAccount", drop=True)
    company = OrganizationAccount(organization_name=DONOR, url=DONOR)

    with pytest.raises(NeonError) as caught:
        await neon.create_organization_account(company, on_unknown="find")

    assert DONOR not in shown(caught.value)


def test_edits_show_no_record() -> None:
    """Neither an edit nor the one under way shows what was read or is to be written."""
    shown = {
        field.name for cls in (AccountEdit, _EditRun) for field in attrs.fields(cls) if field.repr
    }

    assert set() == shown & {"before", "after", "_reading", "_draft", "_change", "_options"}


def test_edits_are_made_by_keywords() -> None:
    """An edit that was stored is made again by names, so that it may get further ones."""
    assert {True} == {field.kw_only for field in attrs.fields(AccountEdit)}
