"""Records without a usable id: numbers stand for them, so that they can be counted."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from neon_async._changes.timestamps import micros
from neon_async._wire.scalars import StructureError, timestamp
from neon_async._wire.type_guards import is_object
from neon_async.models import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterable

MODIFIED = "lastModifiedDateTime"
"""The wire name of the time by which records are asked for."""


@attrs.frozen
class StandIn:
    """What a walk needs to know of a record without a usable id.

    Attributes:
        number: stands for the id, and is below 0, which no id is; the same for the same record.
        time: its last-modified time; None if that is unknown.
        anonymous: whether others may have the same number.
        deleted: whether it stands in the list of deleted ids.
        record: what came.
    """

    number: int
    time: int | None
    anonymous: bool
    deleted: bool
    record: Unreadable


def stand_ins(unreadable: Iterable[Unreadable]) -> list[StandIn]:
    """Return what stands for the unreadable records of a page."""
    seen: Counter[str] = Counter()
    found: list[StandIn] = []
    for record in unreadable:
        # In syncAccounts and syncActivities the lists of deleted ids are called deleted….
        deleted = record.path.startswith("deleted")
        text = f"{deleted} {json.dumps(record.value, sort_keys=True)}"
        seen[text] += 1
        time = _time(record.value)
        found.append(StandIn(_number(text, seen[text]), time, time is None, deleted, record))
    return found


def _number(text: str, occurrence: int) -> int:
    digest = hashlib.blake2b(f"{occurrence} {text}".encode(), digest_size=7).digest()
    return -1 - int.from_bytes(digest)


def _time(value: object) -> int | None:
    if not is_object(value):
        return None
    try:
        return micros(timestamp(value.get(MODIFIED), datetime))
    except StructureError:
        return None
