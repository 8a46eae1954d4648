"""NeonCRM inside FastAPI: one client for the application, errors as problems, pulls as streams.

```python
from fastapi import FastAPI
from pydantic import AwareDatetime

from neon_async.fastapi import (
    NDJSONResponse,
    NeonClient,
    add_exception_handlers,
    lifespan,
    problem_responses,
    stream_ndjson,
)

# Credentials from NEON_ORG_ID and NEON_API_KEY.
app = FastAPI(lifespan=lifespan(), responses=problem_responses())
add_exception_handlers(app)


@app.get("/accounts", response_class=NDJSONResponse)
async def accounts(neon: NeonClient, since: AwareDatetime) -> NDJSONResponse:
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
from neon_async.fastapi._openapi import problem_responses
from neon_async.fastapi._problems import add_exception_handlers, problem
from neon_async.fastapi._streaming import NDJSONResponse, stream_ndjson
from neon_async.fastapi._webhooks import WebhookEvent, webhook_router

__all__ = [
    "ClientsByOrg",
    "NDJSONResponse",
    "NeonClient",
    "WebhookEvent",
    "add_exception_handlers",
    "clients_by_org",
    "current_client",
    "lifespan",
    "problem",
    "problem_responses",
    "stream_ndjson",
    "webhook_router",
]
