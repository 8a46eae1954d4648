"""The error of a record or a page that a command line names, and that does not exist."""

from neon_async.errors import NeonError


class NoSuchRecordError(NeonError):
    """No record has this id or address, or the range has fewer pages."""
