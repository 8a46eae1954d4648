"""The system's keyring, with failures that quote no credential.

It needs the extra `keyring`.
"""

import contextlib
from collections.abc import Generator

import keyring
from keyring.errors import KeyringError, NoKeyringError

_SERVICE = "neon-async"


def read(entry: str) -> str | None:
    """Return the stored secret, or None without one or without a keyring."""
    with _failures():
        try:
            return keyring.get_password(_SERVICE, entry)
        except NoKeyringError:
            # Containers and servers often have none; there the environment is the usual way.
            return None


def write(entry: str, secret: str) -> None:
    """Store a secret, replacing any earlier one."""
    with _failures():
        keyring.set_password(_SERVICE, entry, secret)


def remove(entry: str) -> None:
    with _failures():
        keyring.delete_password(_SERVICE, entry)


@contextlib.contextmanager
def _failures() -> Generator[None]:
    try:
        yield
    except NoKeyringError:
        raise OSError("this system has no keyring: set NEON_ORG_ID and NEON_API_KEY") from None
    # Its text is the backend's own, and may quote what it was called with.
    except KeyringError as error:
        raise OSError(f"the keyring failed: {error.__class__.__name__}") from None
