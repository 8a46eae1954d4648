"""Lifetimes, task groups and generators, without anything of NeonCRM."""
