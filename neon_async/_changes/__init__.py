"""The change feed: everything that has changed, with nothing lost while it goes on changing."""

from neon_async._changes._batch import Batch
from neon_async._changes._certificate import Certificate, Verdict
from neon_async._changes._checkpoint import CheckpointStore, FileCheckpoint, check_store
from neon_async._changes._events import Change, Deleted, Merged, Upserted
from neon_async._changes._feed import ChangeFeed
from neon_async._changes._fetch import Fetcher
from neon_async._changes._plan import Window
from neon_async._changes._run import Settings
from neon_async._changes._source import ACCOUNTS, ACTIVITIES, Source

__all__ = [
    "ACCOUNTS",
    "ACTIVITIES",
    "Batch",
    "Certificate",
    "Change",
    "ChangeFeed",
    "CheckpointStore",
    "Deleted",
    "Fetcher",
    "FileCheckpoint",
    "Merged",
    "Settings",
    "Source",
    "Upserted",
    "Verdict",
    "Window",
    "check_store",
]
