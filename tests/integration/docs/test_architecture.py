"""The page about the architecture: its picture and the files that it names."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "architecture.md"


def picture_module() -> ModuleType:
    path = ROOT / "docs" / "architecture_picture.py"
    spec = importlib.util.spec_from_file_location("architecture_picture", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_picture_shows_the_imports_of_today() -> None:
    """The picture in the documentation is drawn from the code as it is."""
    module = picture_module()

    assert module.drawing() == module.PICTURE.read_text(encoding="utf-8")


def test_no_import_points_up() -> None:
    """Every room imports only from the rooms below it in the picture."""
    module = picture_module()
    floors = {room: floor for floor, room in enumerate(module.ROOMS)}

    assert [] == [pair for pair in module.imports() if floors[pair[0]] > floors[pair[1]]]


def test_files_of_the_page_exist() -> None:
    """A file that the page names is there, in its room."""
    text = PAGE.read_text(encoding="utf-8")
    named = {path for path in re.findall(r"`([\w/]+\.py)`", text) if "/" in path}
    places = [ROOT / "neon_async", ROOT]

    missing = [path for path in named if not any((place / path).exists() for place in places)]

    assert named
    assert [] == missing


def test_walks_end_at_functions_that_exist() -> None:
    """A function that the page names behind a file is defined there."""
    named = re.findall(r"`([\w/]+\.py)` \(`(\w+)`\)", PAGE.read_text(encoding="utf-8"))

    missing = [
        (path, function)
        for path, function in named
        if f"def {function}(" not in (ROOT / "neon_async" / path).read_text(encoding="utf-8")
    ]

    assert len(named) >= 6
    assert [] == missing
