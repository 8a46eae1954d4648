"""JSON of records and of odd values, which not every encoder takes."""

import json

import orjson

from neon_async import unstructure
from neon_async._wire.json_bytes import dump_json, dump_list, to_json
from neon_async.models import Model


def dumps(value: object) -> bytes:
    """Return JSON in UTF-8, with models as v1 spells them.

    An odd value may be text with half of a surrogate pair, or a number of more than 64 bits.
    Neither is a reason to stop: the one is escaped, the other written in full.

    Args:
        value: a JSON value, or a model, also inside lists and dictionaries.
    """
    try:
        return dump_json(value) if isinstance(value, Model) else orjson.dumps(value, to_json)
    except orjson.JSONEncodeError:
        return json.dumps(value, default=unstructure, separators=(",", ":")).encode()


def dumps_list(models: list[Model]) -> bytes:
    """Return the JSON array of models, as `dumps` does in more time."""
    try:
        return dump_list(models)
    except orjson.JSONEncodeError:
        return dumps(models)
