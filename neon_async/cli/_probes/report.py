"""The report of all probes, as Markdown or JSON. It holds nothing of the organization's."""

import platform
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit

import orjson

from neon_async.cli._probes.assumptions import ASSUMPTIONS
from neon_async.cli._probes.observation import Agreement
from neon_async.cli._probes.run import ProbeResult

SCHEMA: Final = 1
_COLUMNS: Final = ("probe", "question", "assumed", "observed", "agreement")
_DEFAULT: Final = "https://api.neoncrm.com"
_HOSTS: Final = {
    "api.neoncrm.com": "NeonCRM",
    "trial.z2systems.com": "NeonCRM's trial system",
    "localhost": "this machine",
    "127.0.0.1": "this machine",
}
_PACKAGES: Final = ("neon-async", "httpx")
_INTRODUCTION: Final = """\
# Report of neon-async doctor

What the library assumes about NeonCRM's API v1, and what a server did. The report was made by
reading alone. It holds no names, ids, addresses, amounts, credentials or texts of the server:
please attach it to an issue.
"""


def environment(base_url: str, http_method: str) -> dict[str, str]:
    """Return what the probes ran with. A host is named only where it is the same for everyone.

    Args:
        base_url: that of NEON_BASE_URL; "" for the default.
        http_method: how requests were sent.
    """
    return {
        "server": _HOSTS.get(urlsplit(base_url or _DEFAULT).hostname or "", "another server"),
        "requests": http_method,
        **{name: version(name) for name in _PACKAGES},
        "Python": platform.python_version(),
        "system": platform.system(),
    }


def summary(results: Sequence[ProbeResult]) -> str:
    counts = Counter(result.agreement for result in results)
    return ", ".join(f"{counts[agreement]} {agreement}" for agreement in Agreement)


def as_json(results: Sequence[ProbeResult], settings: dict[str, str]) -> bytes:
    probes = [_row(result) for result in results]
    document = {"schema": SCHEMA, "environment": settings, "probes": probes}
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def as_markdown(results: Sequence[ProbeResult], settings: dict[str, str]) -> bytes:
    lines = [_INTRODUCTION]
    lines += [f"- {name}: {text}" for name, text in settings.items()]
    lines += ["", f"{summary(results)}.", ""]
    lines += [_line(_COLUMNS), _line("---" for _ in _COLUMNS)]
    rows = [_row(result) for result in results]
    lines += [_line(row[column] for column in _COLUMNS) for row in rows]
    different = [row for row in rows if row["agreement"] == Agreement.DIFFERS]
    if different:
        lines += ["", "## What the library does where the server differs", ""]
        lines += [f"- `{row['probe']}`: {row['otherwise']}" for row in different]
    return ("\n".join(lines) + "\n").encode()


def _row(result: ProbeResult) -> dict[str, str]:
    assumption = ASSUMPTIONS[result.probe]
    return {
        "probe": str(result.probe),
        "question": assumption.question,
        "assumed": assumption.assumed,
        "observed": result.observed,
        "agreement": str(result.agreement),
        "otherwise": assumption.otherwise,
    }


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
