"""Bytes and JSON, to objects and back."""
