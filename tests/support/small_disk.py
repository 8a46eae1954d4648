"""A disk that is soon full, where this process may mount one."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@contextlib.contextmanager
def small_disk(folder: Path, kibibytes: int = 256) -> Iterator[Path]:
    """Mount it on a folder that does not exist yet, or skip the test."""
    folder.mkdir()
    mount, umount = shutil.which("mount") or "", shutil.which("umount") or ""
    command = [mount, "-t", "tmpfs", "-o", f"size={kibibytes}k", "tmpfs", str(folder)]
    if not mount or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("a disk can't be mounted here")
    try:
        yield folder
    finally:
        subprocess.run([umount, folder], check=True)


def fill(disk: Path) -> Path:
    """Leave no room on a disk, by a file that is returned."""
    ballast = disk / "ballast"
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4_096)
    return ballast
