"""All exceptions of the package, as one tree.

```text
NeonError
├── InvalidRequestError (also ValueError)   refused before anything was sent
├── APIError                                v1 answered FAIL
│   ├── AuthenticationError                 the login was refused
│   ├── SessionError                        codes 3 and 4, after renewing the session
│   ├── PermissionDeniedError               code 5
│   ├── ValidationError                     a documented rule of the operation
│   ├── NotFoundError                       no such record, or no such operation
│   └── ServiceUnavailableError             code 2
├── TransportError                          the HTTP exchange failed
│   ├── ConnectError                        no connection, so nothing was sent
│   ├── DeadlineExceededError (also TimeoutError)
│   └── HTTPStatusError                     a status other than 200
│       └── ThrottledError                  status 429
├── ProtocolError                           the reply is not what v1 documents
├── OutcomeUnknownError                     a write may or may not have happened
├── LossyReadError                          the record can't be written back faithfully
├── ConflictError                           somebody else changed the record
├── VerificationError                       a write did not do what was asked
├── PaginationError                         the pages contradict each other
├── CheckpointError                         a checkpoint that can't be resumed from
├── ClientClosedError (also RuntimeError)   the client was closed
└── EventLoopError (also RuntimeError)      the client belongs to another event loop
```

No message holds a credential, a session id or a parameter's value. No exception of the HTTP
library is chained to one of these: it would carry the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from neon_async._error_codes import ErrorCode, ErrorDetail

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

__all__ = [
    "APIError",
    "AuthenticationError",
    "CheckpointError",
    "ClientClosedError",
    "ConflictError",
    "ConnectError",
    "DeadlineExceededError",
    "ErrorCode",
    "ErrorDetail",
    "EventLoopError",
    "HTTPStatusError",
    "InvalidRequestError",
    "LossyReadError",
    "NeonError",
    "NotFoundError",
    "OutcomeUnknownError",
    "PaginationError",
    "PermissionDeniedError",
    "ProtocolError",
    "ServiceUnavailableError",
    "SessionError",
    "ThrottledError",
    "TransportError",
    "ValidationError",
    "VerificationError",
]


def _sentences(message: str, advice: str) -> str:
    """Append advice to a message, which ends with a full stop if it is documented."""
    return f"{message.removesuffix('.')}. {advice}" if advice else message


class NeonError(Exception):
    """Base of every error that this package raises.

    Attributes:
        operation: the API method, such as `"syncAccounts"`, or None outside of one.
        attempts: how often the call that failed was tried, the failure included: once and each
            repetition after a failure or with a new session; 0 where nothing was tried.
        resume: the page to resume from when the error was raised while iterating over pages, for
            `start_page`; None elsewhere.
        resume_ids: the record ids still to be asked for when the iteration was over ids, for
            `account_ids` or `activity_ids`; None elsewhere.
    """

    operation: str | None
    attempts: int
    resume: int | None
    resume_ids: tuple[int, ...] | None

    # Every argument but the message has a default: that is what lets exceptions be pickled.
    def __init__(self, message: str = "", *, operation: str | None = None) -> None:
        """Keep the message and the operation that it is about."""
        super().__init__(message)
        self.operation = operation
        self.attempts = 0
        self.resume = None
        self.resume_ids = None

    def __str__(self) -> str:
        """Return the message, with the operation in front."""
        message = super().__str__()
        return f"{self.operation}: {message}" if self.operation else message


class InvalidRequestError(NeonError, ValueError):
    """The request breaks a rule of its reference page, and was not sent.

    Attributes:
        parameter: the parameter at fault, spelled as on the wire, or None.
        code: the documented code with which v1 would have answered, or None.
        deletions: what an edit would delete although its `allow_clear` does not name it, by the
            names that `allow_clear` takes; empty for any other error.
    """

    def __init__(
        self,
        message: str = "",
        *,
        parameter: str | None = None,
        code: ErrorCode | None = None,
        operation: str | None = None,
    ) -> None:
        """Keep the parameter and the documented code."""
        super().__init__(message, operation=operation)
        self.parameter = parameter
        self.code = code
        self.deletions: tuple[str, ...] = ()

    def __str__(self) -> str:
        """Return the message, with what may be done, the parameter and the documented code."""
        names = ", ".join(dict.fromkeys(name.partition("=")[0] for name in self.deletions))
        advice = f": name it in allow_clear if it is meant ({names})" if names else ""
        parameter = f" [{self.parameter}]" if self.parameter else ""
        code = f" (code {self.code.value})" if self.code else ""
        return f"{super().__str__()}{advice}{parameter}{code}"


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
        self.status = 200
        self.retry_after: float | None = None

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the constructor's own arguments."""
        arguments = (self.code, self.server_message, self.errors, self.operation)
        return type(self), arguments, self.__dict__

    def __str__(self) -> str:
        """Return the operation, every code with its documented text, and what to do."""
        texts = [error.text.removesuffix(".") for error in self.errors]
        answer = "; ".join(texts) or "no error code given"
        message = f"{self.operation or 'request'}: NeonCRM answered FAIL with {answer}"
        return _sentences(message, self.advice)


class AuthenticationError(APIError):
    """The login was refused: the organization id or the API key is wrong."""

    advice = "Check the organization id and the API key (NEON_ORG_ID, NEON_API_KEY)"


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
        super().__init__(code, server_message, errors, operation)
        self.reason: str = reason
        self.advice: str = reason


class ServiceUnavailableError(APIError):
    """Code 2: the service is not available for now."""

    advice = "Try again later, or with fewer requests at once"


class TransportError(NeonError):
    """The HTTP exchange failed.

    Attributes:
        sent: True when any byte of the request may have left, False when certainly none did.
    """

    def __init__(
        self, message: str = "", *, sent: bool = True, operation: str | None = None
    ) -> None:
        """Keep whether anything left."""
        super().__init__(message, operation=operation)
        self.sent = sent


class ConnectError(TransportError):
    """No connection could be made.

    Attributes:
        proxy_status: the HTTP status with which a proxy refused to make one, or None. After 407,
            which is about the user name and password for the proxy, nothing is sent again.
    """

    def __init__(
        self,
        message: str = "",
        *,
        sent: bool = False,
        proxy_status: int | None = None,
        operation: str | None = None,
    ) -> None:
        """Keep the status of the proxy."""
        super().__init__(message, sent=sent, operation=operation)
        self.proxy_status = proxy_status


class DeadlineExceededError(TransportError, TimeoutError):
    """The attempt's `timeout` or the call's `deadline` passed.

    It never stands for a time-out that the caller put around the call: that one stays the caller's.
    """


class HTTPStatusError(TransportError):
    """A status other than 200, without a FAIL of v1 below it.

    Attributes:
        status: the HTTP status.
        retry_after: seconds that the server asks to wait, or None.
    """

    def __init__(
        self,
        message: str = "",
        *,
        status: int = 0,
        retry_after: float | None = None,
        operation: str | None = None,
    ) -> None:
        """Keep the status and the wait that was asked for."""
        super().__init__(message, sent=True, operation=operation)
        self.status = status
        self.retry_after = retry_after


class ThrottledError(HTTPStatusError):
    """Status 429: more requests at once than the organization's quota allows."""


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


class OutcomeUnknownError(NeonError):
    """A write was sent, and nothing proves whether it was carried out. It is never sent again.

    Attributes:
        sent_at: when it was sent, by this machine's clock (UTC), or None.
        reason: what happened instead of an answer.
        found: after a creation with `on_unknown="find"`, the ids of the records that may be the
            one created; None when the search failed.
        edit: the `AccountEdit` whose write it was, or None.
    """

    def __init__(
        self,
        operation: str | None = None,
        sent_at: datetime | None = None,
        reason: str = "",
    ) -> None:
        """Keep when it was sent and what happened."""
        super().__init__(
            _sentences(
                f"the write may or may not have happened: {reason}",
                "Read the record before you send it again",
            ),
            operation=operation,
        )
        self.sent_at = sent_at
        self.reason = reason
        self.found: tuple[int, ...] | None = None
        self.edit: Any = None

    def __str__(self) -> str:
        """Return what happened and, where somebody looked for a record, its possible ids."""
        if self.found is None:
            return super().__str__()
        ids = " ".join(map(str, self.found)) or "none"
        return f"{super().__str__()} (ids of records that may be it: {ids})"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by the constructor's own arguments."""
        return type(self), (self.operation, self.sent_at, self.reason), self.__dict__


class LossyReadError(NeonError):
    """The record as it was read can't be written back without losing something.

    Attributes:
        paths: what would be lost, in wire names; consents as `consentInformation.` and their
            name. `accept_loss` takes them.
        advice: what the caller can do about it; empty when nothing can be done.
    """

    def __init__(
        self,
        message: str = "",
        *,
        paths: Sequence[str] = (),
        advice: str = "",
        operation: str | None = None,
    ) -> None:
        """Keep the paths and what to do about them."""
        super().__init__(message, operation=operation)
        self.paths: tuple[str, ...] = tuple(paths)
        self.advice = advice

    def __str__(self) -> str:
        """Return what would be lost, and what to do about it."""
        return _sentences(super().__str__(), self.advice)


class ConflictError(NeonError):
    """The record changed between the read and the write, so nothing was written.

    Attributes:
        before: the record that the change was made from.
        current: the record as it is now.
    """

    def __init__(
        self,
        message: str = "",
        *,
        before: object = None,
        current: object = None,
        operation: str | None = None,
    ) -> None:
        """Keep both versions."""
        super().__init__(message, operation=operation)
        self.before = before
        self.current = current


class VerificationError(NeonError):
    """The record read after a write differs from what was written.

    Attributes:
        before: the record before the write.
        differences: what differs, as `Difference` objects; none when the record could not be
            read again.
        edit: the `AccountEdit`, whose `undo` writes the record before back.
    """

    def __init__(
        self,
        message: str = "",
        *,
        before: object = None,
        differences: Sequence[object] = (),
        operation: str | None = None,
    ) -> None:
        """Keep the record before and what differs."""
        super().__init__(message, operation=operation)
        self.before = before
        self.differences: tuple[Any, ...] = tuple(differences)
        self.edit: Any = None


class PaginationError(NeonError):
    """The pages contradict each other, or an iteration was closed or interrupted before its end.

    Where an iteration is involved, `resume` and `resume_ids` say where to resume.
    """


class CheckpointError(NeonError):
    """The checkpoint of a change feed is damaged, another feed's, or of the future."""


class ClientClosedError(NeonError, RuntimeError):
    """The client was closed."""


class EventLoopError(NeonError, RuntimeError):
    """The client was used from an event loop or thread other than the one it was first used in."""
