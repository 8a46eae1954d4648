"""Read-modify-write that wipes nothing, although v1 deletes what an update omits.

An edit reads the record and finds what could not be sent back (`reading`, `losses`), applies the
caller's change and shows what it comes to (`draft`, `compare`, `diff`), reads again, writes once
and reads back (`editor`). Many edits (`batch`) are such edits, several at once, with a journal
(`journal`, `recording`).
"""

from neon_async._writing.account_change import AccountChange, EditOutcome, EditStatus
from neon_async._writing.account_type import INDIVIDUAL, ORGANIZATION, AccountType, kind_of
from neon_async._writing.batch import BulkEdit
from neon_async._writing.diff import AccountDiff, Difference, DifferenceKind
from neon_async._writing.draft import Change, Draft
from neon_async._writing.editor import Editor
from neon_async._writing.journal import EditJournal
from neon_async._writing.locks import AccountLocks
from neon_async._writing.options import EditOptions
from neon_async._writing.result import AccountEdit

__all__ = [
    "INDIVIDUAL",
    "ORGANIZATION",
    "AccountChange",
    "AccountDiff",
    "AccountEdit",
    "AccountLocks",
    "AccountType",
    "BulkEdit",
    "Change",
    "Difference",
    "DifferenceKind",
    "Draft",
    "EditJournal",
    "EditOptions",
    "EditOutcome",
    "EditStatus",
    "Editor",
    "kind_of",
]
