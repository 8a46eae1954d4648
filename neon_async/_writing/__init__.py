"""Read-modify-write that can't wipe: what v1 deletes when an update omits it stays.

An edit reads the record, refuses it when it can't be sent back faithfully (`_lossless`), applies
the caller's change and shows what it comes to (`_proposal`, `_compare`, `_diff`), reads again,
writes once and reads back (`_editor`).
"""

from neon_async._writing.account_type import INDIVIDUAL, ORGANIZATION, Kind, kind_of
from neon_async._writing.diff import AccountDiff, Difference, DifferenceKind
from neon_async._writing.editor import Editor
from neon_async._writing.locks import AccountLocks
from neon_async._writing.options import Options
from neon_async._writing.proposal import Change, Proposal
from neon_async._writing.result import AccountEdit

__all__ = [
    "INDIVIDUAL",
    "ORGANIZATION",
    "AccountDiff",
    "AccountEdit",
    "AccountLocks",
    "Change",
    "Difference",
    "DifferenceKind",
    "Editor",
    "Kind",
    "Options",
    "Proposal",
    "kind_of",
]
