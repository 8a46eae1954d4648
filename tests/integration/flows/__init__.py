"""Pulls and writes against a server with a state."""
