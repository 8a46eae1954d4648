"""`neon-async merge-history`: merges of one account."""

from typing import TYPE_CHECKING

from neon_async.cli._common import COMMON, AnswerForm, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._event_loop import run_async
from neon_async.cli._formats.terminal_table import answer
from neon_async.cli._values import RecordId

if TYPE_CHECKING:
    from neon_async import MergeHistory

_COLUMNS = ("searchedAccountId", "currentAccountId", "previousAccountIds")


def merge_history(
    account_id: RecordId, /, *, form: AnswerForm = None, common: CommonOptions = COMMON
) -> None:
    """Show an account's current id and the ids that were merged into it.

    ```
    neon-async merge-history 10002
    neon-async merge-history 10002 | jq .currentAccountId
    ```

    Args:
        account_id: A current or a former id.
        form: How to print it; a table on a terminal, otherwise a line of JSON.
        common: The common options.
    """
    history = run_async(_retrieve, account_id, common)
    searched, current = history.searched_account_id, history.current_account_id
    answer(_COLUMNS, [(searched, current, history.previous_account_ids)], form=form)


async def _retrieve(account_id: int, common: CommonOptions) -> "MergeHistory":
    async with connect(common) as neon:
        return await neon.retrieve_duplicate_merge_history(account_id)
