"""Tests of several parts together, as their users see them."""
