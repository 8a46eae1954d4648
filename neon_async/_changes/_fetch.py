"""From queries to replies."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Generic

from neon_async._changes._source import RecordT
from neon_async._dispatch import bare
from neon_async.errors import APIError, ValidationError

if TYPE_CHECKING:
    from neon_async._changes._query import Query
    from neon_async._changes._source import Reply, Source
    from neon_async.operations._base import Sender

_logger = logging.getLogger("neon_async")


class Fetcher(Generic[RecordT]):
    """Sends queries about one kind of records."""

    def __init__(self, sender: Sender, source: Source[RecordT], page_size: int) -> None:
        """Prepare; nothing is sent yet."""
        self._sender = sender
        self._source = source
        self._page_size = page_size
        # Whether the server sorts by time, and whether by id, as far as it has not refused.
        self._sorts = {False: True, True: True}

    async def fetch(self, query: Query) -> Reply[RecordT]:
        """Send a query and return the reply.

        Raises:
            NeonError: as for `AsyncClient.send`.
            PaginationError: the reply contradicts itself, or the query.
        """
        return await (self.first(query) if query.by_id else bare(self._fetch(query)))

    async def _fetch(self, query: Query, *, sort: bool = True) -> Reply[RecordT]:
        sort = sort and self._sorts[query.by_id]
        asked = self._source.ask(query, self._page_size, sort=sort)
        return self._source.read(await self._sender.send(asked), asked)

    async def first(self, query: Query) -> Reply[RecordT]:
        """Send the first query by time, or any by id.

        A server that refuses to sort so is asked for no such order from then on.

        Raises:
            NeonError: as for `fetch`.
        """
        try:
            return await bare(self._fetch(query))
        except APIError as error:
            if type(error) not in {APIError, ValidationError} or not self._sorts[query.by_id]:
                raise
        reply = await bare(self._fetch(query, sort=False))
        if self._sorts[query.by_id]:
            self._sorts[query.by_id] = False
            _logger.warning(
                "%s: the server refuses to sort by %s, so that changes take more requests",
                self._source.operation.__name__,
                "id" if query.by_id else "time",
            )
        return reply
