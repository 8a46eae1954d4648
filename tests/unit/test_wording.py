"""Wording that a native technical reader would not use appears in no text of the project."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.support import sources as source_files

ROOT = Path(__file__).parents[2]
FOLDERS = ("benchmarks", "docs", "neon_async", "pytest_neon_async")
KINDS = {".html", ".js", ".md", ".py"}

FORBIDDEN = {
    "is wanted: write 'expected X, got Y'": r"\b(?:is|are) wanted\b",
    "tells, told: write reports, says, shows": r"\b(?:tells?|told)\b",
    "goes on, gone on: write continues, resumes": (
        r"\b(?:go|goes|gone|going) on\b(?! (?:a|an|the)\b)"
    ),
    "by itself: say which program does it": r"\bby itself\b",
    "anew: write again": r"\banew\b",
    "takes for granted: write assumes": r"\b(?:take|takes|taken|taking) for granted\b",
    "walk: write iteration": r"\bwalks?\b",
    "made up for: write caused by": r"\bmade up for\b",
    "that there are: leave it out": r"\bthat there (?:are|is)\b",
    "on its own account: write by itself": r"\bon its own account\b",
    "whoever, nobody: name the reader, the caller, the server": r"\b(?:whoever|nobody)\b",
    "all the same: write anyway, still": r"\ball the same\b",
    "what as a subject: name the thing": (
        r"(?:(?:^|[.;:] )(?:What|Whatever|Which)|(?:; |^[^:]* [^:]*: )what) "
        r"(?:is|are|was|were|has|have|can't|came|comes|stands|holds|does|belongs|needs|remains)\b"
    ),
    "of what: name the thing": r"\b[Oo]f what (?:is|are|was)\b",
    "plain function: write regular function": r"\bplain function\b",
    "refuted: write incomplete": r"\brefuted\b",
    "as it came: write as received": r"\bas (?:it|they) came\b",
    "now and then: give an interval": r"\bnow and then\b",
}

ALLOWED = {
    # Names of functions of the standard library.
    r"\b(?:ast|os)\.walk\b",
    r"\.tell\(\)",
    # The client is the one that does it.
    r"\bnever re-sends (?:a create|it) by itself\b",
    # Earlier versions said so, and their users search for it.
    r"`refuted`",
}


_ALLOWED = re.compile("|".join(ALLOWED))

# Names that say only that something was there, each with what to write instead.
VAGUE_NAMES = {
    "one": "the noun, such as account_id",
    "found": "the noun, such as results",
    "made": "the noun, such as request",
    "asked": "query, requested",
    "said": "text, reply",
    "given": "argument, option",
    "told": "reported",
    "problem": "message, reason",
    "arrived": "received_at",
    "settle": "set_outcome, verify",
    "gone": "removed, deleted",
    "walk": "iterate, iteration",
}
# Names of others that stay: a public field, RFC 9457's word, and a consent of v1.
PUBLIC_NAMES = {
    ("errors/_writes.py", "found"),
    ("_writing/recovery.py", "found"),
    ("fastapi/_problems.py", "problem"),
    ("models/_accounts.py", "given"),
}


def sources() -> list[Path]:
    """Every file with text for readers, tests and generated pages left out."""
    paths = [path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*"))]
    paths += sorted(ROOT.glob("*.md"))
    kept = [path for path in paths if path.suffix in KINDS and ".min." not in path.name]
    return [path for path in kept if path.name != "CODE_OF_CONDUCT.md"]


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """Yield comments, docstrings and other strings of a program, or the lines of a page."""
    content = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        yield from enumerate(content.splitlines(), start=1)
        return
    readable = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", -1)}
    for token in tokenize.generate_tokens(io.StringIO(content).readline):
        if token.type in readable:
            for number, line in enumerate(token.string.splitlines()):
                yield token.start[0] + number, line.strip(" \"'#f")


def findings(path: Path) -> Iterator[str]:
    for number, line in texts(path):
        text = _ALLOWED.sub("", line)
        for advice, pattern in FORBIDDEN.items():
            if re.search(pattern, text):
                yield f"{path.relative_to(ROOT)}:{number}: {advice}: {line.strip()}"


def test_wording() -> None:
    """No text has a pattern of the list; each pattern comes with what to write instead."""
    paths = sources()

    assert paths
    assert [] == [finding for path in paths for finding in findings(path)]


def test_summaries_say_one_thing() -> None:
    """No summary of a docstring joins two thoughts by a semicolon."""
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)

    def joined(path: Path) -> list[str]:
        found = [node for node in source_files.nodes(path) if isinstance(node, documented)]
        summaries = [(ast.get_docstring(node) or "").partition("\n")[0] for node in found]
        return [text for text in summaries if ";" in text]

    programs = [path for path in sources() if path.suffix == ".py"]
    assert [] == source_files.findings(programs, joined)


def named_in(tree: ast.AST) -> Iterator[str]:
    """Yield every name that a module gives: variables, parameters, attributes, functions."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.arg(arg=name) | ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                yield name
            case ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
                yield name
            case ast.ExceptHandler(name=str(name)) | ast.ClassDef(name=name):
                yield name
            case _:
                pass


def test_names_say_what_they_stand_for() -> None:
    """No variable, parameter or function of the package has a name that says nothing."""

    def vague(path: Path) -> list[str]:
        module = str(path.relative_to(ROOT / "neon_async"))
        names = {name.strip("_").lower() for name in named_in(source_files.tree(path))}
        found = [name for name in names & VAGUE_NAMES.keys() if (module, name) not in PUBLIC_NAMES]
        return [f"{name}: write {VAGUE_NAMES[name]}" for name in found]

    assert [] == source_files.findings((ROOT / "neon_async").rglob("*.py"), vague)


def test_every_kind_of_name_is_read() -> None:
    """A vague name is found wherever Python lets one give a name."""
    source = """
def made(asked, *said, **given): self.problem = [one for one in ()]
async def settle():
    try: gone = 1
    except OSError as told: pass
class Walk: pass
match x:
    case [arrived, *found]: pass
"""

    assert VAGUE_NAMES.keys() == {name.lower() for name in named_in(ast.parse(source))} - {"self"}


def test_patterns_find_what_they_are_for() -> None:
    """Each pattern finds the words that it is named after, and sentences without them pass."""
    samples = [
        "text is wanted, not int",
        "as the reply tells",
        "a run is gone on with",
        "The client retries by itself",
        "sent anew",
        "takes for granted that",
        "the walk",
        "made up for a test",
        "the records that there are",
        "on its own account",
        "for whoever asks",
        "done all the same",
        "What is odd stays",
        "of what was read",
        "a plain function",
        "refuted",
        "stays as it came",
        "now and then",
    ]

    hits = [[re.search(pattern, text) for pattern in FORBIDDEN.values()] for text in samples]

    assert [True] * len(FORBIDDEN) == [bool(row[index]) for index, row in enumerate(hits)]
    assert not any(re.search(pattern, "go on a trip") for pattern in FORBIDDEN.values())
