"""A stateful NeonCRM v1 to run clients and tests against.

```python
from neon_async.emulator import Emulator

async with Emulator(accounts=1000) as emulator, emulator.client() as neon:
    emulator.create_individual(primaryContact={"firstName": "Ada", "lastName": "Example"})
    emulator.fail_next(method="syncAccounts", code=2)
```

It answers the methods that this package knows, with the rules and error codes of their
reference pages, over synthetic people. `running` and `serve` put it on a socket, with a console
for browsers at `/` and the methods described at `/docs` and `/openapi.json`.
"""

from importlib.util import find_spec

if find_spec("starlette") is None:
    raise ImportError("the emulator needs more packages: pip install 'neon-async[emulator]'")

from neon_async.emulator._emulator import API_KEY, ORG_ID, Emulator
from neon_async.emulator._organizations import Organizations
from neon_async.emulator._running import running, serve
from neon_async.emulator._server.log import LoggedRequest
from neon_async.emulator._state.lists import ReferenceLists
from neon_async.emulator._state.quirks import Quirks
from neon_async.emulator._wire.clock import Clock

__all__ = [
    "API_KEY",
    "ORG_ID",
    "Clock",
    "Emulator",
    "LoggedRequest",
    "Organizations",
    "Quirks",
    "ReferenceLists",
    "running",
    "serve",
]
