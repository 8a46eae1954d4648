"""How v1 spells things: parameters, the envelope around replies, and the models' JSON. No I/O."""
