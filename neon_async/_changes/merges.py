"""Where merged accounts live now."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import anyio
import attrs

from neon_async._aio.task_groups import for_each
from neon_async.errors import ErrorCode, InvalidRequestError, NeonError, NotFoundError
from neon_async.operations import RetrieveDuplicateMergeHistory

if TYPE_CHECKING:
    from collections.abc import Iterable

    from neon_async.operations._base import Sender

_logger = logging.getLogger("neon_async")

_CACHED = 10_000


@attrs.frozen
class _Known:
    """The current id of an account, or None if unknown, and the time of the answer."""

    current: int | None
    at: float


class Merges:
    """Looks up merge histories, several at once, and remembers them.

    Where the organization's v1 does not offer the method, every account is unknown: that is
    logged once, and not asked again.
    """

    def __init__(self, sender: Sender, workers: int) -> None:
        """Prepare, without sending anything.

        Args:
            sender: the client.
            workers: how many requests may be under way at once.
        """
        self._sender = sender
        self._workers = workers
        self._cache: dict[int, _Known] = {}
        # Whether the method exists: None before anything is known about it.
        self._offered: bool | None = None

    async def resolve(self, ids: Iterable[int], *, max_age: float) -> dict[int, int | None]:
        """Return the current id of each account, and None where it is unknown.

        Args:
            ids: current and former ids.
            max_age: seconds for which an answer is remembered.

        Raises:
            NeonError: as for `AsyncClient.send`.
        """
        oldest = anyio.current_time() - max_age
        wanted = tuple(dict.fromkeys(ids))
        found: dict[int, _Known] = {}

        async def look_up(one: int) -> None:
            if one not in found:
                _keep_newest(found, await self._histories(one, oldest))

        await for_each(wanted, look_up, workers=min(self._workers, len(wanted)))
        return {one: found[one].current for one in wanted}

    async def _histories(self, one: int, oldest: float) -> dict[int, _Known]:
        """Return what is known of an account, and of the others that were merged with it."""
        known = self._cache.get(one)
        if known is not None and known.at >= oldest:
            return {one: known}
        at = anyio.current_time()
        current = {one: None} if self._offered is False else await self._ask(one)
        histories = {number: _Known(new, at) for number, new in current.items()}
        _keep_newest(self._cache, histories)
        while len(self._cache) > _CACHED:
            del self._cache[next(iter(self._cache))]
        return histories

    async def _ask(self, one: int) -> dict[int, int | None]:
        try:
            history = await self._sender.send(RetrieveDuplicateMergeHistory(one))
        except NotFoundError as error:
            self._judge(error)
            return {one: None}
        except InvalidRequestError as error:
            if error.parameter is not None:
                raise
            # Not about the id: the transport has no such method, as SOAP hasn't.
            self._withdraw(error)
            return {one: None}
        self._offered = True
        current = history.current_account_id
        if history.searched_account_id != one or current < 1:
            return {one: None}
        return dict.fromkeys([*history.previous_account_ids, current, one], current)

    def _judge(self, error: NotFoundError) -> None:
        """Find out whether there is no such account, or no such method."""
        if not error.reason:
            self._offered = True
        elif error.code == ErrorCode.SYSTEM_ERROR.value and self._offered:
            # Code 1 has other causes, too; the method has answered before.
            return
        else:
            self._withdraw(error)

    def _withdraw(self, error: NeonError) -> None:
        if self._offered is not False:
            self._offered = False
            _logger.warning("%s: merged accounts are shown as deleted", error)


def _keep_newest(known: dict[int, _Known], histories: dict[int, _Known]) -> None:
    """Add what was learnt, unless something else was asked later: answers may overtake others."""
    for number, history in histories.items():
        before = known.pop(number, history)
        known[number] = max(history, before, key=lambda one: one.at)
