"""The types of what `AsyncClient` returns."""

from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from typing import assert_type

import attrs

from neon_async import (
    AccountDiff,
    AccountEdit,
    AccountsPage,
    ActivitiesPage,
    Activity,
    AsyncClient,
    Batch,
    CodeName,
    Component,
    ConsentInformation,
    Contact,
    CustomField,
    Deleted,
    FileCheckpoint,
    Hooks,
    IdName,
    IndividualAccount,
    Merged,
    MergeHistory,
    NeonError,
    OrganizationAccount,
    Reconciliation,
    ReplyEvent,
    RequestEvent,
    Upserted,
    Verdict,
)
from neon_async.otel import OpenTelemetryHooks

YESTERDAY = datetime(2026, 1, 1, tzinfo=UTC)


async def walks(neon: AsyncClient) -> None:
    """Items and pages keep their types through every way of walking."""
    async for account in neon.sync_accounts(time_from=YESTERDAY):
        assert_type(account, IndividualAccount | OrganizationAccount)
        assert_type(account.id, int)
        assert_type(account.contact, Contact)
    async for page in neon.sync_accounts(account_ids=[1, 2]).pages():
        assert_type(page, AccountsPage)
        assert_type(page.accounts, list[IndividualAccount | OrganizationAccount])
    assert_type(await neon.sync_activities(time_from=YESTERDAY).first_page(), ActivitiesPage)
    assert_type(await neon.sync_activities(activity_ids=[1]).collect(limit=5), list[Activity])
    async with neon.sync_activities(time_from=YESTERDAY).lookahead(workers=3) as activities:
        async for activity in activities:
            assert_type(activity, Activity)
    async with neon.sync_accounts(time_from=YESTERDAY).lookahead_pages() as pages:
        async for ahead in pages:
            assert_type(ahead, AccountsPage)


async def feeds(neon: AsyncClient) -> None:
    """A change says what kind of record it is about, and can be matched by position."""
    async with neon.account_changes(YESTERDAY, checkpoint=FileCheckpoint("x.json")) as changes:
        async for change in changes:
            match change:
                case Upserted(account, provisional):
                    assert_type(account, IndividualAccount | OrganizationAccount)
                    assert_type(provisional, bool)
                case Deleted(account_id):
                    assert_type(account_id, int)
                case Merged(old, new):
                    assert_type((old, new), tuple[int, int])
                    assert_type((change.old_id, change.new_id), tuple[int, int])
        async for batch in changes.batches(size=10):
            assert_type(batch, Batch[IndividualAccount | OrganizationAccount])
            assert_type(batch.checkpoint, str)
            await batch.commit()
            for change in batch.changes:
                assert_type(change.id, int)
        await changes.commit()
    assert_type(changes.checkpoint, str)
    assert_type(changes.certificate.verdict, Verdict)
    async with neon.activity_changes(YESTERDAY, checkpoint=changes.checkpoint) as more:
        assert_type(await anext(more), Upserted[Activity] | Deleted | Merged)
        assert_type((await anext(more)).id, int)
    assert_type(await neon.reconcile([1, 2]), Reconciliation)
    assert_type(await neon.resolve_account_id(1), int | None)
    assert_type(await neon.resolve_account_ids([1, 2]), dict[int, int | None])


async def views(neon: AsyncClient) -> None:
    """A view is a client, and every error says how often its call was tried."""
    try:
        assert_type(neon.with_options(timeout=5.0, page_size=50), AsyncClient)
    except NeonError as error:
        assert_type(error.attempts, int)


async def writes(neon: AsyncClient, consent: ConsentInformation) -> None:
    """Writing operations return the account's id."""
    person, organization = IndividualAccount(), OrganizationAccount()
    assert_type(await neon.update_individual_account(person, consent=consent), int)
    assert_type(await neon.create_organization_account(organization, origin_detail="fair"), int)
    assert_type(await neon.create_individual_account(person, on_unknown="find"), int)
    assert_type(await neon.update_organization_account(organization, consent=consent), int)
    assert_type(await neon.add_activity(Activity(subject="x")), int)
    assert_type(await neon.update_activity(await neon.retrieve_activity(1)), int)


async def edits(neon: AsyncClient, consent: ConsentInformation) -> None:
    """An edit keeps the kind of its account, and its change may return or mutate."""
    one = await neon.edit_individual_account(
        1, lambda account: attrs.evolve(account, url="x"), allow_clear={"url"}, consent=consent
    )
    assert_type(one, AccountEdit[IndividualAccount])
    assert_type(one.diff, AccountDiff)
    assert_type(await one.undo(), AccountEdit[IndividualAccount])

    def rename(account: OrganizationAccount) -> None:
        account.organization_name = "x"

    other = await neon.edit_organization_account(2, rename, on_conflict="retry")
    assert_type(other.before, OrganizationAccount)
    assert_type(await neon.undo_edit(other), AccountEdit[OrganizationAccount])


async def reads(neon: AsyncClient) -> None:
    """Reading operations return models, and the lists come as tuples."""
    assert_type(await neon.retrieve_individual_account(1), IndividualAccount)
    assert_type(await neon.retrieve_organization_account(1), OrganizationAccount)
    assert_type(await neon.retrieve_duplicate_merge_history(1), MergeHistory)
    assert_type(await neon.list_prefixes(), tuple[str, ...])
    assert_type(await neon.list_genders(), tuple[CodeName, ...])
    assert_type(await neon.list_countries(), tuple[IdName, ...])
    assert_type(await neon.list_custom_fields("Account"), tuple[CustomField, ...])
    assert_type(await neon.list_custom_fields(Component.DONATION), tuple[CustomField, ...])
    assert_type(await neon.retrieve_activity(1), Activity)


class Watching(Hooks):
    """A hook overrides what it needs, and returns a context manager or nothing."""

    def on_request(self, event: RequestEvent) -> AbstractContextManager[None]:
        """Take the narrower type."""
        assert_type(event.attempt, int)
        return nullcontext()

    def on_reply(self, event: ReplyEvent) -> None:
        """Take what may be missing."""
        assert_type((event.status, event.error), tuple[int | None, str | None])


def hooks() -> None:
    """One hook or several can be given."""
    AsyncClient(hooks=Watching())
    AsyncClient(hooks=[OpenTelemetryHooks(), Watching()])
