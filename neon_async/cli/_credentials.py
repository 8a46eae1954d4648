"""`neon-async login` and `logout`, and where the other commands get their credentials from."""

import getpass
import os
import warnings
from typing import TypedDict

import orjson

from neon_async import AsyncClient, InvalidRequestError
from neon_async.cli._extras import extra
from neon_async.cli._interrupts import run_async
from neon_async.cli._streams import message

_VARIABLES = ("NEON_ORG_ID", "NEON_API_KEY")


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
    missing = [name for name in _VARIABLES if not os.environ.get(name)]
    if not missing:
        return {}
    # One from here and one from there might be of two organizations.
    stored = _stored() if missing == list(_VARIABLES) else None
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
    return _keyring.read(_entry())


def login() -> None:
    """Ask for credentials, try them, and store them in the system's keyring.

    ```
    neon-async login
    ```

    Other commands use them when neither NEON_ORG_ID nor NEON_API_KEY is set. They are stored for
    one NEON_BASE_URL (NeonCRM itself by default) and sent nowhere else. This needs the extra:
    python -m pip install 'neon-async[keyring]'
    """
    with extra("keyring", "keyring"):
        from neon_async.cli import _keyring  # noqa: PLC0415 - an extra of its own
    entered = StoredCredentials(org_id=_ask("Organization id: "), api_key=_ask("API key: "))
    # Tried first, so that the keyring holds nothing that NeonCRM refuses.
    run_async(_try, entered)
    _keyring.write(_entry(), orjson.dumps(entered).decode())
    text = "The credentials are in the keyring.\n"
    if any(map(os.environ.get, _VARIABLES)):
        text += "NEON_ORG_ID and NEON_API_KEY in the environment take precedence.\n"
    message(text)


def logout() -> None:
    """Remove the credentials for this NEON_BASE_URL from the system's keyring.

    ```
    neon-async logout
    ```
    """
    with extra("keyring", "keyring"):
        from neon_async.cli import _keyring  # noqa: PLC0415 - an extra of its own
    if _keyring.read(_entry()) is None:
        message("There are no credentials in the keyring.\n")
        return
    _keyring.remove(_entry())
    message("The credentials were removed from the keyring.\n")


def _entry() -> str:
    # By server: a key for an emulator or a trial system is not sent to NeonCRM.
    return os.environ.get("NEON_BASE_URL", "").rstrip("/") or "NeonCRM"


def _ask(prompt: str) -> str:
    """Ask on the terminal, which shows nothing of the answer."""
    try:
        with warnings.catch_warnings():
            # Without a terminal getpass would read with an echo, and only warn.
            warnings.simplefilter("error", getpass.GetPassWarning)
            return getpass.getpass(prompt).strip()
    except (EOFError, getpass.GetPassWarning):
        raise InvalidRequestError(
            "not a terminal: set NEON_ORG_ID and NEON_API_KEY instead"
        ) from None


async def _try(entered: StoredCredentials) -> None:
    async with AsyncClient(**entered) as neon:
        await neon.login()


def _parse(stored: str) -> StoredCredentials:
    try:
        entry = orjson.loads(stored)
        return StoredCredentials(org_id=str(entry["org_id"]), api_key=str(entry["api_key"]))
    except (ValueError, KeyError, TypeError):
        raise OSError("the keyring's entry can't be read: run neon-async login") from None
