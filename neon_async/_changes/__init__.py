"""The change feed: every change, with nothing lost while records keep changing."""

from neon_async._changes.certificate import Certificate, Verdict
from neon_async._changes.checkpoint import CheckpointStore, FileCheckpoint, check_store
from neon_async._changes.events import Batch, Change, Deleted, Merged, Upserted
from neon_async._changes.feed import ChangeFeed
from neon_async._changes.plan import ClientClock, Window
from neon_async._changes.record_type import ACCOUNTS, ACTIVITIES, RecordType
from neon_async._changes.run import Settings

__all__ = [
    "ACCOUNTS",
    "ACTIVITIES",
    "Batch",
    "Certificate",
    "Change",
    "ChangeFeed",
    "CheckpointStore",
    "ClientClock",
    "Deleted",
    "FileCheckpoint",
    "Merged",
    "RecordType",
    "Settings",
    "Upserted",
    "Verdict",
    "Window",
    "check_store",
]
