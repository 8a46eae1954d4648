"""Draw the rooms of the package and the imports between them, from the code itself.

`python docs/architecture_picture.py` writes docs/pictures/architecture.svg; a test holds that it is
up to date.
"""

import ast
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import escape

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "neon_async"
PICTURE = ROOT / "docs" / "pictures" / "architecture.svg"

ROOMS = {
    "_client": "the face: methods, lifetime",
    "_writing": "safe edits, recovery of creates",
    "_changes": "the change feed and its certificate",
    "_paging": "many calls: pages, look-ahead",
    "_pipeline": "one call: session, limiter, retries",
    "_http": "carries it; the only importer of httpx",
    "_aio": "lifetimes and tasks; nothing of NeonCRM",
    "operations": "API methods, one class each",
    "_wire": "bytes and JSON to objects, and back",
    "models": "records as attrs classes",
    "errors": "one tree of exceptions",
}
"""From the top floor down, each with what it does."""

WIDTH, HEIGHT, GAP, LEFT = 420, 44, 14, 150

STYLE = """
.room { fill: none; stroke: #00897b; stroke-width: 1.5 }
.name { font: bold 15px monospace } .what { font: 13px sans-serif } text { fill: #00695c }
.arrow { fill: none; stroke: #00897b; stroke-opacity: .45; stroke-width: 1.5 }
@media (prefers-color-scheme: dark) { text { fill: #80cbc4 } }
"""


def imports() -> list[tuple[str, str]]:
    """Return which room imports from which other."""
    found: set[tuple[str, str]] = set()
    for room in ROOMS:
        for path in [*(PACKAGE / room).rglob("*.py"), PACKAGE / f"{room}.py"]:
            targets = _targets(path) if path.exists() else ()
            found.update((room, target) for target in targets if target in ROOMS)
    return sorted(pair for pair in found if pair[0] != pair[1])


def _targets(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.ImportFrom(module="neon_async", names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module)) if module.startswith("neon_async."):
                yield module.split(".")[1]
            case _:
                pass


def drawing() -> str:
    """Return the picture: a room a floor, and an arrow for each pair of rooms with imports."""
    tops = {room: 20 + index * (HEIGHT + GAP) for index, room in enumerate(ROOMS)}
    height = 20 + len(ROOMS) * (HEIGHT + GAP)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 2 * LEFT} {height}"',
        ' role="img" aria-label="The rooms of neon_async; every import points down">',
        f"<style>{STYLE}</style>",
    ]
    for room, what in ROOMS.items():
        top = tops[room]
        parts += [
            f'<rect class="room" x="{LEFT}" y="{top}" width="{WIDTH}" height="{HEIGHT}" rx="6"/>',
            f'<text class="name" x="{LEFT + 14}" y="{top + 27}">{room}</text>',
            f'<text class="what" x="{LEFT + 130}" y="{top + 27}">{escape(what)}</text>',
        ]
    for index, (room, target) in enumerate(imports()):
        right = index % 2 == 0
        edge = LEFT + WIDTH if right else LEFT
        start, end = tops[room] + HEIGHT / 2 + 6, tops[target] + HEIGHT / 2 - 6
        bend = edge + (1 if right else -1) * min(140, 18 + abs(end - start) / 4)
        curve = f"M{edge} {start:.0f}C{bend:.0f} {start:.0f} {bend:.0f} {end:.0f} {edge} {end:.0f}"
        title = f"<title>{room} imports {target}</title>"
        parts.append(f'<path class="arrow" d="{curve}">{title}</path>')
    return "\n".join([*parts, "</svg>"]) + "\n"


if __name__ == "__main__":
    PICTURE.write_text(drawing(), encoding="utf-8")
