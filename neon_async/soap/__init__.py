"""SOAP 1.1 underneath the same client, experimental.

```python
from neon_async.soap import SoapTransport

async with AsyncClient(transport=SoapTransport()) as neon:
    async for account in neon.sync_accounts(time_from=last_week):
        print(account.account_id)
```
"""

from neon_async.soap.transport import SoapTransport

__all__ = ["SoapTransport"]
