"""Edits, and creations whose reply was lost."""
