"""`neon-async merge-history`: merges of one account."""

from neon_async import AsyncClient, MergeHistory
from neon_async.cli._credentials import credentials
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._interrupts import run_async


def merge_history(account_id: int, /) -> None:
    """Show an account's current id and the ids that were merged into it.

    ```
    neon-async merge-history 10002
    neon-async merge-history 10002 | jq .currentAccountId
    ```

    Args:
        account_id: A current or a former id.
    """
    history = run_async(_retrieve, account_id)
    columns = ("searchedAccountId", "currentAccountId", "previousAccountIds")
    searched, current = history.searched_account_id, history.current_account_id
    answer(columns, [(searched, current, history.previous_account_ids)])


async def _retrieve(account_id: int) -> MergeHistory:
    async with AsyncClient(**credentials()) as neon:
        return await neon.retrieve_duplicate_merge_history(account_id)
