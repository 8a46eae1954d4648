"""Errors of a reply: v1 refused the request, or its answer can't be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.errors._base import NeonError, with_advice

if TYPE_CHECKING:
    from collections.abc import Sequence

    from neon_async._error_codes import ErrorDetail


class APIError(NeonError):
    """v1 answered FAIL.

    Attributes:
        code: the first error code, or None when the reply has none.
        server_message: the server's own words for it. They may quote what was sent, a donor's
            data among it, so they are in no text, repr or argument of the error, and under no
            other name: error trackers read `message` and `detail`. `str(error)` holds the
            documented text.
        errors: every error of the reply, each with its own `server_message`.
        status: the HTTP status that the reply came with, as a rule 200.
        retry_after: seconds that such a reply asks to wait, or None.
        advice: what the caller can do about it; empty when the code says it all.
    """

    advice: str = ""

    def __init__(
        self,
        code: int | None = None,
        server_message: str = "",
        errors: Sequence[ErrorDetail] = (),
        operation: str | None = None,
    ) -> None:
        """Keep what the reply said."""
        super().__init__(operation=operation)
        self.code = code
        self.server_message = server_message
        self.errors: tuple[ErrorDetail, ...] = tuple(errors)
        # Every known client decides on operationResult alone: FAIL arrives with 200 as a rule.
        self.status = 200
        self.retry_after: float | None = None

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the constructor's own arguments."""
        # By default it would be made again of `args` (Python documentation, BaseException), which
        # hold nothing, since error trackers show them.
        arguments = (self.code, self.server_message, self.errors, self.operation)
        return type(self), arguments, self.__dict__

    def __str__(self) -> str:
        """Return the operation, every code with its documented text, and what to do."""
        # The documented texts: the server's own may quote what was sent.
        texts = [error.text.removesuffix(".") for error in self.errors]
        answer = "; ".join(texts) or "no error code given"
        message = f"{self.operation or 'request'}: NeonCRM answered FAIL with {answer}"
        return with_advice(message, self.advice)


class AuthenticationError(APIError):
    """The login was refused: the organization id or the API key is wrong."""

    advice = "Check the organization id and the API key (NEON_ORG_ID, NEON_API_KEY)"


# Every reference page lists 3 and 4: no session id, and one that is not known (any more).
class SessionError(APIError):
    """Codes 3 and 4 even after the session was renewed."""

    advice = "The session was refused again after a new login; is another client logging it out?"


class PermissionDeniedError(APIError):
    """Code 5: the API user may not do this."""

    advice = "Ask an administrator of the organization to permit it to the API user"


class ValidationError(APIError):
    """A rule of the operation was broken in a way that only the server can know."""


class NotFoundError(APIError):
    """The record does not exist, or the organization's v1 does not know the operation.

    Attributes:
        reason: why nothing was found, where more is known than the code.
    """

    def __init__(
        self,
        code: int | None = None,
        server_message: str = "",
        errors: Sequence[ErrorDetail] = (),
        operation: str | None = None,
        *,
        reason: str = "",
    ) -> None:
        """Keep what the reply said, and why it means that nothing was found."""
        # The message of v1 is kept apart from the reason, which is this package's and safe to show.
        super().__init__(code, server_message, errors, operation)
        self.reason: str = reason
        self.advice: str = reason


# No page says what a request beyond the quota is answered: code 2 may mean that as well.
class ServiceUnavailableError(APIError):
    """Code 2: the service is not available for now."""

    advice = "Try again later, or with fewer requests at once"


class ProtocolError(NeonError):
    """The reply is not what v1 documents, or does not answer the request.

    A record with another id than the one asked for may be the one into which that was merged:
    `AsyncClient.resolve_account_id` says so.

    Attributes:
        path: where in the reply, in wire names such as `"page.totalPage"`, or None.
        out_of_bounds: whether it is larger, deeper or otherwise encoded than this client takes.
            Such a reply is not asked for again.
    """

    def __init__(
        self,
        message: str = "",
        *,
        path: str | None = None,
        out_of_bounds: bool = False,
        operation: str | None = None,
    ) -> None:
        """Keep where it went wrong."""
        super().__init__(message, operation=operation)
        self.path = path
        self.out_of_bounds = out_of_bounds

    def __str__(self) -> str:
        """Return the message, with the path."""
        return f"{super().__str__()} [{self.path}]" if self.path else super().__str__()


class PaginationError(NeonError):
    """The pages contradict each other, or an iteration was closed or interrupted before its end.

    Where an iteration is involved, `resume` and `resume_ids` say where to resume.
    """
