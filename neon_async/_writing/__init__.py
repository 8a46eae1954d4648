"""Read-modify-write that can't wipe: what v1 deletes when an update omits it stays.

An edit reads the record, refuses it when it can't be sent back faithfully (`_lossless`), applies
the caller's change and shows what it comes to (`_proposal`, `_compare`, `_diff`), reads again,
writes once and reads back (`_editor`).
"""

from neon_async._writing.account_type import INDIVIDUAL, ORGANIZATION, AccountType, kind_of
from neon_async._writing.diff import AccountDiff, Difference, DifferenceKind
from neon_async._writing.draft import Change, Draft
from neon_async._writing.editor import Editor
from neon_async._writing.locks import AccountLocks
from neon_async._writing.options import EditOptions
from neon_async._writing.result import AccountEdit

__all__ = [
    "INDIVIDUAL",
    "ORGANIZATION",
    "AccountDiff",
    "AccountEdit",
    "AccountLocks",
    "AccountType",
    "Change",
    "Difference",
    "DifferenceKind",
    "Draft",
    "EditOptions",
    "Editor",
    "kind_of",
]
