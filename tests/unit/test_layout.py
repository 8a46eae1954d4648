"""The layout of the package: imports point downward, and the lower half does no I/O."""

import ast
import functools
import importlib.util
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import attrs

import neon_async
from tests.support.sources import findings, nodes, tree

PACKAGE = Path(neon_async.__file__).parent
TESTS = Path(__file__).parents[1]

LAYERS = [
    {"_error_codes", "_lazy"},
    {"errors"},
    {"models"},
    {"_wire"},
    {"operations"},
    {"_aio"},
    {"_http"},
    {"_pipeline"},
    {"_paging"},
    {"_changes"},
    {"_writing"},
    {"_client"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
SANS_IO = ["_error_codes", "_lazy", "errors", "models", "_wire", "operations"]
ROOT_MODULES = {"__init__", "_error_codes", "_lazy", "blocking", "errors", "otel", "testing"}
PRIVATE_ROOMS = sorted(name for name in RANK if name.startswith("_") and (PACKAGE / name).is_dir())
HTTP = {"httpx", "httpcore"}
# It hides the frames of this package wherever it is used, and can do nothing for code of others:
# a public name would promise them something. And users have `unstructure` beside a serializer of
# their own, where integrations write whole pages. These are the private names of the integrations.
PRIVATE_NAMES = {"neon_async._pipeline.secrecy", "neon_async._wire.json_bytes"}
# The lazy map and pydantic's hook; and the command line, which tries which extras are there.
IMPORT_BY_STRING = {"_lazy.py", "cli/_commands/emulator.py"}
MOST_LINES = 350
# An example is one file to read and to copy: half of this one is its pages, styles and script.
LONGER = {"examples/service.py"}
EVENT_LOOPS = {"anyio", "asyncio", "trio", "sniffio"}


@attrs.frozen
class Import:
    """One import, wherever it stands in the file."""

    module: str
    for_types: bool

    @property
    def top(self) -> str:
        return self.module.partition(".")[0]

    @property
    def part(self) -> str:
        """Which part of the package is imported; `""` is the package itself."""
        return [*self.module.split("."), ""][1]


def modules(*parts: str) -> list[Path]:
    """All files of the named parts of the package."""
    found = [[*(PACKAGE / part).rglob("*.py"), PACKAGE / f"{part}.py"] for part in parts]
    return sorted(path for paths in found for path in paths if path.exists())


def imports(path: Path) -> list[Import]:
    package = ".".join(["neon_async", *path.relative_to(PACKAGE).parent.parts])
    return _cached_imports(path, package)


@functools.cache
def _cached_imports(path: Path, package: str) -> list[Import]:
    return list(_imports(tree(path), package, for_types=False))


def _imports(node: ast.AST, package: str, *, for_types: bool) -> Iterator[Import]:
    match node:
        case ast.Import(names=names):
            yield from (Import(alias.name, for_types) for alias in names)
        case ast.ImportFrom(names=names):
            module = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            for alias in names:
                is_module = module == "neon_async" and modules(alias.name)
                yield Import(f"{module}.{alias.name}" if is_module else module, for_types)
        case ast.If(test=ast.Name(id="TYPE_CHECKING"), body=body):
            for statement in body:
                yield from _imports(statement, package, for_types=True)
        case _:
            for child in ast.iter_child_nodes(node):
                yield from _imports(child, package, for_types=for_types)


def named(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


def integrations() -> list[str]:
    found = {path.stem if path.is_file() else path.name for path in PACKAGE.iterdir()}
    return sorted(found - RANK.keys() - {"__init__", "__pycache__", "py"})


def test_imports_point_downward() -> None:
    """A layer imports only itself and the layers below it."""

    def upward(path: Path) -> list[str]:
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        asked = [found.part for found in imports(path) if found.top == "neon_async"]
        return [part for part in asked if part != own and RANK.get(part, 99) >= RANK[own]]

    assert [] == findings(modules(*RANK), upward)


def test_every_private_part_has_a_layer() -> None:
    """What is private and in no layer could import upward unseen."""
    assert [] == [part for part in integrations() if part.startswith("_")]


def test_integrations_use_what_is_public() -> None:
    """What integrates with others needs nothing that a user could not import, but for two."""

    def private(path: Path) -> list[str]:
        own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        asked = [found for found in imports(path) if found.top == "neon_async"]
        asked = [found for found in asked if found.module not in PRIVATE_NAMES]
        return [found.module for found in asked if found.part != own and is_private(found.module)]

    assert [] == findings(modules(*integrations()), private)


def is_private(module: str) -> bool:
    """Whether any part of a module's path is private, and not only the first."""
    return any(part.startswith("_") for part in module.split("."))


def test_no_new_modules_at_the_root() -> None:
    """A module has its room; beside the rooms stand only the faces that users import."""
    found = {path.stem for path in PACKAGE.glob("*.py")}

    assert set() == found - ROOT_MODULES


def test_modules_are_short() -> None:
    """A module has at most 350 lines, so that a reader keeps all of it in mind."""
    lengths = {
        named(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }

    assert [] == [name for name in lengths.keys() - LONGER if lengths[name] > MOST_LINES]


def test_faces_hold_no_code() -> None:
    """An `__init__.py` re-exports and defines nothing; the emulator's and the CLI's start it."""

    def defined(path: Path) -> list[str]:
        return [
            node.name
            for node in tree(path).body
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef))
        ]

    assert [] == findings(PACKAGE.rglob("__init__.py"), defined)


def test_private_rooms_need_no_second_underscore() -> None:
    """What lies in a private package is private."""
    stems = {path.stem for path in modules(*PRIVATE_ROOMS)}

    assert {"__init__"} == {stem for stem in stems if stem.startswith("_")}


def test_emulator_shares_no_code_with_the_client() -> None:
    """An encoder and a decoder with the same mistake would agree with each other."""

    def shared(path: Path) -> set[str]:
        asked = {found.part for found in imports(path) if found.top == "neon_async"}
        return asked - {"", "emulator"}

    assert [] == findings(modules("emulator"), shared)


def test_lower_half_does_no_io() -> None:
    """Up to the operations there is neither event loop nor HTTP."""
    known = {"attrs", "cattrs", "neon_async", "orjson"} | sys.stdlib_module_names

    def other(path: Path) -> set[str]:
        asked = {found.top for found in imports(path)}
        return asked & (HTTP | EVENT_LOOPS) | asked - known

    assert [] == findings(modules(*SANS_IO), other)


def test_only_the_transport_runs_httpx() -> None:
    """The HTTP library can be seen in one place; others name it at most in annotations."""

    def at_runtime(path: Path) -> set[str]:
        return HTTP & {found.top for found in imports(path) if not found.for_types}

    assert [] == findings(modules(*RANK.keys() - {"_http"}), at_runtime)


def test_nothing_is_imported_by_string() -> None:
    """An import by string is an arrow that no check of imports sees; `_lazy` alone has one."""
    paths = PACKAGE.rglob("*.py")

    found = {named(path) for path in paths if any(map(is_import_by_string, nodes(path)))}

    assert found == IMPORT_BY_STRING


def is_import_by_string(node: ast.AST) -> bool:
    match node:
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)):
            return name in {"import_module", "__import__", "exec_module", "resolve_name"}
        case _:
            return False


def test_class_names_are_unique() -> None:
    """A class name stands for one thing in the whole package, underscores aside."""
    names = Counter(
        node.name.lstrip("_")
        for path in PACKAGE.rglob("*.py")
        for node in nodes(path)
        if isinstance(node, ast.ClassDef)
    )

    assert [] == [name for name, count in names.items() if count > 1]


def test_tests_say_what_they_hold() -> None:
    """Every test has a docstring of one sentence."""

    def silent(path: Path) -> Iterator[str]:
        for node in nodes(path):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    text = ast.get_docstring(node) or ""
                    if name.startswith("test_") and (not text.endswith(".") or "\n\n" in text):
                        yield name
                case _:
                    pass

    assert [] == findings(TESTS.rglob("test_*.py"), silent)
