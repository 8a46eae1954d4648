"""Hooks of mkdocs: the page of the benchmarks, and markup that screen readers understand."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
BENCHMARKS = ROOT / "benchmarks"
EMPTY_HEADING = re.compile(r"<th[^>]*></th>")
NESTED_CONTENTS = re.compile(r'<nav class="md-nav" aria-label="[^"]*">')
SEARCH = 'data-md-component="search" role="dialog" aria-label="Search"'
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


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Turn a table's headings without a text into cells: there is nothing to announce."""
    del page, config, files
    return EMPTY_HEADING.sub("<td></td>", html)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Name the search, and leave one landmark of a table of contents, not one for each heading."""
    del page, config
    named = output.replace('data-md-component="search" role="dialog"', SEARCH)
    return NESTED_CONTENTS.sub('<nav class="md-nav" role="none">', named)
