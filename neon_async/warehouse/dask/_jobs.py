"""What a worker needs to know about one organization."""

from __future__ import annotations

import functools
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import attrs

from neon_async.blocking import ConnectOrganization

if TYPE_CHECKING:
    from collections.abc import Iterable

EVERYTHING: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Before every record: where a first run begins by default."""


@attrs.frozen(repr=False, eq=False)
class OrganizationJob:
    """What a worker needs to know. Its text, which logs show, has no organization in it."""

    org_id: str
    connect: ConnectOrganization

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __dask_tokenize__(self) -> str:
        # A name of its own each time: Dask takes two tasks of one name for the same result, and an
        # hour later the server has other records.
        return uuid.uuid4().hex

    def client(self) -> functools.partial[Any]:
        return functools.partial(self.connect, self.org_id)


def distinct_ids(orgs: Iterable[str]) -> list[str]:
    if isinstance(orgs, str):
        raise TypeError("orgs: expected a list of organization ids, got one text")
    org_ids = list(orgs)
    if len(set(org_ids)) < len(org_ids):
        raise ValueError("orgs: an organization is listed twice")
    return org_ids
