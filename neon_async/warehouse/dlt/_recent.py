"""Recognize changes that an earlier run has loaded already."""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING, Any, Final

from neon_async import Merged, Upserted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from neon_async import Change
    from neon_async.warehouse import tables

# A feed goes back by two hours at most, and delivers again what changed since.
_SPAN: Final = 3 * 3600
# It is all in dlt's state, which each load writes: about 50 bytes for a change.
_MOST: Final = 1_000
_DAY: Final = 24 * 3600


class RecentChanges:
    """The latest changes that were loaded, as fingerprints by id.

    A feed delivers recent changes again in the next run. A change that was loaded before is left
    out, so that a run in which nothing is new loads nothing. One that is not known here is loaded
    again, which changes nothing in the destination.
    """

    def __init__(self, layout: tables.RecordTables, stored: Mapping[str, Sequence[Any]]) -> None:
        """Begin with what the last run has stored."""
        self._tables = (layout.records, *layout.children)
        # Fingerprint and last-modified time in seconds; v1 does not say when one was deleted.
        self._known: dict[int, tuple[str, int | None]] = {
            int(key): (mark, changed_at) for key, (mark, changed_at) in stored.items()
        }
        self._newest = max((seconds or 0 for _, seconds in self._known.values()), default=0)
        self._oldest = int(time.time()) - _DAY

    def unknown(self, changes: Iterable[Change[Any]]) -> list[Change[Any]]:
        """Return the changes that lead to another state than the one that is loaded."""
        return [change for change in changes if self._is_unknown(change)]

    def _is_unknown(self, change: Change[Any]) -> bool:
        changed_at = None
        if isinstance(change, Upserted) and change.record.last_modified_date_time is not None:
            changed_at = int(change.record.last_modified_date_time.timestamp())
            oldest = max(self._newest - _SPAN, self._oldest)
            # Older than anything that a feed repeats. Not kept: a first run reads all there is.
            if change.id not in self._known and changed_at < oldest:
                return True
            self._newest = max(self._newest, changed_at)
        mark = self._fingerprint(change)
        if self._known.get(change.id, ("", None))[0] == mark:
            return False
        self._known.pop(change.id, None)  # so that it is the last one
        self._known[change.id] = mark, changed_at
        if len(self._known) > 2 * _MOST:
            del self._known[next(iter(self._known))]
        return True

    def _fingerprint(self, change: Change[Any]) -> str:
        if isinstance(change, Upserted):
            rows = [list(table.rows([change.record])) for table in self._tables]
            # Not hash(), which differs from process to process (Python documentation,
            # PYTHONHASHSEED).
            return hashlib.sha256(repr(rows).encode()).hexdigest()[:16]
        return f"into {change.new}" if isinstance(change, Merged) else "deleted"

    def dump(self) -> dict[str, list[str | int]]:
        """Return what the next run may be given again, as JSON values."""
        known: dict[str, list[str | int]] = {
            str(key): [mark, self._newest if changed_at is None else changed_at]
            for key, (mark, changed_at) in self._known.items()
            if changed_at is None or changed_at >= self._newest - _SPAN
        }
        return {key: known[key] for key in list(known)[-_MOST:]}
