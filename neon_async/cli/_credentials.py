"""Where the commands get their credentials from: the environment, or the keyring."""

import os
from typing import TypedDict

import orjson

from neon_async.cli._extras import extra
from neon_async.errors import InvalidRequestError

VARIABLES = ("NEON_ORG_ID", "NEON_API_KEY")
"""The variables of the environment that hold credentials."""


class StoredCredentials(TypedDict, total=False):
    """Arguments of `AsyncClient`, which takes missing ones from the environment."""

    org_id: str
    api_key: str


def credentials() -> StoredCredentials:
    """Return what the keyring has, or nothing where the environment has both.

    Raises:
        InvalidRequestError: neither has them, or the environment has only one of them.
        OSError: the keyring failed, or what it has was not stored by `login`.
    """
    missing = [name for name in VARIABLES if not os.environ.get(name)]
    if not missing:
        return {}
    # One from here and one from there might be of two organizations.
    stored = _stored() if missing == list(VARIABLES) else None
    if stored is None:
        raise InvalidRequestError(
            f"no credentials: set {' and '.join(missing)}, or run neon-async login"
            if len(missing) > 1
            else f"{missing[0]} is not set"
        )
    return _parse(stored)


def _stored() -> str | None:
    try:
        with extra("keyring", "keyring"):
            from neon_async.cli import _keyring  # noqa: PLC0415 - an extra of its own
    except InvalidRequestError:
        return None
    return _keyring.read(entry_name())


def entry_name() -> str:
    """Return the name of the keyring's entry for this NEON_BASE_URL."""
    # By server: a key for an emulator or a trial system is not sent to NeonCRM.
    return os.environ.get("NEON_BASE_URL", "").rstrip("/") or "NeonCRM"


def _parse(stored: str) -> StoredCredentials:
    try:
        entry = orjson.loads(stored)
        return StoredCredentials(org_id=str(entry["org_id"]), api_key=str(entry["api_key"]))
    except (ValueError, KeyError, TypeError):
        raise OSError("the keyring's entry can't be read: run neon-async login") from None
