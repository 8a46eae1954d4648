"""Exit codes of `neon-async`, and what each means."""

import enum
from typing import Self


class Exit(enum.IntEnum):
    """The exit codes, as `neon-async help exit-codes` explains them.

    Attributes:
        meaning: what it means, for tables.
        brief: the same in fewer words, for the end of each command's help.
    """

    meaning: str
    brief: str

    def __new__(cls, code: int, meaning: str, brief: str = "") -> Self:
        """Keep the texts beside the number."""
        member = int.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        member.brief = brief or meaning
        return member

    OK = 0, "success"
    FAILED = (
        1,
        "NeonCRM, the network or a file failed, or a part of the work could not be done",
        "failed",
    )
    USAGE = 2, "wrong usage; nothing was changed", "wrong usage"
    UNPROVEN = (
        3,
        "a sync finished, but can't prove that nothing is missing",
        "a sync is unproven",
    )
    NOT_FOUND = 4, "a record or a page with this number does not exist", "no such record or page"
    HUNG_UP = 129, "the terminal was closed"
    INTERRUPTED = 130, "interrupted by Ctrl-C", "Ctrl-C"
    OUTPUT_CLOSED = (
        141,
        "the reader of the output closed it, as head does",
        "the reader closed the output",
    )
    TERMINATED = 143, "terminated by SIGTERM, also as the first process of a container", "SIGTERM"


def brief_list() -> str:
    listed = "; ".join(f"{code:d} {code.brief}" for code in Exit)
    return f"Exit codes: {listed}. neon-async help exit-codes explains them."


def table() -> str:
    return "".join(f"{code:>5d}  {code.meaning}\n" for code in Exit)
