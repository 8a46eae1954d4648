"""The results of probes, which hold words, counts and codes of the project alone."""

import enum
from typing import Final

import attrs

from neon_async import APIError, HTTPStatusError, InvalidRequestError, NeonError

_LARGEST_CODE: Final = 99_999


class Agreement(enum.StrEnum):
    """Whether the server does what the library assumes."""

    AGREES = "agrees"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    NOT_PROBED = "not probed"
    FAILED = "failed"


@attrs.frozen
class Observation:
    """What a probe has seen.

    Attributes:
        agreement: whether that is what the library assumes.
        observed: what the server did, without anything that its replies hold.
    """

    agreement: Agreement
    observed: str


def judge(agrees: bool, observed: str) -> Observation:  # noqa: FBT001 - it is the question
    """Return an observation that agrees with the assumption or differs from it."""
    return Observation(Agreement.AGREES if agrees else Agreement.DIFFERS, observed)


def unknown(reason: str) -> Observation:
    """Return an observation that answers nothing."""
    return Observation(Agreement.UNKNOWN, reason)


def failure_text(error: Exception) -> str:
    """Return the kind of an error with its code or status, and nothing that a server wrote."""
    match error:
        case APIError(errors=(_, *_) as errors):
            # A longer number may be an id or a phone number.
            codes = [detail.code for detail in errors if detail.code is not None]
            short = [str(code) for code in codes if 0 <= code <= _LARGEST_CODE]
            return f"FAIL, code {' and '.join(short)}" if short else "FAIL, an unusual code"
        case APIError():
            return "FAIL, no code"
        case HTTPStatusError(status=int(status)):
            return f"status {status}"
        case InvalidRequestError():
            return "the client can't send it"
        case NeonError():
            return type(error).__name__
        case _:
            return f"{type(error).__name__} in the probe"
