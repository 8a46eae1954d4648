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
        self._sort = True

    async def fetch(self, query: Query) -> Reply[RecordT]:
        """Send a query and return the reply.

        Raises:
            NeonError: as for `AsyncClient.send`.
            PaginationError: the reply contradicts itself, or the query.
        """
        return await bare(self._fetch(query))

    async def _fetch(self, query: Query) -> Reply[RecordT]:
        asked = self._source.ask(query, self._page_size, sort=self._sort)
        return self._source.read(await self._sender.send(asked), asked)

    async def first(self, query: Query) -> Reply[RecordT]:
        """Send the first query: a server that refuses to sort is asked for no order from then on.

        Raises:
            NeonError: as for `fetch`.
        """
        try:
            return await self.fetch(query)
        except APIError as error:
            if type(error) not in {APIError, ValidationError}:
                raise
        self._sort = False
        reply = await self.fetch(query)
        _logger.warning(
            "%s: the server refuses to sort, so that changes are read by time slices",
            self._source.operation.__name__,
        )
        return reply
