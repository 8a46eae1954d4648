"""Messages about extras that are not installed."""

import contextlib
from collections.abc import Generator

from neon_async.errors import InvalidRequestError


@contextlib.contextmanager
def extra(name: str, module: str) -> Generator[None]:
    """Explain that an import inside needs an extra."""
    try:
        yield
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != module:
            raise
        raise InvalidRequestError(
            f"{module} is missing: python -m pip install 'neon-async[{name}]'"
        ) from None
