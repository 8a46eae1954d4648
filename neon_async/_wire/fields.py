"""The spelling of the models' attributes on the wire."""

from neon_async.models._fields import WireField, camel, wire_fields

__all__ = ["WireField", "camel", "wire_fields"]
