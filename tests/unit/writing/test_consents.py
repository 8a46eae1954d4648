"""No edit resets a consent that nobody has decided about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from neon_async import (
    AsyncClient,
    ConsentInformation,
    InvalidRequestError,
    LossyReadError,
    OrganizationAccount,
)
from tests.support import account_server
from tests.support.edits import READ, RESET, WRITE, methods, put, to
from tests.support.full_records import create

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from neon_async.emulator import Emulator

CHANNELS = ("email", "phone", "mail", "sms", "dataSharing")
ALL_GIVEN = ConsentInformation(
    email_consent_status="GIVEN",
    phone_consent_status="GIVEN",
    mail_consent_status="GIVEN",
    sms_consent_status="GIVEN",
    data_sharing_consent_status="GIVEN",
)
PATHS = tuple(f"consentInformation.{channel}ConsentStatus" for channel in CHANNELS)
NEW = "https://example.org/new"


def paths(*channels: str) -> tuple[str, ...]:
    return tuple(f"consentInformation.{channel}ConsentStatus" for channel in channels)


@pytest.fixture(params=["individual", "organization"])
def edit(
    request: pytest.FixtureRequest, neon: AsyncClient, emulator: Emulator
) -> Callable[..., Awaitable[Any]]:
    """Edits an account of either kind, with the options given."""
    account_id = create(emulator, request.param)

    async def edit_it(change: Any, **options: Any) -> Any:
        if request.param == "individual":
            return await neon.edit_individual_account(account_id, change, **options)
        return await neon.edit_organization_account(account_id, change, **options)

    return edit_it


def writes(emulator: Emulator) -> int:
    return sum("update" in name for name in methods(emulator))


@pytest.mark.parametrize(
    ("consent", "accepted", "undecided"),
    [
        (None, [], PATHS),
        (ConsentInformation(), [], PATHS),
        (ConsentInformation(sms_consent_status="DECLINED"), [], (*PATHS[:3], PATHS[4])),
        (None, [PATHS[3]], (*PATHS[:3], PATHS[4])),
        (
            ConsentInformation(email_consent_status="GIVEN"),
            ["consentInformation.mailConsentStatus"],
            paths("phone", "sms", "dataSharing"),
        ),
    ],
)
async def test_undecided_consents_are_refused(
    consent: ConsentInformation | None,
    accepted: list[str],
    undecided: tuple[str, ...],
    *,
    edit: Callable[..., Awaitable[Any]],
    emulator: Emulator,
) -> None:
    """The error names those that are left, and nothing was written."""
    with pytest.raises(LossyReadError, match=r"accept_loss.*consent") as caught:
        await edit(to(NEW), consent=consent, accept_loss=accepted)

    assert undecided == caught.value.paths
    names = ", ".join(path.removeprefix("consentInformation.") for path in undecided)
    assert f"resets those that it is not sent ({names})" in str(caught.value)
    assert 0 == writes(emulator)


@pytest.mark.parametrize(
    ("consent", "accepted"),
    [
        (None, ["consentInformation"]),
        (None, PATHS),
        (ConsentInformation(sms_consent_status="DECLINED"), ["consentInformation"]),
        (ALL_GIVEN, []),
    ],
)
async def test_decided_consents(
    consent: ConsentInformation | None,
    accepted: list[str],
    *,
    edit: Callable[..., Awaitable[Any]],
    emulator: Emulator,
) -> None:
    """What is set is sent, what is accepted is reset, and the diff has a line for each."""
    done = await edit(to(NEW), consent=consent, accept_loss=accepted)

    stored = emulator.consent(done.account_id) or {}
    lines = [entry for entry in done.diff if entry.parameter.startswith("consentInformation")]
    assert [(path, stored[path.partition(".")[2]]) for path in PATHS] == [
        (entry.parameter, entry.new) for entry in lines
    ]
    assert sum(status != "NOT_ASKED" for status in stored.values()) == sum(
        entry.kind == "consent set" for entry in lines
    )
    assert () == done.undecided


async def test_a_dry_run_says_what_is_undecided(
    edit: Callable[..., Awaitable[Any]], emulator: Emulator
) -> None:
    """It is not refused; one line of its diff stands for all that is undecided."""
    given = ConsentInformation(mail_consent_status="GIVEN")

    all_five = await edit(to(NEW), dry_run=True)
    some = await edit(to(NEW), dry_run=True, consent=given, accept_loss=[PATHS[1]])

    assert PATHS == all_five.undecided
    assert ["changed", "undecided"] == [entry.kind for entry in all_five.diff]
    assert ("undecided", "consentInformation", "-", "to be decided") == [*all_five.diff][1].row
    assert all_five.undecided == [*all_five.diff][1].new
    assert paths("email", "sms", "dataSharing") == some.undecided
    assert ["changed", "consent reset", "consent set", "undecided"] == [
        entry.kind for entry in some.diff
    ]
    assert ["changed", "consent set"] == [entry.kind for entry in some.diff.changes]
    assert 0 == writes(emulator)


@pytest.mark.parametrize("dry_run", [False, True])
async def test_nothing_to_write_needs_no_decision(
    *, dry_run: bool, edit: Callable[..., Awaitable[Any]], emulator: Emulator
) -> None:
    """Neither an edit without a change nor one that only accepts losses writes anything."""
    for accepted in ([], ["consentInformation"]):
        done = await edit(lambda _: None, dry_run=dry_run, accept_loss=accepted)

        assert (False, (), ()) == (done.written, done.diff.entries, done.undecided)
    assert 0 == writes(emulator)


async def test_a_consent_alone_needs_the_others(edit: Callable[..., Awaitable[Any]]) -> None:
    """To set one of them resets the rest, so that these have to be decided as well."""
    given = ConsentInformation(mail_consent_status="GIVEN")

    with pytest.raises(LossyReadError) as caught:
        await edit(lambda _: None, consent=given)

    assert paths("email", "phone", "sms", "dataSharing") == caught.value.paths


async def test_everything_undecided_at_once(neon: AsyncClient, emulator: Emulator) -> None:
    """Unknown fields, a login and consents are in one error, and in one line of a dry run."""
    account_id = create(emulator, "individual", shoeSize=44, login={"username": "ada"})
    expected = ("login.username", "shoeSize", *PATHS)

    with pytest.raises(LossyReadError) as caught:
        await neon.edit_individual_account(account_id, to(NEW))
    plan = await neon.edit_individual_account(account_id, to(NEW), dry_run=True)

    assert set(expected) == set(caught.value.paths)
    assert caught.value.paths == plan.undecided
    (line,) = [entry for entry in plan.diff if entry.kind == "undecided"]
    assert {"login.username", "shoeSize", "consentInformation"} == {*line.row[1].split(", ")}
    assert [READ] * 2 == methods(emulator)
    done = await neon.edit_individual_account(account_id, to(NEW), accept_loss=caught.value.paths)
    assert done.verified


async def test_many_undecided_paths_are_cut_in_the_table() -> None:
    """The line stays readable; `undecided` has them all."""
    fields = {f"shoe{number}": "44" for number in range(9)}

    plan = await account_server.person(**fields).edit(put("url", NEW), dry_run=True)

    (*_, line) = plan.diff
    assert "shoe0, shoe1, shoe2, 6 more" == line.row[1]
    assert tuple(fields) == plan.undecided


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (put("account_id", 9), "can't change it"),
        (put("url", None), "would delete"),
        (put("url", 5), "text"),
    ],
)
async def test_other_refusals_come_first(
    change: Any, problem: str, edit: Callable[..., Awaitable[Any]]
) -> None:
    """What can't be meant is no reason to decide about consents."""
    with pytest.raises(InvalidRequestError, match=problem):
        await edit(change)


async def test_options_reach_an_organization(neon: AsyncClient, emulator: Emulator) -> None:
    """Consents, conflicts and verification are the caller's choice there, too."""
    account_id = create(emulator, "organization")
    calls: list[str] = []

    def change(account: OrganizationAccount) -> None:
        calls.append("x")
        if len(calls) == 1:
            emulator.change_account(account_id, url="https://example.org/theirs")
        account.organization_name = "Renamed"

    done = await neon.edit_organization_account(
        account_id,
        change,
        consent=ConsentInformation(sms_consent_status="DECLINED"),
        accept_loss=RESET,
        on_conflict="retry",
        verify=False,
    )

    assert "DECLINED" == (emulator.consent(account_id) or {})["smsConsentStatus"]
    assert (2, False) == (len(calls), done.verified)
    assert WRITE.replace("Individual", "Organization") == methods(emulator)[-1]
