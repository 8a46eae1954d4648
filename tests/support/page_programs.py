"""Save the programs of README and pages as files, for type checkers.

`python -m tests.support.page_programs FOLDER` writes each whole program, application and test
module to a file of its own, named after its page and line.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.integration.docs.test_readme import page_examples

KINDS = ("application", "framework", "program", "tests")


def save(folder: Path) -> list[Path]:
    """Write the programs to a folder, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for kind in KINDS:
        for example in page_examples(kind):
            name = str(example.id).replace(".md:", "_").replace("-", "_")
            file = folder / f"{name}.py"
            file.write_text(str(example.values[0]), encoding="utf-8")
            files.append(file)
    return files


if __name__ == "__main__":
    save(Path(sys.argv[1]))
