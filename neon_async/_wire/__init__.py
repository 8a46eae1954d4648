"""Bytes and JSON of v1 from and to objects: forms, envelopes, converters. Nothing here does I/O."""
