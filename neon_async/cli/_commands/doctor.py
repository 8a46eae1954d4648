"""`neon-async doctor`: checks of the setup, and a report about the service."""

from typing import Annotated, Literal

from cyclopts import Parameter

from neon_async.cli._common import COMMON, CONCURRENCY, CommonOptions
from neon_async.cli._exit_codes import Exit
from neon_async.cli._values import AtLeastOne, OptionalFilePath
from neon_async.errors import InvalidRequestError


def doctor(
    *,
    concurrency: Annotated[AtLeastOne, CONCURRENCY] = 5,
    http_method: Literal["POST", "GET"] = "POST",
    report: OptionalFilePath = None,
    probe_concurrency: Annotated[bool, Parameter(negative=(), show_default=False)] = False,
    common: CommonOptions = COMMON,
) -> Exit:
    """Check your setup: credentials, POST, clock, page size, sorting, values and quota.

    The command only reads. A check with "advice" has passed, but can be improved; the exit code is
    1 only if a check has "failed".

    ```
    neon-async doctor
    neon-async doctor --concurrency 10
    neon-async doctor --report report.md
    ```

    With --report, it probes instead what the library assumes about NeonCRM's API v1, with one
    request at a time. The report holds no donors' data, ids or credentials: attach it to an issue,
    so that the library learns about the real service.

    Args:
        concurrency: How many requests to try at once.
        http_method: How to send requests. GET puts the credentials into URLs; try it only where
            POST has failed.
        report: Where to write the report, as JSON (.json) or Markdown.
        probe_concurrency: Let the report try so many requests at once, too.
        common: The common options.
    """
    if report is not None:
        from neon_async.cli._probes.command import write_report  # noqa: PLC0415 - not needed else

        return write_report(report, http_method, concurrency if probe_concurrency else 0, common)
    if probe_concurrency:
        message = "needs --report"
        raise InvalidRequestError(message, parameter="--probe-concurrency")
    from neon_async.cli._checks import check_setup  # noqa: PLC0415 - help does without the client

    return check_setup(concurrency, http_method, common)
