"""An emulator in the shape in which the machines work on an organization."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import attrs
import httpx

from neon_async import AsyncClient, RetryPolicy
from neon_async._changes.timestamps import from_micros, to_micros
from neon_async.emulator import Clock, Emulator, Quirks
from tests.support.change_server import LATER, SINCE, Row
from tests.support.row_server import Bounds


class Between(httpx.AsyncBaseTransport):
    """Lets something happen before each request reaches the emulator."""

    def __init__(self, organization: "Emulated") -> None:
        self._organization = organization
        self._inner = httpx.ASGITransport(app=organization.emulator)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._organization.on_request()
        return await self._inner.handle_async_request(request)


@attrs.define
class Emulated:
    """Accounts of an emulator. What a record's version is, its middle name says.

    Attributes:
        on_request: called before each request is answered.
    """

    emulator: Emulator = attrs.field(
        factory=lambda: Emulator(accounts=0, activities=0, clock=Clock(SINCE + LATER))
    )
    on_request: Callable[[], object] = lambda: None
    _deleted: dict[int, int] = attrs.field(factory=dict[int, int])
    _version: int = 0

    @property
    def now(self) -> int:
        return to_micros(self.emulator.clock())

    @property
    def rows(self) -> dict[int, Row]:
        return {number: self._row(number) for number in self.emulator.account_ids()}

    @property
    def deleted(self) -> dict[int, int]:
        return self._deleted

    def alive(self) -> list[int]:
        return [one for one in self.emulator.account_ids() if one not in self._deleted]

    def gone(self) -> list[int]:
        return []

    def create(self, delay: float = 0.0, *, at: int | None = None) -> int:
        fields = {} if at is None else {"lastModifiedDateTime": from_micros(at)}
        self._delay(delay)
        return self.emulator.create_individual(primaryContact=self._named(), **fields)

    def edit(self, number: int, delay: float) -> None:
        self._delay(delay)
        self.emulator.change_account(number, primaryContact=self._named())

    def delete(self, number: int, delay: float) -> None:
        self._delay(delay)
        self.emulator.delete_account(number)
        self._deleted[number] = self.now

    def merge(self, old: int, new: int, delay: float) -> None:
        if old != new:
            self._delay(delay)
            self.emulator.merge_accounts(old, new)
            self._deleted[old] = self.now
            self.edit(new, delay)

    def bulk(self, count: int) -> None:
        for _ in range(count):
            self.create()

    def tick(self, seconds: float) -> None:
        self.emulator.clock.advance(seconds)

    def set_bounds(self, bounds: Bounds) -> None:
        self._change(bounds=bounds)

    def set_unsorted(self, unsorted: bool) -> None:  # noqa: FBT001 - an action's one argument
        self._change(sort_column_ignored=unsorted)

    def expire(self) -> None:
        self.emulator.expire_sessions()

    def fail(self, times: int, fault: dict[str, Any]) -> None:
        self.emulator.fail_next(times, **fault)

    def client(self, page_size: int) -> AsyncClient:
        """Return a client that does not wait between its attempts."""
        return self.emulator.client(
            transport=Between(self),
            page_size=page_size,
            max_concurrency=2,
            retry=RetryPolicy(attempts=3, jitter=lambda: 0.0),
        )

    def _row(self, number: int) -> Row:
        record = self.emulator.account(number)
        assert record is not None
        at = datetime.fromisoformat(record["lastModifiedDateTime"])
        return Row(to_micros(at), int(record["primaryContact"]["middleName"]))

    def _named(self) -> dict[str, str]:
        self._version += 1
        return {"firstName": "A", "middleName": str(self._version), "lastName": "Person"}

    def _delay(self, seconds: float) -> None:
        self._change(commit_delay=seconds)

    def _change(self, **quirks: Any) -> None:
        changed: Quirks = attrs.evolve(self.emulator.quirks, **quirks)
        self.emulator.quirks = changed
