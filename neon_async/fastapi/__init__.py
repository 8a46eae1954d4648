"""NeonCRM inside of FastAPI: one client for the application, errors as problems, pulls as streams.

```python
from datetime import datetime

from fastapi import FastAPI
from fastapi.responses import Response

from neon_async.fastapi import NeonClient, add_exception_handlers, lifespan, stream_ndjson

app = FastAPI(lifespan=lifespan())  # credentials from NEON_ORG_ID and NEON_API_KEY
add_exception_handlers(app)


@app.get("/accounts")
async def accounts(neon: NeonClient, since: datetime) -> Response:
    return stream_ndjson(neon.sync_accounts(time_from=since))
```

The models are request and response models as they are, in v1's own JSON, with their schemas in
OpenAPI. Declare one as a body for FastAPI: `Annotated[IndividualAccount, Body()]`.
"""

import importlib.util

if importlib.util.find_spec("fastapi") is None:
    raise ImportError("neon_async.fastapi needs FastAPI: pip install 'neon-async[fastapi]'")

from neon_async.fastapi._clients import (
    ClientsByOrg,
    NeonClient,
    clients_by_org,
    current_client,
    lifespan,
)
from neon_async.fastapi._problems import add_exception_handlers, problem
from neon_async.fastapi._streaming import stream_ndjson
from neon_async.fastapi._webhooks import WebhookEvent, webhook_router

__all__ = [
    "ClientsByOrg",
    "NeonClient",
    "WebhookEvent",
    "add_exception_handlers",
    "clients_by_org",
    "current_client",
    "lifespan",
    "problem",
    "stream_ndjson",
    "webhook_router",
]
