"""The options that all commands share which talk to NeonCRM."""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import attrs
from cyclopts import Group, Parameter

from neon_async.cli._streams import message
from neon_async.cli._times import aware_time
from neon_async.cli._values import OptionalFilePath, PositiveSeconds
from neon_async.errors import InvalidRequestError

_SECONDS = 30.0
_GROUP = Group("Common options", sort_key=10)
_Flag = Annotated[bool, Parameter(negative=(), show_default=False)]


AnswerForm: TypeAlias = Annotated[
    Literal["table", "json", "csv"] | None, Parameter("--format", show_default=False)
]
"""How a command prints its answer: None for a table on a terminal, otherwise lines of JSON."""


CONCURRENCY = Parameter(("--concurrency", "--workers"))
TIME_FROM = Parameter(("--from", "--since"), converter=aware_time, show_default=False)
TIME_TO = Parameter("--to", converter=aware_time, show_default=False)
"""Options that have the same names in each command."""


@Parameter(name="*", group=_GROUP)
@attrs.frozen(kw_only=True)
class CommonOptions:
    """How to reach NeonCRM, and how much to print.

    Attributes:
        timeout: Seconds to wait for one reply; with repetitions, a request takes four times that
            at most.
        proxy: URL of an HTTP proxy; by default the environment's NEON_PROXY, which alone may hold a
            password.
        ca_file: File of certificates (PEM) to accept beside the usual ones, such as those of a
            company's proxy; by default the environment's NEON_CA_FILE.
        verbose: Log every request on stderr.
        quiet: Print no progress, counts or hints on stderr, only errors.
    """

    timeout: PositiveSeconds = _SECONDS
    proxy: Annotated[str | None, Parameter(show_default=False)] = attrs.field(
        default=None, repr=False
    )
    ca_file: Annotated[OptionalFilePath, Parameter(show_default=False)] = None
    verbose: Annotated[_Flag, Parameter(("--verbose", "-v"))] = False
    quiet: Annotated[_Flag, Parameter(("--quiet", "-q"))] = False

    def note(self, text: str) -> None:
        """Write to stderr what is no error, unless it is not wanted."""
        if not self.quiet:
            message(text)

    @property
    def watched(self) -> bool:
        """Whether somebody watches stderr, and wants progress."""
        return sys.stderr.isatty() and not self.quiet

    def proxy_url(self) -> str | None:
        """Return the proxy of the option or the environment, if there is one."""
        if self.proxy is not None and "@" in self.proxy:
            text = "other users of this machine can see it; put the URL into NEON_PROXY instead"
            raise InvalidRequestError(f"--proxy must not hold a password: {text}")
        if self.proxy is None and os.environ.get("NEON_BASE_URL", "").startswith("http://"):
            return None  # an emulator on this machine, which no proxy leads to
        return self.proxy or os.environ.get("NEON_PROXY") or None

    def ca_path(self) -> Path | None:
        """Return the file of the option or the environment, if there is one."""
        named = os.environ.get("NEON_CA_FILE")
        return self.ca_file or (Path(named) if named else None)

    def words(self) -> Iterator[str]:
        """Yield the options as they are typed."""
        if self.timeout != _SECONDS:
            yield from ("--timeout", f"{self.timeout:g}")
        if self.proxy is not None:
            yield from ("--proxy", self.proxy)
        if self.ca_file is not None:
            yield from ("--ca-file", str(self.ca_file))
        if self.verbose:
            yield "--verbose"
        if self.quiet:
            yield "--quiet"


COMMON = CommonOptions()
"""The defaults."""
