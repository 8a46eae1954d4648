"""The feed in few lines: slices, catch-up, tail, one reply about the open range, version lines.

What the proof needs is in here, and each part of it can be left out, by name.
"""

import itertools
from collections.abc import Iterator
from typing import Literal

import attrs

from tests.support.feed_model.server import LAG, SECOND, SLACK, Reply, Row, Server

Weakness = Literal[
    "catch up from the slices' time",
    "no line at T",
    "page need not agree",
    "no deletion list in the proof",
    "results of a slice mixed",
    "rows after deletions",
    "checkpoint at the present",
    "pending slice dropped",
    "drift within a run ignored",
    "drift between runs ignored",
    "existence not asked again",
]
Verdict = Literal["proven", "unproven", "incomplete"]

LOOKBACK = 5 * SECOND
DRIFT_LIMIT = 30 * SECOND
DRIFT_NOTED = 5 * SECOND
MOST_TAIL = 40
ASKED = 4


@attrs.frozen
class Checkpoint:
    """Where to begin; `clocks` are the server's and the client's at the last reply."""

    to: int
    pending: tuple[tuple[int, int], ...] = ()
    clocks: tuple[int, int] | None = None
    drift: int = 0


@attrs.define
class Reading:
    """What was read of a range: rows with the newest state of each, listed ids, whether all."""

    rows: dict[int, Row] = attrs.field(factory=dict[int, Row])
    listed: set[int] = attrs.field(factory=set[int])
    done: bool = False

    def take(self, rows: dict[int, Row], listed: frozenset[int] | set[int] = frozenset()) -> None:
        self.listed |= listed
        for number, row in rows.items():
            if number not in self.rows or self.rows[number].time < row.time:
                self.rows[number] = row


@attrs.define
class Run:
    """One run of the feed, and what it delivers."""

    server: Server
    start: Checkpoint
    weak: frozenset[Weakness]
    drift: int = 0
    low: int = 0
    high: int = 0
    proof_at: int = 0
    received: Reading = attrs.field(factory=Reading)
    delivered: dict[int, Row] = attrs.field(factory=dict[int, Row])
    gone: set[int] = attrs.field(factory=set[int])
    verdict: Verdict = "unproven"
    checkpoint: Checkpoint = Checkpoint(0)
    _highest: int = -(10**15)
    _now: int = 0

    def go(self) -> None:
        """Read, catch up, prove."""
        setting = self.server.setting
        begin = min([self.start.to - LOOKBACK, *(low for low, _ in self.start.pending)])
        first = self._ask(begin - SLACK)
        between = self._drift_between(first)
        self.low = begin - between
        settled = first.now - LAG - SLACK
        pending = self._slices(settled)
        catch_up_from = settled
        if "catch up from the slices' time" in self.weak:
            catch_up_from = self._now - LAG - SLACK
        self.high = catch_up_from
        if setting.pause:
            self.server.pause(setting.pause)
            self.high = self._ask(catch_up_from - SLACK).now - LAG - SLACK
        complete = self._catch_up(catch_up_from)
        if complete and not pending:
            self._prove(settled)
        limit = 10**15 if "drift within a run ignored" in self.weak else DRIFT_LIMIT
        if max(self.drift, between) >= limit and self.verdict == "proven":
            self.verdict = "unproven"
        self._finish(pending)

    def apply(self, replica: dict[int, int]) -> None:
        """Bring a consumer's copy up to date: deletions last."""
        steps = [self._apply_rows, self._apply_deletions]
        if "rows after deletions" in self.weak:
            steps.reverse()
        for step in steps:
            step(replica)

    def _apply_rows(self, replica: dict[int, int]) -> None:
        replica.update({number: row.version for number, row in self.delivered.items()})

    def _apply_deletions(self, replica: dict[int, int]) -> None:
        for number in self.gone:
            replica.pop(number, None)

    def _ask(
        self, low: int, high: int | None = None, *, newest_first: bool = False, deleted: bool = True
    ) -> Reply:
        reply = self.server.reply(low, high, newest_first=newest_first, deleted=deleted)
        ahead = reply.now - self.server.elapsed
        self._highest = max(self._highest, ahead)
        self.drift = max(self.drift, self._highest - ahead)
        self._now = reply.now
        return reply

    def _drift_between(self, first: Reply) -> int:
        if self.start.clocks is None or "drift between runs ignored" in self.weak:
            return 0
        server, client = self.start.clocks
        drift = (self.server.elapsed - client) - (first.now - server) + self.start.drift
        return drift if drift > DRIFT_NOTED else 0

    def _slices(self, settled: int) -> list[tuple[int, int]]:
        """Read the slices at once; return those without a result."""
        setting, random = self.server.setting, self.server.random
        width = max(1, (settled - self.low) // setting.slices)
        edges = [self.low + width * number for number in range(setting.slices)] + [settled]
        slices = list(itertools.pairwise(edges))
        results: dict[tuple[int, int], list[Reading]] = {one: [] for one in slices}
        under_way = [(one, reading := Reading(), self._read(one, reading)) for one in slices]
        step_at = random.randrange(5, 15) if setting.step else -1
        while under_way:
            if self.server.replies >= step_at >= 0:
                self.server.ahead += round(setting.step * SECOND)
                step_at = -1
            entry = random.choice(under_way)
            one, reading, pages = entry
            if next(pages, None) is not None:
                continue
            under_way.remove(entry)
            results[one].append(reading)
            if random.random() < setting.dying and len(results[one]) == 1:
                again = Reading()
                under_way.append((one, again, self._read(one, again)))
        pending: list[tuple[int, int]] = []
        for one, found in results.items():
            if random.random() < setting.absent or not found[-1].done:
                pending.append(one)
                continue
            self.received.take(found[-1].rows, found[-1].listed)
            rows = found[0].rows if "results of a slice mixed" in self.weak else found[-1].rows
            self.delivered.update(rows)
        return pending

    def _read(self, ends: tuple[int, int], reading: Reading) -> Iterator[bool]:
        low, high = ends
        loses = self.server.setting.readers_lose
        yield from self._keyset(low - SLACK, high + SLACK, reading, loses)

    def _keyset(self, low: int, high: int | None, reading: Reading, loses: float) -> Iterator[bool]:
        """Always the first page, oldest first, of what is left of a range."""
        random = self.server.random
        while True:
            reply = self._ask(low, high)
            kept = {n: row for n, row in reply.rows.items() if random.random() >= loses}
            reading.take(kept, reply.deleted)
            yield True
            if reply.total <= len(reply.rows) < self.server.setting.page:
                reading.done = True
                return
            following = max(row.time for row in reply.rows.values()) - 2 * SLACK
            if following <= low:
                return
            low = following

    def _catch_up(self, begin: int) -> bool:
        """Read what has changed since the plan, up to a page that is complete."""
        loses = self.server.setting.catch_up_loses
        complete = True
        ranges: list[tuple[int, int | None]] = [(self.high - SLACK, None)]
        if begin < self.high:
            ranges.insert(0, (begin - SLACK, self.high + SLACK))
        for low, high in ranges:
            reading = Reading()
            for requests, _ in enumerate(self._keyset(low, high, reading, loses)):
                if requests == MOST_TAIL:
                    break
            complete &= reading.done
            self._take(reading.rows, reading.listed)
        return complete

    def _take(self, rows: dict[int, Row], listed: frozenset[int] | set[int]) -> None:
        """Receive and deliver rows that are news."""
        known = self.received.rows
        before = {number: known.get(number) for number in rows}
        self.received.take(rows, listed)
        self.delivered.update({n: known[n] for n in rows if known[n] != before[n]})

    def _prove(self, settled: int) -> None:
        alive = self.server.existing(set(self.received.listed))
        lines = [self.low - SLACK, self._free(settled - 20 * 60 * SECOND)]
        if "no line at T" not in self.weak:
            lines.append(self._free(settled))
        verdicts: list[Verdict] = [self._compare(at, settled, alive) for at in lines]
        self.gone = self._gone(alive)
        if all(verdict == "proven" for verdict in verdicts):
            self.verdict = "proven"
        elif "incomplete" in verdicts:
            self.verdict = "incomplete"

    def _gone(self, alive: set[int]) -> set[int]:
        return self.received.listed - alive

    def _compare(self, line: int, settled: int, alive: set[int]) -> Verdict:
        """Ask once for an open range, newest first, and compare its total with what is known."""
        deleted = "no deletion list in the proof" not in self.weak
        verdict: Verdict = "unproven"
        for _ in range(ASKED):
            reply = self._ask(line, newest_first=True, deleted=deleted)
            self.proof_at = self.server.elapsed
            self._look_up(reply.deleted, alive)
            if not self._agrees(reply, line, alive):
                continue
            if self._shows_late(reply, settled):
                return "incomplete"
            # What was brought back since it was looked up exists: the reply is one snapshot.
            alive |= reply.rows.keys() & self.received.listed
            self._take(reply.rows, reply.deleted)
            verdict = self._judge(reply, line, alive)
            if verdict == "proven":
                break
        return verdict

    def _shows_late(self, reply: Reply, settled: int) -> bool:
        """Whether a page shows a change of a settled time that was not there when it was read."""
        known = self.received.rows
        return any(row.time <= settled and known.get(n) != row for n, row in reply.rows.items())

    def _judge(self, reply: Reply, line: int, alive: set[int]) -> Verdict:
        known, gone = self.received.rows, self._gone(alive)
        expected = {n for n, row in known.items() if row.time >= line and n not in gone}
        # A look-up is another snapshot, perhaps an older one: whether a record that is listed as
        # deleted is counted, the page alone can say, by showing it.
        unclear = (expected & self.received.listed) - reply.rows.keys()
        if unclear and "existence not asked again" not in self.weak:
            return "unproven"
        if reply.total > len(expected):
            return "incomplete"
        return "proven" if reply.total == len(expected) else "unproven"

    def _look_up(self, listed: frozenset[int], alive: set[int]) -> None:
        new = set(listed) - self.received.listed
        if new:
            self.received.listed |= new
            alive |= self.server.existing(new)

    def _agrees(self, reply: Reply, line: int, alive: set[int]) -> bool:
        """Whether a page shows what is known to be there: else its node is behind."""
        if "page need not agree" in self.weak:
            return True
        full = len(reply.rows) == self.server.setting.page
        last = min((row.time for row in reply.rows.values()), default=line) if full else line
        gone = self._gone(alive)
        for number, row in self.received.rows.items():
            shown = reply.rows.get(number)
            missing = shown is None and row.time > last and number not in gone
            if missing or (shown is not None and shown.time < row.time):
                return False
            if number in gone and row.time >= line and number not in reply.deleted:
                return "no deletion list in the proof" in self.weak
        return True

    def _free(self, line: int) -> int:
        """Move a line to where no record is known within two seconds."""
        times = sorted(row.time for row in self.received.rows.values())
        for time in reversed(times):
            if abs(time - line) <= 2 * SLACK:
                line = time - 2 * SLACK - 1
        return line

    def _finish(self, pending: list[tuple[int, int]]) -> None:
        if self.verdict == "incomplete":
            self.checkpoint = self.start
            return
        to = self._now if "checkpoint at the present" in self.weak else self.high
        left = () if "pending slice dropped" in self.weak else tuple(pending)
        self.checkpoint = Checkpoint(
            max(to, self.start.to), left, (self._now, self.server.elapsed), self.drift
        )
