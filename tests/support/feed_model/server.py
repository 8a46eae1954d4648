"""v1 as the proof sees it: rows that change between any two replies; a reply is one snapshot."""

import heapq
from random import Random
from typing import NamedTuple

import attrs

# All times are milliseconds. A range may be cut a second off at either end.
SECOND = 1_000
SLACK = SECOND
LAG = 60 * SECOND
START = 1_700_000_000 * SECOND


@attrs.frozen(kw_only=True)
class Setting:
    """How the records change, and what is wrong with server and readers.

    Attributes:
        rows: records at first.
        page: records a page.
        slices: into how many the range is divided.
        seconds: time that a request takes.
        edits: records that are edited before each reply; fractions are chances.
        births: records that are created before each reply.
        deaths: records that are deleted before each reply.
        restores: deleted records that are brought back before each reply.
        late: seconds after which a change is visible, at most.
        behind: seconds by which the snapshots of the nodes are old, one of which answers.
        step: seconds by which the clock is set while the slices are read.
        readers_lose: chance of each row to be lost by the reader of a slice.
        catch_up_loses: chance of each row to be lost by the reader of the catch-up.
        dying: chance of a reader to die, so that its slice is read twice.
        absent: chance of a slice to have no result.
        pause: seconds between the slices and the catch-up.
    """

    rows: int = 200
    page: int = 20
    slices: int = 5
    seconds: float = 1.0
    edits: float = 0.5
    births: float = 0.1
    deaths: float = 0.05
    restores: float = 0.0
    late: float = 0.0
    behind: tuple[int, ...] = (0,)
    step: float = 0.0
    readers_lose: float = 0.0
    catch_up_loses: float = 0.0
    dying: float = 0.0
    absent: float = 0.0
    pause: float = 0.0


class Row(NamedTuple):
    """A state of a record; of any two, the newer one has the larger version."""

    time: int
    version: int


class Reply(NamedTuple):
    """A page: rows by id in the order asked for, total, deletion list, and the server's clock."""

    rows: dict[int, Row]
    total: int
    deleted: frozenset[int]
    now: int


class Change(NamedTuple):
    """What becomes of a record when it is due."""

    due: int
    version: int
    number: int
    row: Row | None
    at: int


class Node:
    """What one machine shows."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.deleted: dict[int, int] = {}
        self.applied = 0

    def apply(self, change: Change) -> None:
        if change.row is not None:
            self.rows[change.number] = change.row
        elif self.rows.pop(change.number, None) is not None:
            self.deleted[change.number] = change.at


class Server:
    """Records, and a clock.

    Attributes:
        elapsed: time that has passed.
        ahead: by how much the clock is ahead of that.
        truth: what a machine shows that is not behind.
        visible: when each record's present state became visible.
        replies: how many there were.
    """

    def __init__(self, setting: Setting, random: Random) -> None:
        self.setting, self.random = setting, random
        self.elapsed, self.ahead = START, 0
        self.truth = Node()
        self.visible: dict[int, int] = {}
        self.replies = 0
        self._nodes = {behind: Node() for behind in setting.behind if behind}
        self._log: list[tuple[int, Change]] = []
        self._due: list[Change] = []
        self._last_due: dict[int, int] = {}
        self._versions = 0
        for number in range(setting.rows):
            time = START - 3000 * SECOND + number * 3000 * SECOND // setting.rows
            self._change(number, Row(time, self._version()), 0)
        self.wait(0)
        for node in self._nodes.values():
            self._follow(node, self.elapsed)

    @property
    def now(self) -> int:
        return self.elapsed + self.ahead

    def wait(self, seconds: float) -> None:
        """Let time pass; what is due by then becomes visible."""
        self.elapsed += round(seconds * SECOND)
        while self._due and self._due[0].due <= self.elapsed:
            change = heapq.heappop(self._due)
            self.truth.apply(change)
            self.visible[change.number] = self.elapsed
            self._log.append((self.elapsed, change))

    def pause(self, seconds: float) -> None:
        """Let the records change as long as so many seconds' requests would take, without any."""
        end = self.elapsed + seconds * SECOND
        while self.elapsed < end:
            self._happen()

    def edit(self, number: int) -> None:
        """Change a record now."""
        self._change(number, Row(self.now, self._version()), self._delay())

    def delete(self, number: int) -> None:
        """Delete a record now."""
        self._change(number, None, self._delay())

    def reply(
        self, low: int, high: int | None = None, *, newest_first: bool = False, deleted: bool = True
    ) -> Reply:
        """Return the first page of a range."""
        self.replies += 1
        self._happen()
        node, upper = self._node(), self.now + 10**12 if high is None else high
        found = [(row.time, one) for one, row in node.rows.items() if low <= row.time <= upper]
        found.sort(reverse=newest_first)
        listed = [one for one, at in node.deleted.items() if deleted and low <= at <= upper]
        rows = {one: node.rows[one] for _, one in found[: self.setting.page]}
        return Reply(rows, len(found), frozenset(listed), self.now)

    def existing(self, ids: set[int]) -> set[int]:
        """Return which of the ids exist, without regard to time."""
        self.replies += 1
        self._happen()
        return ids & self._node().rows.keys()

    def _happen(self) -> None:
        setting = self.setting
        self.wait(setting.seconds)
        edits, deaths = self._times(setting.edits), self._times(setting.deaths)
        alive = list(self.truth.rows) if edits + deaths else []
        for _ in range(edits):
            self.edit(self.random.choice(alive))
        for _ in range(deaths):
            self.delete(self.random.choice(alive))
        for _ in range(self._times(setting.births)):
            self.edit(10_000 + self._versions)
        for _ in range(self._times(setting.restores) if self.truth.deleted else 0):
            self.edit(self.random.choice(list(self.truth.deleted)))

    def _node(self) -> Node:
        behind = self.random.choice(self.setting.behind)
        if not behind:
            return self.truth
        node = self._nodes[behind]
        self._follow(node, self.elapsed - behind * SECOND)
        return node

    def _follow(self, node: Node, until: int) -> None:
        while node.applied < len(self._log) and self._log[node.applied][0] <= until:
            node.apply(self._log[node.applied][1])
            node.applied += 1

    def _change(self, number: int, row: Row | None, delay: int) -> None:
        due = max(self.elapsed + delay, self._last_due.get(number, 0))
        self._last_due[number] = due
        heapq.heappush(self._due, Change(due, self._version(), number, row, self.now))

    def _version(self) -> int:
        self._versions += 1
        return self._versions

    def _delay(self) -> int:
        late = self.setting.late
        return round(self.random.uniform(0, late) * SECOND) if late else 0

    def _times(self, rate: float) -> int:
        whole = int(rate)
        return whole + (rate > whole and self.random.random() < rate - whole)
