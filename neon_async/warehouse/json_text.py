"""JSON of records and of odd values, which not every encoder takes."""

import json

import orjson

from neon_async import unstructure
from neon_async._wire.json_bytes import to_json


def dumps(value: object) -> bytes:
    """Return JSON in UTF-8, with models as v1 spells them.

    An odd value may be text with half of a surrogate pair, or a number of more than 64 bits.
    Neither is a reason to stop: the one is escaped, the other written in full.

    Args:
        value: a JSON value, or a model, also inside lists and dictionaries.
    """
    try:
        return orjson.dumps(value, default=to_json)
    except orjson.JSONEncodeError:
        return json.dumps(value, default=unstructure, separators=(",", ":")).encode()
