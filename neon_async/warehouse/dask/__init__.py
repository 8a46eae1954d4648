"""Many organizations on a Dask cluster, one task for each: `pip install 'neon-async[dask]'`.

```python
from neon_async import AsyncClient
from neon_async.warehouse.dask import sync_all


def connect(org_id: str) -> AsyncClient:
    return AsyncClient(org_id=org_id, api_key=read_key(org_id))


certificates = sync_all(org_ids, connect, write, "checkpoints")
```

One organization is not divided: v1 limits its concurrent requests, and one process reaches that
limit. `connect` reads the credentials in the worker. Keys of tasks, their text in logs and the
dashboard name neither credentials nor organizations.
"""

from importlib.util import find_spec

if not all(map(find_spec, ("dask", "distributed", "pandas", "pyarrow"))):
    raise ImportError(
        "neon_async.warehouse.dask needs more packages: pip install 'neon-async[dask]'"
    )

from neon_async.warehouse.dask._accounts import read_accounts
from neon_async.warehouse.dask._jobs import EVERYTHING
from neon_async.warehouse.dask._sync import SyncAllError, Write, sync_all

__all__ = ["EVERYTHING", "SyncAllError", "Write", "read_accounts", "sync_all"]
