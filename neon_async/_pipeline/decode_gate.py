"""When a large reply is decoded: at once, or when a walk is ready for what is in it.

A page takes more memory decoded than encoded, and milliseconds to decode. A look-ahead that holds
many decoded pages works on cold memory, and gives the garbage collector much to look through.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

decoding_turn: ContextVar[Callable[[], Awaitable[object]] | None] = ContextVar(
    "neon_async_decoding_turn", default=None
)
"""Waits until a reply to the current task is to be decoded; None for at once."""
