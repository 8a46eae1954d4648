"""Draw the picture of the quick start: what `neon-async demo` leaves on a terminal.

`python docs/demo_picture.py` runs the demo under a pseudo-terminal, and writes its last screen to
docs/pictures/demo.svg. It needs the dependency group `tests`. The times in the picture are those
of the machine that it ran on.
"""

import io
import re
import sys
import tempfile
from pathlib import Path

import pexpect
from rich.console import Console
from rich.text import Text

COLUMNS = 88
COMMAND = "neon-async demo"
PICTURE = Path(__file__).parent / "pictures" / "demo.svg"

CONTROLS = re.compile(r"(\r\n|\r|\x1b\[1A|\x1b\[2K|\x1b\[\?25[hl])")
# They would be fetched from another host, or not at all.
FONTS = re.compile(r"@font-face \{.*?\}\s*", flags=re.DOTALL)


def run() -> str:
    """Return everything that the demo writes to a terminal."""
    with tempfile.TemporaryDirectory() as place:
        arguments = ["-m", "neon_async.cli", "demo", "--directory", "demo"]
        child = pexpect.spawn(
            sys.executable,
            arguments,
            cwd=place,
            dimensions=(50, COLUMNS),
            encoding="utf-8",
            timeout=120,
        )
        child.expect(pexpect.EOF)
        child.close()
    if child.exitstatus:
        sys.exit(f"the demo failed: {child.before}")
    return child.before or ""


def last_screen(output: str) -> str:
    """Apply the few movements that progress bars make."""
    lines = [""]
    for part in CONTROLS.split(output):
        match part:
            case "\r\n":
                lines.append("")
            case "\x1b[1A":
                lines.pop()
            case "\x1b[2K":
                lines[-1] = ""
            case _ if not CONTROLS.fullmatch(part):
                lines[-1] += part
            case _:
                pass
    return "\n".join(lines)


def draw(screen: str) -> str:
    """Return a screen as SVG."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(f"[bold]$ {COMMAND}[/bold]")
    console.print(Text.from_ansi(screen.rstrip()))
    console.print()  # the window ends within the last line
    return FONTS.sub("", console.export_svg(title=COMMAND, unique_id="demo"))


if __name__ == "__main__":
    PICTURE.write_text(draw(last_screen(run())), encoding="utf-8")
