"""The client of a command: it knows the common options, and logs out in the end."""

import contextlib
import logging
import ssl
import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio

from neon_async.cli._common import COMMON, CommonOptions
from neon_async.cli._credentials import credentials
from neon_async.cli._streams import naming
from neon_async.errors import InvalidRequestError, NeonError

if TYPE_CHECKING:
    from neon_async import AsyncClient

_SECONDS_TO_LOG_OUT = 2.0
# As in the client: a call has time for four attempts.
_ATTEMPTS = 4


@contextlib.asynccontextmanager
async def connect(common: CommonOptions, **options: Any) -> AsyncGenerator["AsyncClient"]:
    """Open a client with the stored credentials, and log out however it ends.

    Args:
        common: the common options.
        options: arguments of `AsyncClient`; without credentials, those that are stored.

    Raises:
        InvalidRequestError: credentials or options are not usable.
        OSError: the keyring or the file of certificates can't be read.
    """
    if common.verbose:
        _log_to_stderr()
    if "api_key" not in options:
        options |= credentials()
    async with make_client(**{**client_options(common), **options}) as neon:
        try:
            yield neon
        finally:
            # A session stays open for hours otherwise, and is as good as the key.
            with anyio.move_on_after(_SECONDS_TO_LOG_OUT, shield=True):
                with contextlib.suppress(NeonError):
                    await neon.logout()


def make_client(**options: Any) -> "AsyncClient":
    """Make a client, whose modules are imported only now: `--help` does without."""
    from neon_async import AsyncClient  # noqa: PLC0415

    return AsyncClient(**options)


def client_options(common: CommonOptions) -> dict[str, Any]:
    """Return the common options as arguments of `AsyncClient`.

    Raises:
        InvalidRequestError: one is not usable.
        OSError: the file of certificates can't be read.
    """
    options: dict[str, Any] = {}
    if common.timeout != COMMON.timeout:
        options = {"timeout": common.timeout, "deadline": _ATTEMPTS * common.timeout}
    if (proxy := common.proxy_url()) is not None:
        options["proxy"] = proxy
    if (path := common.ca_path()) is not None:
        options["ssl_context"] = _accepting(path)
    return options


def usual_context() -> ssl.SSLContext:
    """Return a context that accepts the certificates that httpx trusts.

    It is built as the client builds its own: `ssl.create_default_context` would write the secrets
    of every connection into the file that SSLKEYLOGFILE names.
    """
    import certifi  # noqa: PLC0415 - it comes with httpx

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certifi.where())
    return context


def _accepting(path: Path) -> ssl.SSLContext:
    """Return a context that accepts the usual certificates and those of a file."""
    context = usual_context()
    # The file may hold an intermediate certificate only. VERIFY_X509_STRICT, which the client sets
    # from Python 3.13 on, stays off: certificates of such proxies often lack what it asks for.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    try:
        with naming(str(path)):
            context.load_verify_locations(path)
    except ssl.SSLError:
        raise InvalidRequestError(f"--ca-file: {path} holds no certificates in PEM form") from None
    return context


def _log_to_stderr() -> None:
    logger = logging.getLogger("neon_async")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
