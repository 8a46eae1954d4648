"""The page of all API methods."""

import importlib.util
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[3]


def page_module() -> ModuleType:
    spec = importlib.util.spec_from_file_location("methods_page", ROOT / "docs" / "methods_page.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_page_is_current() -> None:
    """`python docs/methods_page.py` would write just what is there."""
    module = page_module()

    assert module.page() == module.PAGE.read_text(encoding="utf-8")


def test_every_class_of_the_schema_is_on_the_page() -> None:
    """All 111 methods are listed, and each class is shown at its method."""
    module = page_module()
    text = module.page()

    assert 111 == text.count("\n| `")
    newer = {"account/retrieveDuplicateMergeHistory"}
    missing = [one for one, name in module.classes().items() if f"| `{name}` |" not in text]
    assert newer == set(missing)
