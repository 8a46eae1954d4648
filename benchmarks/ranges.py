"""An organization with fixed bodies that answers about ranges of time, inside the process.

Only the id and the last-modified time of an account are its own: all else of an account is bytes
that were encoded once. So a pull takes hardly more CPU time than the client does, and no memory.
"""

from __future__ import annotations

import functools
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import httpx
import orjson

from benchmarks import bodies

_FIRST = datetime(2014, 1, 1, tzinfo=UTC)
# Between two accounts, in milliseconds.
_STEP = 60_000
_VARIANTS = 1_600


@functools.cache
def _tails() -> list[bytes]:
    """Return what follows the last-modified time of some accounts, as bytes."""
    whole = (orjson.dumps(bodies.account(n)) for n in range(_VARIANTS))
    return [account.partition(b'"lastModifiedBy"')[2] for account in whole]


class FixedOrganization(httpx.AsyncBaseTransport):
    """So many accounts, one a minute, none of which changes or is deleted.

    Attributes:
        requests: how many requests for pages there were.
    """

    def __init__(self, accounts: int) -> None:
        """Keep how many accounts there are."""
        self._accounts = accounts
        self.requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request."""
        form = parse_qs((await request.aread()).decode())
        if "syncAccountTimeFrom" not in form:
            return httpx.Response(200, content=bodies.SMALL)
        self.requests += 1
        return httpx.Response(200, content=self._page(form))

    def _page(self, form: dict[str, list[str]]) -> bytes:
        start = max(0, -(-self._position(form["syncAccountTimeFrom"][0]) // _STEP))
        end = self._accounts
        if "syncAccountTimeTo" in form:
            end = min(end, self._position(form["syncAccountTimeTo"][0]) // _STEP + 1)
        size, number = int(form["page.pageSize"][0]), int(form["page.currentPage"][0])
        total = max(0, end - start)
        ids = range(start, start + total)
        column, direction = (
            form.get(f"page.sort{name}", [""])[0] for name in ("Column", "Direction")
        )
        if direction == "DESC":
            ids = ids[::-1]
        block = {
            "currentPage": number,
            "pageSize": size,
            "totalPage": max(1, -(-total // size)),
            "totalResults": total,
            "sortColumn": column,
            "sortDirection": direction,
        }
        accounts = b",".join(map(_account, ids[(number - 1) * size : number * size]))
        return b"".join(
            [
                b'{"syncAccountsResponse":{"operationResult":"SUCCESS","responseDateTime":"',
                datetime.now(UTC).isoformat(timespec="milliseconds").encode(),
                b'","page":',
                orjson.dumps(block),
                b',"individualAccounts":{"individualAccount":[',
                accounts,
                b']},"deletedAccountList":{"accountId":[]}}}',
            ]
        )

    @staticmethod
    def _position(text: str) -> int:
        return (datetime.fromisoformat(text) - _FIRST) // timedelta(milliseconds=1)


def _account(number: int) -> bytes:
    time = (_FIRST + timedelta(milliseconds=number * _STEP)).isoformat(timespec="milliseconds")
    head = b'{"accountId":%d,"lastModifiedDateTime":"%s","lastModifiedBy"'
    return head % (number + 1, time.encode()) + _tails()[number % _VARIANTS]
