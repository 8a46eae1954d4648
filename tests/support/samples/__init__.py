"""What the reference pages show, verbatim: replies, parameters and error codes.

The replies stand in one file each, named after the API method and, where a page has several, after
the case. `parameters.json` and `error-codes.json` list by API method what the page's tables list,
misspellings and missing full stops included.
"""

from pathlib import Path
from typing import Any

import orjson

PLACE = Path(__file__).parent
TABLES = {"parameters", "error-codes"}
REPLIES = sorted({path.stem for path in PLACE.glob("*.json")} - TABLES)


def body(name: str) -> bytes:
    """The bytes of a reply."""
    return (PLACE / f"{name}.json").read_bytes()


def load(name: str) -> Any:
    """A reply, or one of the tables, as JSON values."""
    return orjson.loads(body(name))


def payload(name: str) -> dict[str, Any]:
    """What a reply holds below its root key, but for the `operationResult`."""
    (root,) = load(name).values()
    return {key: value for key, value in root.items() if key != "operationResult"}


def parameters(method: str) -> list[str]:
    """The names of the parameters that a page documents."""
    found: list[str] = load("parameters")[method]
    return found
