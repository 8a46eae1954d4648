"""Every text that the package can show, collected from its source."""

import ast
import functools
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import attrs

import neon_async

PACKAGE = Path(neon_async.__file__).parent

# Two words with a space between them: prose, or code that other modules of the list hold.
_PROSE = re.compile(r"[A-Za-z',;:)}0-9]\s+[({]*[a-zA-Z{<]")
_JINJA = re.compile(r"\{%.*?%\}|\{#.*?#\}", flags=re.DOTALL)

# Not for readers: generated code, v1's own texts for a second time, and synthetic people.
_NO_MESSAGES = {
    "_wire/codegen.py",
    "emulator/_server/examples.py",
    "emulator/_state/contacts.py",
    "emulator/_state/data.py",
    "emulator/_state/lists.py",
    "emulator/_state/sample_data.py",
    "emulator/_wire/codes.py",
}
# SQL, types, styles, patterns and help, which has a file of its own.
_NO_TEXTS = {"App", "cast", "compile", "execute", "executescript", "next_number"}
_NO_NAMES = {
    "CSS",
    "HELP",
    "SCRIPT",
    "_COLLECTION_SCHEMA",
    "_HEADERS",
    "_PERSON",
    "_SCHEMA",
    "_STYLES",
}
_LOGGED = {"debug", "error", "exception", "info", "log", "warning"}


@attrs.frozen(order=True)
class Message:
    """One text: where it stands, what it is, and its words with placeholders."""

    module: str
    line: int
    kind: str
    text: str


@functools.cache
def package_messages() -> list[Message]:
    """Return every text of the package's modules and of its console, in the order of the files."""
    modules = {path: ast.parse(path.read_text(encoding="utf-8")) for path in _modules()}
    raisers = _raisers(modules.values())
    found = [
        message
        for path, tree in modules.items()
        for message in _Reader(_dotted(path), raisers).read(tree)
    ]
    for path in sorted(PACKAGE.rglob("*.html")):
        name = str(path.relative_to(PACKAGE.parent))
        found += _page_texts(name, 0, path.read_text(encoding="utf-8"))
    return found


def _modules() -> list[Path]:
    paths = sorted(PACKAGE.rglob("*.py"))
    return [path for path in paths if str(path.relative_to(PACKAGE)) not in _NO_MESSAGES]


def _dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def _raisers(trees: Iterable[ast.Module]) -> dict[str, str]:
    """Return the exception that each function makes of a text, by the function's name."""
    made: dict[str, set[str]] = {}
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                made.setdefault(node.name, set()).update(_exceptions(node))
    return {name: classes.pop() for name, classes in made.items() if len(classes) == 1}


def _exceptions(function: ast.AST) -> Iterator[str]:
    for node in ast.walk(function):
        match node:
            case (
                ast.Raise(exc=ast.Call(func=called))
                | ast.Return(value=ast.Call(func=called))
                | ast.Raise(exc=ast.Call(func=ast.Attribute(value=ast.Name() as called, attr="of")))
            ) if _is_exception(_name(called)):
                yield _name(called)
            case _:
                pass


def _is_exception(name: str) -> bool:
    return name.endswith(("Error", "Exception", "Mismatch"))


def _name(node: ast.AST) -> str:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


@attrs.define
class _Reader:
    """Collects the texts of one module."""

    module: str
    raisers: dict[str, str]

    def read(self, tree: ast.Module) -> Iterator[Message]:
        yield from self._visit(tree, [])

    def _visit(self, node: ast.AST, parents: list[ast.AST]) -> Iterator[Message]:
        text = _text(node)
        if text is None:
            for child in ast.iter_child_nodes(node):
                yield from self._visit(child, [*parents, node])
        elif not isinstance(parents[-1], ast.Expr | ast.keyword | ast.Subscript | ast.arg) or (
            isinstance(parents[-1], ast.keyword) and _is_shown(parents[-1])
        ):
            kind = self._kind(parents)
            line = getattr(node, "lineno", 0)
            if kind and "{% block" in text:
                yield from _page_texts(self.module, line, text)
            elif kind and (_PROSE.search(text) or _is_raised(node, parents)):
                yield Message(self.module, line, kind, text)

    def _kind(self, parents: list[ast.AST]) -> str:
        """Return the class that shows a text, "log", "text", or "" where nobody reads it."""
        for position, parent in reversed(list(enumerate(parents))):
            match parent:
                case ast.Call():
                    kind = self._called(parent)
                case ast.Assign(targets=[target]) | ast.AnnAssign(target=target):
                    if _name(target) in _NO_NAMES:
                        return ""
                    return self._use(_name(target), parents[:position])
                case _:
                    kind = None
            if kind is not None:
                return kind
        return "text"

    def _called(self, call: ast.Call) -> str | None:
        """Return what a call makes of its text; None where only what is around it says so."""
        name = _name(call.func)
        if name in _NO_TEXTS:
            return ""
        if name == "of":
            name = _name(call.func.value) if isinstance(call.func, ast.Attribute) else ""
        if name in _LOGGED and _is_logger(call.func):
            return "log"
        name = self.raisers.get(name, name)
        return _with_parameter(name, call) if _is_exception(name) else None

    def _use(self, variable: str, parents: list[ast.AST]) -> str:
        """Return the exception to which the function passes a variable."""
        functions = [p for p in parents if isinstance(p, ast.FunctionDef | ast.AsyncFunctionDef)]
        if not functions:
            return "text"
        for node in ast.walk(functions[-1]):
            match node:
                case ast.Call(func=called, args=[first, *_]) as call if any(
                    _name(part) == variable for part in ast.walk(first)
                ):
                    name = self.raisers.get(_name(called), _name(called))
                    if _is_exception(name):
                        return _with_parameter(name, call)
                case _:
                    pass
        return "text"


def _is_shown(keyword: ast.keyword) -> bool:
    return keyword.arg in {"advice", "description", "detail", "reason", "summary", "title"}


def _is_logger(called: ast.AST) -> bool:
    return isinstance(called, ast.Attribute) and "log" in _name(called.value).lower()


def _is_raised(node: ast.AST, parents: list[ast.AST]) -> bool:
    match parents[-2:]:
        case [ast.Raise(), ast.Call(args=[first, *_])]:
            return first is node
        case _:
            return False


def _with_parameter(name: str, call: ast.Call) -> str:
    for keyword in call.keywords:
        if keyword.arg == "parameter" and (parameter := _text(keyword.value)):
            return f"{name} [{parameter}]"
    return name


def _text(node: ast.AST) -> str | None:
    """Return a literal text, with the code in braces where values come in."""
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=values):
            return "".join(_text(value) or "" for value in values)
        case ast.FormattedValue(value=value):
            return f"{{{_text(value) or ast.unparse(value)}}}"
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            texts = [_text(left), _text(right)]
            return None if None in texts else "".join(map(str, texts))
        case _:
            return None


class _Page(HTMLParser):
    """Collects what a page shows: its text, and the attributes that are read out or shown."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[tuple[int, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del tag
        shown = {"alt", "aria-label", "hx-confirm", "placeholder", "title"}
        for name, value in attrs:
            if name in shown and value:
                self.handle_data(value)

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if re.search(r"[A-Za-z]{2}", re.sub(r"\{\{.*?\}\}", "", text)):
            self.texts.append((self.getpos()[0], text))


def _page_texts(module: str, line: int, source: str) -> list[Message]:
    page = _Page()
    page.feed(_JINJA.sub("", source))
    page.close()
    return [Message(module, line + below, "page", text) for below, text in page.texts]
