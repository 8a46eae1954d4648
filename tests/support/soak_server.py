"""Answers on a socket, in a process of its own: the emulator with some replies gone wrong.

It prints its URL, and when its input ends what it has done.
"""

import json
import random
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import attrs

from neon_async.emulator import Emulator
from tests.support.fault_server import FaultServer
from tests.support.fault_steps import (
    Connection,
    Seen,
    Step,
    answers,
    drip,
    fin,
    hang,
    http,
    rst,
    wait,
)
from tests.support.secrets_scenario import API_KEY, ORG_ID

SHARE = 0.05
PEOPLE = range(10_001, 10_051)
_REFUSED = b'{"r": {"operationResult": "FAIL", "errors": {"error": [{"errorCode": 2}]}}}'

# In place of the answer, or with {} after the request was processed and before the connection ends.
FAULTS: dict[str, list[Step]] = {
    "reset": [rst()],
    "closed": [fin()],
    "no reply": [hang()],
    "slow head": [wait(0.2), http(b"{}"), fin()],
    "slow body": [drip(http(b'{"r": {}}'), every=0.002)],
    "truncated": [http(b"{", length=99), fin()],
    "not HTTP": [b"nonsense\r\n\r\n", fin()],
    "broken gzip": [http(b"\x1f\x8b", headers={"Content-Encoding": "gzip"})],
    "HTML": [http(b"<html>Bad gateway</html>")],
    "status 429": [http(status=429, headers={"Retry-After": "0"})],
    "status 500": [http(status=500)],
    "status 503": [http(status=503)],
    "code 2": [http(_REFUSED)],
}
PROCESSED = ("reset after processing", "closed after the reply")
SESSION = "session forgotten"


@attrs.define
class Soaked:
    """Decides about each request, and counts."""

    emulator: Emulator
    answer: Callable[[Seen], list[Step]]
    server: FaultServer
    dice: random.Random = attrs.field(factory=lambda: random.Random(4711))  # noqa: S311 - faults
    faults: Counter[str] = attrs.field(factory=Counter[str])
    requests: int = 0

    def script(self, seen: Seen) -> list[Step]:
        """Return what happens to a request."""
        self.requests += 1
        self.server.seen.clear()  # it would be the server's memory that grows
        if self.dice.random() >= SHARE:
            return self.answer(seen)
        kind = self.dice.choice([*FAULTS, *PROCESSED, SESSION])
        self.faults[kind] += 1
        if kind == SESSION:
            self.emulator.expire_sessions()
            return self.answer(seen)
        if kind == PROCESSED[0]:
            return [self._unanswered(seen), rst()]
        if kind == PROCESSED[1]:
            return [*self.answer(seen), fin()]
        return FAULTS[kind]

    def _unanswered(self, seen: Seen) -> Step:
        (answer,) = self.answer(seen)
        assert callable(answer)

        async def process(connection: Connection) -> None:
            nowhere: Any = _Nowhere()
            await answer(attrs.evolve(connection, writer=nowhere))

        return process

    def created_twice(self) -> list[str]:
        """Return the names of organizations that a client created several times."""
        created = (self.emulator.account(one) or {} for one in self.emulator.account_ids())
        names = Counter(account.get("organizationName") for account in created)
        return [name for name, count in names.items() if name and count > 1]


class _Nowhere:
    """Takes a reply that nobody gets."""

    def write(self, data: bytes) -> None:
        pass

    async def drain(self) -> None:
        pass


def main() -> None:
    """Serve until the input ends."""
    emulator = Emulator(accounts=0, activities=100, org_id=ORG_ID, api_key=API_KEY)
    for _ in PEOPLE:
        emulator.create_individual()
    with FaultServer() as server:
        soaked = Soaked(emulator, answers(emulator), server)
        server.answer(soaked.script)
        print(server.url + urlsplit(emulator.base_url).path, flush=True)  # noqa: T201
        sys.stdin.read()
    told = {
        "requests": soaked.requests,
        "connections": server.connections,
        "most_in_flight": server.most_in_flight,
        "faults": dict(soaked.faults.most_common()),
        "created_twice": soaked.created_twice(),
    }
    print(json.dumps(told), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
