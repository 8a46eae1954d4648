"""The emulator's web console: pages in front of the API."""

from neon_async.emulator._console.console import Console

__all__ = ["Console"]
