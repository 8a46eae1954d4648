"""The command `neon-async`; what it needs comes with the extra `cli`."""

from neon_async.cli._main import main

__all__ = ["main"]
