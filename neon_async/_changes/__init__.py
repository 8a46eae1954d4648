"""The change feed: everything that has changed, with nothing lost while it goes on changing."""

from neon_async._changes._certificate import Certificate, Verdict
from neon_async._changes._checkpoint import CheckpointStore, FileCheckpoint
from neon_async._changes._events import Change, Deleted, Merged, Upserted
from neon_async._changes._feed import ChangeFeed

__all__ = [
    "Certificate",
    "Change",
    "ChangeFeed",
    "CheckpointStore",
    "Deleted",
    "FileCheckpoint",
    "Merged",
    "Upserted",
    "Verdict",
]
