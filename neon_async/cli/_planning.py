"""Compare a spreadsheet with the accounts as they are, and plan what a person has changed."""

import contextlib
import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import anyio
import attrs

from neon_async import (
    Account,
    AccountEdit,
    CustomField,
    IndividualAccount,
    InvalidRequestError,
    LossyReadError,
    NotFoundError,
)
from neon_async.cli._assignments import Assignment, consents
from neon_async.cli._commands.show import paths
from neon_async.cli._commands.undo import diff_cells
from neon_async.cli._custom_fields import with_options
from neon_async.cli._formats.csv import cells, unguarded
from neon_async.cli._formats.mangled import difference, is_error
from neon_async.cli._messages import describe
from neon_async.cli._plan import PlannedEdit, digest
from neon_async.cli._sheet import Problems, SheetRow

if TYPE_CHECKING:
    from neon_async import AsyncClient

# Ids a request, as many as `reconcile` asks for: the sync pages name no limit.
_CHUNK = 200
_MODIFIED = "lastModifiedDateTime"
_KIND = "kind"
# Columns of a pull that v1 sets itself, and which no edit changes.
_READ_ONLY = {
    *(_MODIFIED, "lastModifiedBy", "createdDateTime", "createdBy", "extra"),
    *("primaryContact.contactId", "primaryContactAccountId"),
}
_ELEMENTS = {
    "primaryContact.addresses": "primaryContact.addresses[40008].city",
    "customFieldDataList": "customFieldDataList[22]",
}
_TYPES = {"individualTypes", "organizationTypes"}


class CustomFieldLists:
    """The custom fields of an organization, asked for once."""

    def __init__(self, neon: "AsyncClient") -> None:
        self._neon = neon
        self._lock = anyio.Lock()
        self._known: dict[str, tuple[CustomField, ...]] = {}

    async def list_custom_fields(self, component: str) -> tuple[CustomField, ...]:
        """Return the fields of a component.

        Raises:
            NeonError: as `AsyncClient.list_custom_fields`.
        """
        # Rows are planned concurrently: the first asks, and the others wait for its answer.
        async with self._lock:
            if component not in self._known:
                self._known[component] = await self._neon.list_custom_fields(component)
            return self._known[component]


@attrs.frozen
class PlanOptions:
    """How to plan.

    Attributes:
        clear: the columns whose empty cells delete.
        accept_loss: paths that may be lost.
        concurrency: how many accounts to read at once.
    """

    clear: Collection[str]
    accept_loss: Sequence[str]
    problems: Problems
    concurrency: int


@attrs.define
class Planner:
    """Plans edits, and keeps what else there is to say about a spreadsheet.

    Attributes:
        edits: the planned edits, by their rows.
        unchanged: how many accounts would not change.
        mangled: how many cells of a column count as unchanged, and what happened to them.
        ignored: how many cells differ of columns that can't be set.
        stale: rows whose accounts changed after they were pulled.
    """

    neon: "AsyncClient" = attrs.field(repr=False)
    options: PlanOptions
    edits: dict[int, PlannedEdit] = attrs.field(factory=dict[int, PlannedEdit])
    unchanged: int = 0
    mangled: Counter[tuple[str, str]] = attrs.field(factory=Counter[tuple[str, str]])
    ignored: Counter[str] = attrs.field(factory=Counter[str])
    stale: list[SheetRow] = attrs.field(factory=list[SheetRow])
    _lists: CustomFieldLists = attrs.field(init=False, repr=False)
    _slots: anyio.CapacityLimiter = attrs.field(init=False, repr=False)

    async def plan(self, rows: Iterable[SheetRow]) -> None:
        """Plan the edits of rows.

        Raises:
            NeonError: the accounts can't be read.
        """
        self._lists = CustomFieldLists(self.neon)
        self._slots = anyio.CapacityLimiter(self.options.concurrency)
        remaining = iter(rows)
        while chunk := [*itertools.islice(remaining, _CHUNK)]:
            ids = [row.account_id for row in chunk]
            # Many a request: only rows that differ cost requests of their own.
            pages = self.neon.sync_accounts(account_ids=ids)
            accounts = {account.account_id: account async for account in pages}
            async with anyio.create_task_group() as tasks:
                for row in chunk:
                    account = accounts.get(row.account_id)
                    if account is None:
                        text = f"no account has the id {row.account_id}"
                        self.options.problems.add(row.number, text)
                    elif assignments := self._assignments(row, account):
                        tasks.start_soon(self._preview, row, account, assignments)
                    else:
                        self.unchanged += 1

    def _assignments(self, row: SheetRow, account: Account) -> list[Assignment]:
        """Return what a person has changed in a row, unless the account changed meanwhile."""
        present = _present(account)
        assignments: list[Assignment] = []
        for path, cell in row.cells.items():
            try:
                assignments += self._changed(path, cell, present[path])
            except InvalidRequestError as error:
                self.options.problems.add(row.number, describe(error))
        if assignments and _is_stale(row.cells.get(_MODIFIED, ""), *present[_MODIFIED]):
            self.stale.append(row)
            return []
        return assignments

    def _changed(self, path: str, cell: str, present: list[str]) -> Iterator[Assignment]:
        if not cell.strip():
            if path in self.options.clear and any(present):
                yield Assignment.parse(path, None)
            return
        differences = [difference(cell, value) for value in present if value]
        if "" in differences:
            return
        mangling = next(filter(None, differences), None)
        if mangling is not None:
            self.mangled[path, mangling] += 1
        # Counted and not refused: spreadsheets rewrite times in columns that no person has touched.
        elif path in _READ_ONLY:
            self.ignored[path] += 1
        else:
            yield Assignment.parse(path, _new_value(path, cell))

    async def _preview(
        self, row: SheetRow, account: Account, assignments: list[Assignment]
    ) -> None:
        """Find out what an edit would do, by a dry run."""
        individual = isinstance(account, IndividualAccount)
        planned = PlannedEdit(
            row.account_id, "individual" if individual else "organization", tuple(assignments)
        )
        try:
            async with self._slots:
                component = "Individual" if individual else "Organization"
                resolved = await with_options(self._lists, assignments, component)
                planned = attrs.evolve(planned, assignments=resolved)
                planned = await self._dry_run(planned)
        except (InvalidRequestError, LossyReadError, NotFoundError) as error:
            self.options.problems.add(row.number, describe(error))
            return
        if planned.diff:
            self.edits[row.number] = planned
        else:
            self.unchanged += 1

    async def _dry_run(self, planned: PlannedEdit) -> PlannedEdit:
        seen = ""

        def change(account: Account) -> None:
            nonlocal seen
            seen = digest(account)
            planned.apply(account)

        neon = self.neon
        individual = planned.kind == "individual"
        run: Any = neon.edit_individual_account if individual else neon.edit_organization_account
        edit: AccountEdit[Any] = await run(
            planned.account_id,
            change,
            consent=consents(planned.assignments),
            dry_run=True,
            allow_clear=planned.clears,
            accept_loss=self.options.accept_loss,
        )
        diff = [[*diff_cells(entry)] for entry in edit.diff.changes]
        return attrs.evolve(planned, seen=seen, diff=diff, undecided=edit.undecided)


def _present(account: Account) -> defaultdict[str, list[str]]:
    """Return the values that an account has, by all paths that a column may have."""
    present = defaultdict[str, list[str]](list)
    for path, value in cells(account).items():
        present[path].append(value)
    for path, element in paths(account):
        if "[" in path:
            present[path].append(str(element))
    return present


def _new_value(path: str, cell: str) -> str:
    """Return the value that a person wrote."""
    if is_error(cell):
        raise InvalidRequestError("the spreadsheet shows an error", parameter=path)
    if path == _KIND:
        raise InvalidRequestError("the account is of the other kind", parameter=path)
    if path in _ELEMENTS:
        example = _ELEMENTS[path]
        message = f"a list can't be changed as a whole; add columns such as {example}"
        raise InvalidRequestError(message, parameter=path)
    if path in _TYPES and cell.lstrip().startswith("["):
        raise InvalidRequestError("expected ids with commas between", parameter=path)
    return unguarded(cell).strip()


def _is_stale(cell: str, present: str) -> bool:
    """Whether an account was modified at another time than a row says, if it says one."""
    if not cell.strip() or difference(cell, present) is not None:
        return False
    with contextlib.suppress(ValueError, TypeError):
        return datetime.fromisoformat(cell.strip()) != datetime.fromisoformat(present)
    return True
