"""Mistakes that type checkers must find: each ignored error is itself an error if it is gone."""

from neon_async import Activity, AsyncClient, IndividualAccount


async def mistakes(neon: AsyncClient) -> None:
    """Wrong arguments and wrong models are found before anything runs."""
    await neon.create_organization_account(IndividualAccount())  # type: ignore[arg-type]
    await neon.update_individual_account(Activity())  # type: ignore[arg-type]
    neon.sync_accounts(time_from="2026-01-01")  # type: ignore[arg-type]
    neon.sync_accounts(123)  # type: ignore[call-arg, arg-type]
    await neon.sync_accounts(account_ids=[1])  # type: ignore[misc]
    AsyncClient(http_method="PUT")  # type: ignore[arg-type]
    AsyncClient(hooks=print)  # type: ignore[arg-type]
