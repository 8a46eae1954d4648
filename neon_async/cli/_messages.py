"""Error messages in the terms of the command line."""

import errno

from neon_async.cli._streams import STDOUT
from neon_async.errors import AuthenticationError, InvalidRequestError, LossyReadError

# Names of arguments and parameters on the command line.
_NAMES = {
    "base_url": "NEON_BASE_URL",
    "timeout": "--timeout",
    "max_concurrency": "--concurrency",
    "page_size": "--page-size",
    "time_from": "--from",
    "time_to": "--to",
    "organizationAccount.organizationName": "NAME",
    "Activity.subject": "--subject",
    "Activity.startDateTime": "--start",
    "Activity.endDateTime": "--end",
    "proxy": "--proxy",
    "org_id": "NEON_ORG_ID",
    "api_key": "NEON_API_KEY",
    "accountId": "account id",
    "accountIds.accountId": "account id",
    "activityIds.activityId": "activity id",
    "lag": "--lag",
}


def describe(error: BaseException) -> str:
    """Return the message of an error, without advice that names arguments of Python."""
    match error:
        case LossyReadError() | InvalidRequestError(deletions=(_, *_)):
            operation = f"{error.operation}: " if error.operation else ""
            return f"{operation}{error.args[0]}"
        case InvalidRequestError(parameter=str(name)) if name in _NAMES or name.startswith("--"):
            return _about(_NAMES.get(name, name), error.args[0])
        case AuthenticationError():
            return "login failed: wrong organization id or API key"
        case OSError(strerror=str(reason), filename=name):
            return _of_system(name, reason, error.errno)
        case _:
            return str(error)


def _of_system(name: str | None, reason: str, number: int | None) -> str:
    if name == STDOUT and number == errno.EBADF:
        return f"{STDOUT} is closed"
    return reason if name is None else f"{name}: {reason}"


def _about(name: str, message: str) -> str:
    message = message.replace("base_url", "NEON_BASE_URL")
    return f"{name} {message}" if message.startswith("must ") else f"{name}: {message}"
