"""Lines that are written when the pull ends early."""

import asyncio
import io
import threading
import time
from datetime import UTC, datetime

import pytest

from neon_async import AccountsPage
from neon_async.cli._formats.output import ndjson, save
from neon_async.cli._lines import LineFile, LineOutput
from neon_async.emulator import Emulator

from .conftest import records


class SlowFile(io.BytesIO):
    """A file that takes its time for each write, and tells when it has begun."""

    def __init__(self) -> None:
        super().__init__()
        self.begun = threading.Event()

    def write(self, block: bytes, /) -> int:  # type: ignore[override]
        self.begun.set()
        time.sleep(0.1)
        return super().write(block)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_interrupted_write_is_finished_and_counted() -> None:
    """What was written when Ctrl-C came is what was counted, so that nothing comes twice."""
    file, counted = SlowFile(), list[AccountsPage]()
    async with Emulator(accounts=30).client(page_size=10) as neon:
        walk = neon.sync_accounts(time_from=datetime(1990, 1, 1, tzinfo=UTC))
        output = LineOutput(LineFile(file, "file"), ndjson)
        task = asyncio.create_task(save(walk, output, saved=counted.append))
        await asyncio.to_thread(file.begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    assert len(counted) == 1
    assert len(records(file.getvalue())) == 10
