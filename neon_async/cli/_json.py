"""JSON as the commands write it."""

from neon_async.warehouse.json_text import dumps


def line(value: object) -> bytes:
    return dumps(value) + b"\n"
