"""A consumer that keeps a copy of the records, and what must hold for it at any time."""

import json
from datetime import datetime
from typing import Any

import attrs

from neon_async import Account, Activity, Certificate, Change, Merged, Upserted
from neon_async._changes.protocol import to_micros
from tests.support.change_server import Row


@attrs.define
class Replica:
    """Versions of records by id, as the changes have told; what came last counts."""

    versions: dict[int, int] = attrs.field(factory=dict[int, int])

    def take(self, change: Change[Account] | Change[Activity]) -> None:
        if isinstance(change, Upserted):
            self.versions[change.id] = _version(change.record)
        elif isinstance(change, Merged):
            self.versions.pop(change.old, None)
        else:
            self.versions.pop(change.id, None)


def check_checkpoint(
    text: str, replica: Replica, rows: dict[int, Row], deleted: dict[int, int]
) -> None:
    """Whatever the checkpoint claims to be through with, the replica has."""
    covered = _Claim(json.loads(text))
    for number, row in rows.items():
        if row.time is not None and covered.includes(row.time):
            assert row.version == replica.versions.get(number), f"{number} is missing"
    for number, at in deleted.items():
        if covered.includes(at) and number not in rows:
            assert number not in replica.versions, f"{number} is not deleted"


def check_certificate(certificate: Certificate, replica: Replica, rows: dict[int, Row]) -> None:
    """What is proven is true: no record of the range is missing."""
    if not certificate.proven or certificate.time_from is None or certificate.time_to is None:
        return
    low, high = to_micros(certificate.time_from), to_micros(certificate.time_to)
    for number, row in rows.items():
        if row.time is not None and low <= row.time <= high:
            assert row.version == replica.versions.get(number), f"{number} is missing"


def _version(record: Account | Activity) -> int:
    """Where the version stands: worlds and emulators have different places for it."""
    if isinstance(record, Activity):
        return int(record.note or record.last_modified_by or "0")
    contact = record.primary_contact
    return int((contact and contact.middle_name) or record.last_modified_by or "0")


class _Claim:
    def __init__(self, document: Any) -> None:
        self._to = _micros(document["to"])
        self._pending = [(_micros(low), _micros(high)) for low, high in document["pending"]]

    def includes(self, time: int) -> bool:
        pending = any(low <= time <= high for low, high in self._pending)
        return time < self._to and not pending


def _micros(text: str) -> int:
    return to_micros(datetime.fromisoformat(text))
