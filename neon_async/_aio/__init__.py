"""Lifetimes, task groups and generators; nothing of NeonCRM."""
