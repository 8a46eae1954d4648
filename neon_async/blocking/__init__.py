"""The client for synchronous code: scripts, Celery tasks, Django views, dlt and Airflow.

```python
from neon_async import AsyncClient, blocking


def connect() -> AsyncClient:
    return AsyncClient()  # NEON_ORG_ID and NEON_API_KEY


with blocking.client(connect) as neon:
    for account in neon.sync_accounts(time_from=last_week):
        print(account.account_id)
```

Each `with` block runs one event loop in a thread of its own, and closes both at its end; nothing is
kept at module level. Methods, arguments, results and errors are those of `AsyncClient`. Callbacks
such as `on_progress` run in the thread of the event loop, where they must not wait for this
client. Ctrl-C cancels the call that is under way, waits for its end, and then raises
KeyboardInterrupt.
"""

from neon_async.blocking._client import (
    BlockingClient,
    Connect,
    ConnectOrganization,
    account_changes,
    activity_changes,
    client,
)
from neon_async.blocking._edits import BlockingBulkEdit
from neon_async.blocking._feed import BlockingBatch, BlockingChangeFeed
from neon_async.blocking._iteration import BlockingIterator, BlockingPaginator

__all__ = [
    "BlockingBatch",
    "BlockingBulkEdit",
    "BlockingChangeFeed",
    "BlockingClient",
    "BlockingIterator",
    "BlockingPaginator",
    "Connect",
    "ConnectOrganization",
    "account_changes",
    "activity_changes",
    "client",
]
