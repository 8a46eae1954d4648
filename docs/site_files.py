"""A hook of mkdocs: the page of the benchmarks, which is beside their code."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "benchmarks"
PICTURE = re.compile(r"!\[[^]]*\]\(([^):]+)\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page, and the pictures that it shows."""
    for path in [BENCHMARKS / "README.md", *sorted(BENCHMARKS.glob("*.svg"))]:
        uri = path.relative_to(ROOT).as_posix()
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Leave out the pictures of the benchmarks that have not been drawn yet."""
    del config, files
    if page.file.src_uri != "benchmarks/README.md":
        return markdown
    return PICTURE.sub(lambda link: link[0] if (BENCHMARKS / link[1]).exists() else "", markdown)
