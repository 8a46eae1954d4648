"""Synthetic records that were computed before, as JSON."""

from __future__ import annotations

from typing import Any

import attrs
import orjson

# Some 40 MB of JSON, so that the size of an emulator does not show in its memory.
_MOST_RECORDS = 32_768


@attrs.define
class RecordCache:
    """Records of one kind. To compute one takes ten times as long as to parse its JSON.

    Attributes:
        limit: how many are remembered, before all are forgotten.
    """

    limit: int = _MOST_RECORDS
    _known: dict[tuple[int, int | None], bytes] = attrs.field(
        factory=dict[tuple[int, "int | None"], bytes], init=False, repr=False
    )

    def get(self, number: int, modified: int | None) -> dict[str, Any] | None:
        """Return a copy of a record, or None where it has to be computed.

        Args:
            number: its id.
            modified: its last-modified time, which a quirk may take away.
        """
        known = self._known.get((number, modified))
        return None if known is None else orjson.loads(known)

    def put(self, number: int, modified: int | None, record: dict[str, Any]) -> dict[str, Any]:
        if len(self._known) >= self.limit:
            self._known.clear()
        self._known[number, modified] = orjson.dumps(record)
        return record
