"""Error messages in the terms of the command line."""

from neon_async.errors import AuthenticationError, InvalidRequestError, LossyReadError

# Names of arguments and parameters on the command line.
_NAMES = {
    "base_url": "NEON_BASE_URL",
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
        case InvalidRequestError(parameter=str(name)) if name in _NAMES:
            return _about(_NAMES[name], error.args[0])
        case AuthenticationError():
            return "login failed: wrong organization id or API key"
        case OSError(strerror=str(reason), filename=None):
            return reason
        case OSError(strerror=str(reason), filename=name):
            return f"{name}: {reason}"
        case _:
            return str(error)


def _about(name: str, message: str) -> str:
    message = message.replace("base_url", "NEON_BASE_URL")
    return f"{name} {message}" if message.startswith("must ") else f"{name}: {message}"
