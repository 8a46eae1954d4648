"""Faults, cancellations and leaks, for the client as a whole."""
