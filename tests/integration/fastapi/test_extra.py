"""The extra that FastAPI comes with."""

import importlib
import importlib.util

import pytest

from neon_async import fastapi


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without FastAPI the error says what to install."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)

    with pytest.raises(ImportError, match=r"pip install 'neon-async\[fastapi\]'"):
        importlib.reload(fastapi)
