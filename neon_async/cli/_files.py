"""Files that are published when they are complete."""

import contextlib
import errno
import itertools
import os
import stat
import uuid
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import attrs

from neon_async.cli._streams import naming

Names: TypeAlias = Callable[[Path], Sequence[Path]]

_PUBLIC = 0o666  # less what the umask takes away
_PRIVATE = 0o600


def is_special(path: Path) -> bool:
    """Whether a path is that of a pipe or a device, which nothing may be put in place of."""
    return path.exists() and not path.is_file() and not path.is_dir()


def alone(output: Path) -> Sequence[Path]:
    """Return the places of an output that is one file."""
    return (output,)


@attrs.define
class StagedFiles:
    """Files that are written beside their places, and moved there at the end.

    Attributes:
        output: the place of the first file.
        names: returns the places of all files for the place of the first.
        files: the files to write meanwhile, in the same order.
        replaces: whether an earlier file is in one of the places.
    """

    output: Path
    names: Names
    files: list[Path] = attrs.field(factory=list[Path], init=False)
    replaces: bool = attrs.field(default=False, init=False)

    @classmethod
    def begin(cls, output: Path, names: Names = alone, *, private: bool = False) -> "StagedFiles":
        """Create the files.

        Args:
            output: the place of the first file. A link is followed.
            names: returns the places of all files for the place of the first.
            private: whether only the owner may read them, which otherwise the umask decides, and
                an earlier file in the same place.

        Raises:
            OSError: a folder is missing or read-only, a place is a folder, or the disk is full.
        """
        # A link stays a link: `replace` would put the file in its place, beside what it leads to.
        followed = Path(os.path.realpath(output)) if output.is_symlink() else output
        staged = cls(followed, names)
        try:
            for place in names(staged.output):
                staged.replaces |= place.exists()
                staged.files.append(_create_beside(place, private=private))
        except OSError:
            staged.discard()
            raise
        return staged

    def sync(self) -> None:
        """Return when all that is in the files is safe on the disk.

        Raises:
            OSError: the disk is full.
        """
        for file, place in zip(self.files, self.names(self.output), strict=True):
            # Before it gets its name: file systems may write the name first, and a power failure
            # then leaves an empty file there. Open for writing, since Windows syncs no other
            # descriptor.
            with naming(str(place)), file.open("rb+") as opened:
                os.fsync(opened.fileno())

    def publish(self) -> None:
        """Move the files to their places.

        Raises:
            OSError: a place can't be replaced.
        """
        self._move(self.output)

    def keep(self) -> Path:
        """Move the files to places where nothing is, and return the first of these.

        Raises:
            OSError: they can't be moved.
        """
        place = next(filter(self._is_free, _places(self.output)))
        self._move(place)
        return place

    def discard(self) -> None:
        for file in self.files:
            file.unlink(missing_ok=True)

    def _is_free(self, output: Path) -> bool:
        return not any(map(os.path.lexists, self.names(output)))

    def _move(self, output: Path) -> None:
        for place in self.names(output):
            with naming(str(place)):
                # Atomic within a file system (Python documentation, os.replace), hence the same
                # folder.
                self.files[0].replace(place)
            del self.files[0]
        sync_folder(output.parent)


def _places(output: Path) -> Iterator[Path]:
    yield output
    yield output.with_name(f"{output.stem}.partial{output.suffix}")
    for number in itertools.count(2):
        yield output.with_name(f"{output.stem}.partial-{number}{output.suffix}")


def check_folder(place: Path) -> None:
    """Check that the folder of a file exists. None is made: its name may be a mistake.

    Raises:
        OSError: no such folder.
    """
    if not place.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "no such folder", str(place.parent))


def check_place(place: Path) -> None:
    """Check that a file can be created or replaced in this place, before anything is sent.

    Raises:
        OSError: its folder is missing or read-only, it is a folder itself, or it is read-only.
    """
    _create_beside(place, private=True).unlink()


def _create_beside(place: Path, *, private: bool) -> Path:
    """Create a file with a name of its own in the folder of a place, and with its permissions."""
    check_folder(place)
    if place.is_dir():
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(place))
    earlier = place.stat() if place.exists() else None
    if earlier and not os.access(place, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(place))
    # A replaced file keeps its permissions: a web server may read what it serves after the run,
    # too.
    mode = stat.S_IMODE(earlier.st_mode) if earlier else _PUBLIC
    file = place.with_name(f".neon-async-{uuid.uuid4().hex}.part")
    with naming(str(place)):
        os.close(_create(file, _PRIVATE if private else mode))
    if earlier and not private:
        # The umask has taken bits from the mode that `_create` asked for.
        file.chmod(mode)
        # Not everybody may give files away, and not every system has owners.
        with contextlib.suppress(AttributeError, OSError):
            os.chown(file, earlier.st_uid, earlier.st_gid)
    return file


def replace_private(path: Path, content: bytes) -> None:
    """Write a file that only its owner may read, in one step.

    Raises:
        OSError: it can't be written; an earlier one is as it was.
    """
    staged = StagedFiles.begin(path, private=True)
    try:
        staged.files[0].write_bytes(content)
        staged.sync()
        staged.publish()
    except BaseException:
        staged.discard()
        raise


def create_private(path: Path, content: bytes) -> None:
    """Create a file that only its owner may read, and return when it is safe on the disk.

    Raises:
        FileExistsError: there is something in this place.
        OSError: it can't be written; then nothing is left of it.
    """
    with naming(str(path)), os.fdopen(_create(path, _PRIVATE), "wb") as file:
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        except BaseException:
            path.unlink()
            raise
    sync_folder(path.parent)


def create_numbered(path: Path, content: bytes) -> Path:
    """Create a file as `create_private` does, with a number in its name if necessary.

    Raises:
        OSError: it can't be written; then nothing is left of it.
    """
    numbers = itertools.count(2)
    name = path
    while True:
        # Not looked for first: another run may take the name in between.
        with contextlib.suppress(FileExistsError):
            create_private(name, content)
            return name
        name = path.with_stem(f"{path.stem}-{next(numbers)}")


def _create(path: Path, mode: int) -> int:
    # O_EXCL neither overwrites a file nor follows a link (POSIX, open). Without O_BINARY, Windows
    # writes "\r\n" for "\n".
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), mode)


def sync_folder(path: Path) -> None:
    """Let new names reach the disk. Some systems can't open a folder."""
    with contextlib.suppress(OSError):
        # A name is in the folder and not in the file, so that a sync of the file leaves it out
        # (fsync(2)).
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
