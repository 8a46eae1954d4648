"""Answers at the client's `send`: a change server that does what the feed has to stand."""

from collections.abc import Mapping
from random import Random
from typing import Any, Literal

import attrs

from neon_async._changes.protocol import SECOND, to_micros
from neon_async.errors import ValidationError
from neon_async.models import AccountsPage
from neon_async.operations import Operation
from neon_async.operations._sync import Sync
from tests.support.change_server import SINCE, Commit, FakeChangeServer, Row

# Before the first request of all, everything has reached every node.
_ALWAYS = -(1 << 62)

Order = Literal[
    "kept", "ignored", "refused", "descending ignored", "descending refused", "shuffled"
]


def seeded(seed: int) -> Random:
    """Random numbers that are the same each time."""
    return Random(seed)  # noqa: S311 - only have to differ by the seed


@attrs.frozen
class Node:
    """One of the machines that answer.

    Attributes:
        behind: seconds by which rows, totals and deletion lists are old.
        clock: seconds by which its clock is ahead of the others'.
    """

    behind: float = 0.0
    clock: float = 0.0


@attrs.frozen(kw_only=True)
class Hostility:
    """What goes on between any two requests, and what is wrong with the replies.

    Attributes:
        seconds: time that a request takes.
        edits: records that are edited before each request; fractions are chances.
        births: records that are created before each request.
        deaths: records that are deleted before each request.
        imports: how many records are created at one instant before the requests with these numbers.
        late: seconds after which changes are visible, at most.
        steps: seconds by which the server's clock is set before the requests with these numbers.
        nodes: the machines, one of which answers each request.
        look_ups_behind: seconds by which the replies to queries by ids are old; None for any node.
        restores: deleted records that are brought back before each request.
        losing: chance of each row of a page to be left out, while the totals count it.
        catch_up_loses: the same, for pages in ascending order of what has changed up to now.
        order: what the server does with the order that is asked for.
    """

    seconds: float = 0.05
    edits: float = 0.0
    births: float = 0.0
    deaths: float = 0.0
    imports: Mapping[int, int] = attrs.field(factory=dict[int, int])
    late: float = 0.0
    steps: Mapping[int, float] = attrs.field(factory=dict[int, float])
    nodes: tuple[Node, ...] = (Node(),)
    look_ups_behind: float | None = None
    restores: float = 0.0
    losing: float = 0.0
    catch_up_loses: float = 0.0
    order: Order = "kept"


QUIET = Hostility()


@attrs.define
class View:
    """What a node shows: the changes up to a while ago."""

    rows: dict[int, Row] = attrs.field(factory=dict[int, Row])
    deleted: dict[int, int] = attrs.field(factory=dict[int, int])
    applied: int = 0


@attrs.define
class HostileServer(FakeChangeServer):
    """Records that change before each request, and replies that can't be trusted.

    A reply is one snapshot: rows, totals and deletion list are those of one node at one moment.

    Attributes:
        hostility: what goes on.
        answered: requests so far.
        left_out: rows that were left out of pages so far.
        shown_at: when the present state of each record, or its end, became visible.
        proof_at: when the last page in descending order was asked for, or -1.
    """

    hostility: Hostility = QUIET
    random: Random = attrs.field(factory=lambda: seeded(0))
    answered: int = 0
    left_out: int = 0
    shown_at: dict[int, int] = attrs.field(factory=dict[int, int])
    proof_at: int = -1
    _log: list[tuple[int, Commit]] = attrs.field(factory=list[tuple[int, Commit]])
    _views: dict[float, View] = attrs.field(factory=dict[float, View])

    @property
    def slowest(self) -> int:
        """How old a reply may be, in microseconds."""
        return round(max(node.behind for node in self.hostility.nodes) * SECOND)

    def populate(self, count: int, step: float) -> None:
        """Create records that were last changed every so many seconds."""
        for number in range(count):
            self.create(at=to_micros(SINCE) + round(number * step * SECOND))

    def apply(self, commit: Commit) -> None:
        """Make a change visible, and keep it for the nodes that are behind."""
        super().apply(commit)
        # Time may pass in long steps, in which a change became visible when it was due.
        at = min(self.elapsed, commit.due) if self.answered else _ALWAYS
        self.shown_at[commit.number] = at
        self._log.append((at, commit))

    def answer(self, operation: Operation[Any]) -> Any:
        """Let happen what happens, and answer from one of the nodes."""
        self.let_happen()
        self.answered += 1
        node = self.random.choice(self.hostility.nodes)
        if isinstance(operation, Sync):
            if operation.ids and self.hostility.look_ups_behind is not None:
                node = Node(self.hostility.look_ups_behind)
            self._check_order(operation)
            if operation.sort_direction == "DESC" and operation.time_to is None:
                self.proof_at = self.elapsed
        truth = self.rows, self.deleted, self.now
        view = self._view(node)
        self.rows, self.deleted = view.rows, view.deleted
        self.now += round(node.clock * SECOND)
        try:
            page = super().answer(operation)
        finally:
            self.rows, self.deleted, self.now = truth
        return self._lose(page, operation) if isinstance(operation, Sync) else page

    def let_happen(self) -> None:
        """Let pass the time of a request, and happen what happens in it."""
        hostility = self.hostility
        self.tick(hostility.seconds)
        self.step_clock(hostility.steps.get(self.answered, 0.0))
        deaths = self._times(hostility.deaths)
        changed = self._pick(deaths + self._times(hostility.edits))
        for number in changed[deaths:]:
            self.edit(number, self._delay())
        for number in changed[:deaths]:
            self.delete(number, self._delay())
        for _ in range(self._times(hostility.restores) if self.gone() else 0):
            self.restore(self.random.choice(self.gone()))
        for _ in range(self._times(hostility.births)):
            self.create(self._delay())
        self.bulk(hostility.imports.get(self.answered, 0))

    def _pick(self, count: int) -> list[int]:
        """Some of the records that exist and are not about to be deleted."""
        if not count:
            return []
        ending = {one.number for one in self.commits if one.row is None}
        ids = list(self.rows)
        chosen = self.random.sample(ids, min(count, len(ids)))
        return [number for number in chosen if number not in ending]

    def _times(self, rate: float) -> int:
        whole = int(rate)
        return whole + (rate > whole and self.random.random() < rate - whole)

    def _delay(self) -> float:
        late = self.hostility.late
        return self.random.uniform(0, late) if late else 0.0

    def _view(self, node: Node) -> View:
        if not node.behind:
            return View(self.rows, self.deleted)
        view = self._views.setdefault(node.behind, View())
        until = self.elapsed - round(node.behind * SECOND)
        while view.applied < len(self._log) and self._log[view.applied][0] <= until:
            commit = self._log[view.applied][1]
            if commit.row is not None:
                view.rows[commit.number] = commit.row
            else:
                view.rows.pop(commit.number, None)
                view.deleted[commit.number] = commit.at
            view.applied += 1
        return view

    def _check_order(self, asked: Sync[Any]) -> None:
        order = self.hostility.order
        refused = order == "refused" and asked.sort_column is not None
        if refused or (order == "descending refused" and asked.sort_direction == "DESC"):
            raise ValidationError(1)

    def _found(self, asked: Sync[Any]) -> list[int]:
        order = self.hostility.order
        if order == "ignored":
            asked = attrs.evolve(asked, sort_column=None, sort_direction=None)
        if order == "descending ignored":
            asked = attrs.evolve(asked, sort_direction=None)
        found = super()._found(asked)
        if order == "shuffled":
            self.random.shuffle(found)
        return found

    def _lose(self, page: Any, asked: Sync[Any]) -> Any:
        chance = self.hostility.losing
        if asked.time_to is None and asked.sort_direction == "ASC" and self.answered > 1:
            chance = max(chance, self.hostility.catch_up_loses)
        if not chance or asked.ids:
            return page
        name = "individual_accounts" if isinstance(page, AccountsPage) else "activities"
        shown = [one for one in page.items if self.random.random() >= chance]
        self.left_out += len(page.items) - len(shown)
        return attrs.evolve(page, **{name: shown})
