"""Tests of safe edits and of what finds a creation whose reply was lost."""
