"""Commands whose extra is missing."""

import pytest

from neon_async import InvalidRequestError
from neon_async.cli._extras import extra


def test_missing_extra() -> None:
    """The message names the command that installs what is missing."""
    with (
        pytest.raises(InvalidRequestError, match=r"pip install 'neon-async\[arrow\]'"),
        extra("arrow", "pyarrow"),
    ):
        raise ModuleNotFoundError(name="pyarrow.parquet")


def test_other_missing_module() -> None:
    """Another module that is missing is no matter of the extra."""
    with pytest.raises(ModuleNotFoundError), extra("arrow", "pyarrow"):
        raise ModuleNotFoundError(name="somewhere.else")
