"""An emulator in the shape in which the machines work on an organization."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

import attrs
import httpx

from neon_async import AsyncClient, RetryPolicy
from neon_async._changes.plan import ClientClock
from neon_async._changes.protocol import SECOND, from_micros, to_micros
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
    """Records of an emulator. What a record's version is, its middle name or its note says.

    Attributes:
        kind: what the records are.
        elapsed: seconds that have passed, whatever the server's clock says.
        latest: as in `FakeChangeServer`.
        backdated: as in `FakeChangeServer`.
        on_request: called before each request is answered.
    """

    emulator: Emulator = attrs.field(
        factory=lambda: Emulator(accounts=0, activities=0, clock=Clock(SINCE + LATER))
    )
    kind: Literal["accounts", "activities"] = "accounts"
    on_request: Callable[[], object] = lambda: None
    elapsed: float = 0.0
    backdated: set[int] = attrs.field(factory=set[int])
    latest: int = 0
    _deleted: dict[int, int] = attrs.field(factory=dict[int, int])
    _version: int = 0

    @property
    def now(self) -> int:
        return to_micros(self.emulator.clock())

    @property
    def rows(self) -> dict[int, Row]:
        return {number: self._row(number) for number in self._ids()}

    @property
    def deleted(self) -> dict[int, int]:
        return self._deleted

    def alive(self) -> list[int]:
        return [one for one in self._ids() if one not in self._deleted]

    def gone(self) -> list[int]:
        return []

    def create(self, delay: float = 0.0, *, at: int | None = None) -> int:
        fields: dict[str, Any] = {} if at is None else {"lastModifiedDateTime": from_micros(at)}
        self._delay(delay)
        make = self.emulator.create_individual
        if self.kind == "activities":
            make = self.emulator.create_activity
        number = make(**self._named(), **fields)
        self._date(number)
        return number

    def edit(self, number: int, delay: float) -> None:
        self._delay(delay)
        self._date(number)
        change = self.emulator.change_account
        if self.kind == "activities":
            change = self.emulator.change_activity
        change(number, **self._named())

    def delete(self, number: int, delay: float) -> None:
        self._delay(delay)
        self._date(number)
        if self.kind == "accounts":
            self.emulator.delete_account(number)
        else:
            self.emulator.delete_activity(number)
        self._deleted[number] = self.now

    def merge(self, old: int, new: int, delay: float) -> None:
        if self.kind == "accounts" and old != new:
            self._delay(delay)
            self._date(old)
            self.emulator.merge_accounts(old, new)
            self._deleted[old] = self.now
            self.edit(new, delay)

    def bulk(self, count: int) -> None:
        for _ in range(count):
            self.create()

    def tick(self, seconds: float) -> None:
        self.elapsed += seconds
        self.emulator.clock.advance(seconds)

    def step_clock(self, seconds: float) -> None:
        """Set the server's clock forward, or back by a negative number, while no time passes."""
        self.latest = max(self.latest, self.now)
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
        """Return a client that does not wait between its attempts, and whose clocks are right."""
        client = self.emulator.client(
            transport=Between(self),
            page_size=page_size,
            max_concurrency=2,
            retry=RetryPolicy(attempts=3, jitter=lambda: 0.0),
        )
        start = to_micros(SINCE + LATER)
        client._client_clock = ClientClock(
            lambda: self.elapsed, lambda: start + round(self.elapsed * SECOND)
        )
        return client

    def _ids(self) -> list[int]:
        emulator = self.emulator
        return emulator.account_ids() if self.kind == "accounts" else emulator.activity_ids()

    def _row(self, number: int) -> Row:
        accounts = self.kind == "accounts"
        record = (self.emulator.account if accounts else self.emulator.activity)(number)
        assert record is not None
        at = datetime.fromisoformat(record["lastModifiedDateTime"])
        version = record["primaryContact"]["middleName"] if accounts else record["note"]
        return Row(to_micros(at), int(version))

    def _named(self) -> dict[str, Any]:
        self._version += 1
        version = str(self._version)
        if self.kind == "activities":
            return {"note": version}
        return {"primaryContact": {"firstName": "A", "middleName": version, "lastName": "Person"}}

    def _date(self, number: int) -> None:
        self.latest = max(self.latest, self.now)
        (self.backdated.add if self.now < self.latest else self.backdated.discard)(number)

    def _delay(self, seconds: float) -> None:
        self._change(commit_delay=seconds)

    def _change(self, **quirks: Any) -> None:
        changed: Quirks = attrs.evolve(self.emulator.quirks, **quirks)
        self.emulator.quirks = changed
