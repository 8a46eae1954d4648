"""Accounts and activities of NeonCRM (API v1): merged by id, deletions included, losing nothing."""

from neon_async.warehouse.dlt import source as neon

__all__ = ["neon"]
