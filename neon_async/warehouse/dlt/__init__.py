"""A dlt source of accounts and activities: `pip install 'neon-async[dlt]'`.

```python
import dlt

from neon_async import AsyncClient
from neon_async.warehouse.dlt import source


def connect() -> AsyncClient:
    return AsyncClient()  # NEON_ORG_ID and NEON_API_KEY


pipeline = dlt.pipeline("donors", destination="duckdb", dataset_name="neon")
pipeline.run(source(connect))
```

Each run loads what has changed since the last one, deletions included. The checkpoint is in dlt's
own state, which a destination stores together with the rows.
"""

from importlib.util import find_spec

if not all(map(find_spec, ("dlt", "pyarrow"))):
    raise ImportError("neon_async.warehouse.dlt needs more packages: pip install 'neon-async[dlt]'")

from neon_async.warehouse.dlt._source import source

__all__ = ["source"]
