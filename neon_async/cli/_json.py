"""JSON as the commands write it."""

from neon_async.warehouse.json_text import dumps


def line(value: object) -> bytes:
    """Return a line of JSON."""
    return dumps(value) + b"\n"
