"""SOAP 1.1 underneath the same client, experimental.

```python
from neon_async import AsyncClient
from neon_async.soap import SoapTransport

async with AsyncClient(transport=SoapTransport()) as neon:
    await neon.retrieve_individual_account(5643)
```
"""

from neon_async.soap.transport import SoapTransport

__all__ = ["SoapTransport"]
