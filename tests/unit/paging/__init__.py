"""Iterating over pages."""
