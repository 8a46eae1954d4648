"""Enumerations as many programs have them: they print as the names of their members."""

import enum


class Text(str, enum.Enum):  # noqa: UP042 - a StrEnum prints as its value
    """Members that are text."""

    A = "a"
    DOWN = "desc"


class Number(int, enum.Enum):
    """Members that are whole numbers."""

    FIVE = 5
