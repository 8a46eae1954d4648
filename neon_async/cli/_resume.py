"""How to resume a pull that ended early."""

import shlex
from collections.abc import Iterator
from pathlib import Path

import attrs

from neon_async.cli._common import CommonOptions
from neon_async.cli._formats.output import Kept
from neon_async.cli._pull_options import PullOptions
from neon_async.cli._streams import STDOUT


def advice(
    name: str, kept: Kept, options: PullOptions, common: CommonOptions, *, complete: bool
) -> Iterator[str]:
    """Yield lines about the files that were written, and the command for the rest."""
    if not kept.pages:
        if kept.earlier:
            yield f"{kept.earlier} was left as it was"
        return
    earlier = f"; {kept.earlier} was left as it was" if kept.earlier else ""
    if complete:
        yield f"all {kept.records:,} records are in {kept.place}{earlier}"
        return
    units = "lines" if kept.appendable else "pages"
    yield f"{kept.records:,} records were written to {kept.place}, in whole {units}{earlier}"
    if options.ids:
        yield "to read them all, run the same command again"
        return
    yield f"to resume: {shlex.join([*_rest(kept, options).words(name), *common.words()])}"
    if kept.earlier and kept.appendable:
        yield f"and then: {shlex.join(['mv', kept.place, kept.earlier])}"


def _rest(kept: Kept, options: PullOptions) -> PullOptions:
    """Return the options that read the pages that are missing, without losing those there are."""
    page = options.start_page + kept.pages
    if kept.place == STDOUT:
        return attrs.evolve(options, start_page=page)
    if kept.appendable:
        return attrs.evolve(options, start_page=page, output=kept.place, append=True)
    place = Path(kept.place)
    rest = place.with_name(f"{place.stem}.from-page-{page}{place.suffix}")
    return attrs.evolve(options, start_page=page, output=str(rest))
