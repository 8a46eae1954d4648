"""The system's keyring, whose failures are told without what they were about.

What it needs comes with the extra `keyring`.
"""

import contextlib
from collections.abc import Generator

import keyring
from keyring.errors import KeyringError, NoKeyringError

_SERVICE = "neon-async"


def read(entry: str) -> str | None:
    """Return what is stored, or None if nothing is, or if there is no keyring."""
    with _failures():
        try:
            return keyring.get_password(_SERVICE, entry)
        except NoKeyringError:
            return None


def write(entry: str, secret: str) -> None:
    """Store a secret in place of what was there."""
    with _failures():
        keyring.set_password(_SERVICE, entry, secret)


def remove(entry: str) -> None:
    """Remove what is stored."""
    with _failures():
        keyring.delete_password(_SERVICE, entry)


@contextlib.contextmanager
def _failures() -> Generator[None]:
    try:
        yield
    except NoKeyringError:
        raise OSError("this system has no keyring: set NEON_ORG_ID and NEON_API_KEY") from None
    except KeyringError as error:
        raise OSError(f"the keyring failed: {error.__class__.__name__}") from None
