"""Files that are published when they are complete."""

import errno
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from neon_async.cli import _files
from neon_async.cli._files import StagedFiles, check_place, create_private, is_special


@pytest.fixture(autouse=True)
def _umask() -> Iterator[None]:
    """The permissions that the tests expect of new files."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def pair(first: Path) -> Sequence[Path]:
    return (first, first.with_name(f"{first.stem}.more{first.suffix}"))


def stage(output: Path, *, private: bool = False) -> StagedFiles:
    """Stage an output of two files."""
    staged = StagedFiles.begin(output, pair, private=private)
    for number, file in enumerate(staged.files):
        file.write_text(f"new {number}")
    return staged


def content(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_all_files_come_together(tmp_path: Path) -> None:
    """Files that belong together replace the earlier ones at the end, and leave nothing else."""
    output = tmp_path / "a.txt"
    output.write_text("earlier")
    staged = stage(output)
    assert staged.replaces
    assert output.read_text() == "earlier"
    staged.sync()
    staged.publish()

    assert {"a.txt": "new 0", "a.more.txt": "new 1"} == content(tmp_path)


@pytest.mark.parametrize(
    ("there", "first", "second"),
    [
        ([], "a.txt", "a.more.txt"),
        (["a.txt"], "a.partial.txt", "a.partial.more.txt"),
        (["a.more.txt"], "a.partial.txt", "a.partial.more.txt"),
        (["a.txt", "a.partial.more.txt"], "a.partial-2.txt", "a.partial-2.more.txt"),
    ],
)
def test_kept_files_replace_nothing(
    there: list[str], first: str, second: str, tmp_path: Path
) -> None:
    """Files that are kept get a name that is free for all of them."""
    for name in there:
        (tmp_path / name).write_text("earlier")
    staged = stage(tmp_path / "a.txt")

    assert tmp_path / first == staged.keep()
    assert dict.fromkeys(there, "earlier") | {first: "new 0", second: "new 1"} == content(tmp_path)


def test_temporary_names_are_their_own(tmp_path: Path) -> None:
    """Two commands that write the same file at once are not in each other's way."""
    one, other = stage(tmp_path / "a.txt"), stage(tmp_path / "a.txt")
    assert not {*one.files} & {*other.files}
    one.publish()
    other.discard()

    assert {"a.txt": "new 0", "a.more.txt": "new 1"} == content(tmp_path)


@pytest.mark.parametrize(("mode", "expected"), [(None, 0o644), (0o600, 0o600), (0o666, 0o666)])
def test_permissions_stay(mode: int | None, expected: int, tmp_path: Path) -> None:
    """A file keeps the permissions and the owner of the one that it replaces."""
    output = tmp_path / "a.txt"
    if mode is not None:
        output.write_text("earlier")
        output.chmod(mode)
    staged = stage(output)
    meanwhile = stat.S_IMODE(staged.files[0].stat().st_mode)
    staged.publish()

    assert expected == meanwhile == stat.S_IMODE(output.stat().st_mode)


def test_private_files_stay_private(tmp_path: Path) -> None:
    """What only the owner may read is so from the beginning, whatever was there."""
    output = tmp_path / "a.txt"
    output.write_text("earlier")
    staged = stage(output, private=True)
    assert 0o600 == stat.S_IMODE(staged.files[0].stat().st_mode)
    staged.publish()

    assert 0o600 == stat.S_IMODE(output.stat().st_mode)


def test_owner_that_can_not_be_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who may not give files away writes them all the same."""

    def refuse(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "chown", refuse)
    (tmp_path / "a.txt").write_text("earlier")
    stage(tmp_path / "a.txt").publish()

    assert (tmp_path / "a.txt").read_text() == "new 0"


def test_links_are_followed(tmp_path: Path) -> None:
    """A link stays one, and its file is replaced."""
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "a.txt").symlink_to(tmp_path / "elsewhere" / "b.txt")
    stage(tmp_path / "a.txt").publish()

    assert (tmp_path / "a.txt").is_symlink()
    assert {"b.txt": "new 0", "b.more.txt": "new 1"} == content(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("place", "error", "named"),
    [
        ("missing/a.txt", FileNotFoundError, "missing"),
        ("folder", IsADirectoryError, "folder"),
        ("file/a.txt", FileNotFoundError, "file"),
        ("n" * 250 + "/a.txt", FileNotFoundError, "n" * 250),
    ],
)
def test_what_can_not_be_written_is_named(
    place: str, error: type[OSError], named: str, tmp_path: Path
) -> None:
    """Where no file can be, that is told before anything is begun."""
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_text("")
    before = sorted(tmp_path.rglob("*"))

    for begin in (StagedFiles.begin, check_place):
        with pytest.raises(error) as caught:
            begin(tmp_path / place)
        assert str(tmp_path / named) == caught.value.filename
    assert before == sorted(tmp_path.rglob("*"))


def test_second_place_that_can_not_be(tmp_path: Path) -> None:
    """When one of several files can't be, the others are removed."""
    (tmp_path / "a.more.txt").mkdir()
    with pytest.raises(IsADirectoryError):
        StagedFiles.begin(tmp_path / "a.txt", pair)

    assert [tmp_path / "a.more.txt"] == [*tmp_path.iterdir()]


def test_read_only_files_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that its owner has protected is not replaced."""
    output = tmp_path / "a.txt"
    output.write_text("earlier")
    monkeypatch.setattr(os, "access", lambda path, _: path != output)
    with pytest.raises(PermissionError, match=r"a\.txt"):
        check_place(output)

    assert {"a.txt": "earlier"} == content(tmp_path)


def test_place_is_checked_without_a_trace(tmp_path: Path) -> None:
    """A check leaves neither a file nor a change."""
    output = tmp_path / "a.txt"
    check_place(output)
    assert {} == content(tmp_path)
    output.write_text("earlier")
    check_place(output)
    assert {"a.txt": "earlier"} == content(tmp_path)


def test_private_file_is_created_once(tmp_path: Path) -> None:
    """A file that is there, even a link to nothing, is not written to."""
    path, link = tmp_path / "a.txt", tmp_path / "b.txt"
    create_private(path, b"content")
    link.symlink_to(tmp_path / "c.txt")

    assert 0o600 == stat.S_IMODE(path.stat().st_mode)
    for place in (path, link):
        with pytest.raises(FileExistsError, match=place.name):
            create_private(place, b"other")
    assert path.read_bytes() == b"content"
    assert not (tmp_path / "c.txt").exists()


def test_private_file_is_whole_or_not_there(
    tmp_path: Path, limit_file_size: Callable[[int], None]
) -> None:
    """A file that does not fit is removed, and the error names it."""
    limit_file_size(1_000)
    with pytest.raises(OSError, match=r"a\.txt") as caught:
        create_private(tmp_path / "a.txt", b"x" * 2_000)

    assert errno.EFBIG == caught.value.errno
    assert [] == [*tmp_path.iterdir()]


def test_folder_that_can_not_be_opened(tmp_path: Path) -> None:
    """Where a folder can't be told to reach the disk, that is left to the system."""
    _files.sync_folder(tmp_path / "missing")

    assert not (tmp_path / "missing").exists()


def test_special_files(tmp_path: Path) -> None:
    """Pipes and devices are not replaced; files, folders and what is not there are none."""
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to("pipe")
    names = ("pipe", "link", "file", "missing", ".")

    assert [True, True, False, False, False] == [is_special(tmp_path / name) for name in names]
    assert is_special(Path("/dev/null"))
