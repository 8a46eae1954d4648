"""`neon-async login` and `logout`: credentials in the system's keyring."""

import getpass
import os
import warnings

import orjson

from neon_async.cli._common import COMMON, CommonOptions
from neon_async.cli._connection import connect
from neon_async.cli._credentials import VARIABLES, StoredCredentials, entry_name
from neon_async.cli._event_loop import run_async
from neon_async.cli._extras import extra
from neon_async.cli._streams import message
from neon_async.errors import InvalidRequestError


def login(*, common: CommonOptions = COMMON) -> None:
    """Ask for credentials, try them, and store them in the system's keyring.

    ```
    neon-async login
    ```

    Other commands use them when neither NEON_ORG_ID nor NEON_API_KEY is set. They are stored for
    one NEON_BASE_URL (NeonCRM itself by default) and sent nowhere else. This needs the extra:
    python -m pip install 'neon-async[keyring]'

    Args:
        common: The common options.
    """
    with extra("keyring", "keyring"):
        from neon_async.cli import _keyring  # noqa: PLC0415 - an extra of its own
    entered = StoredCredentials(org_id=_ask("Organization id: "), api_key=_ask("API key: "))
    # Tried first, so that the keyring holds nothing that NeonCRM refuses.
    run_async(_try, entered, common)
    _keyring.write(entry_name(), orjson.dumps(entered).decode())
    text = "The credentials are in the keyring.\n"
    if any(map(os.environ.get, VARIABLES)):
        text += "NEON_ORG_ID and NEON_API_KEY in the environment take precedence.\n"
    common.note(text)


def logout() -> None:
    """Remove the credentials for this NEON_BASE_URL from the system's keyring.

    ```
    neon-async logout
    ```
    """
    with extra("keyring", "keyring"):
        from neon_async.cli import _keyring  # noqa: PLC0415 - an extra of its own
    if _keyring.read(entry_name()) is None:
        message("There are no credentials in the keyring.\n")
        return
    _keyring.remove(entry_name())
    message("The credentials were removed from the keyring.\n")


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


async def _try(entered: StoredCredentials, common: CommonOptions) -> None:
    async with connect(common, **entered) as neon:
        await neon.login()
