"""How v1 spells things: parameters, the envelope around replies, and the models' JSON. No I/O."""

from neon_async._wire.schema import core_schema
from neon_async.models import Model

# The models can't reach up to here for it.
Model.core_schema = staticmethod(core_schema)
