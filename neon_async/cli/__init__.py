"""The command `neon-async`, which needs the extra `cli`."""

from neon_async.cli._main import main

__all__ = ["main"]
