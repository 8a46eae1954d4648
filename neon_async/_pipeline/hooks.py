"""Hooks, and the events that they receive from a client."""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

# attrs looks the annotations of events up when the program runs.
from neon_async.operations._base import Effect

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


@attrs.frozen(kw_only=True)
class _Event:
    """What every event says.

    Attributes:
        operation: the API method's name, such as `"syncAccounts"`; that of a request is `"login"`
            where a call has to log in first.
        path: section and method, such as `"account/syncAccounts"`.
        effect: whether the method reads or writes.
    """

    operation: str
    path: str
    effect: Effect


@attrs.frozen(kw_only=True)
class _End(_Event):
    """The end of a call or a request.

    Attributes:
        seconds: from its beginning to its end.
        error: name of the error's class, `"Cancelled"` for a cancellation; None for success.
        code: the first error code of v1's answer, if it was FAIL and has one.
    """

    seconds: float
    error: str | None = None
    code: int | None = None


@attrs.frozen(kw_only=True)
class OperationEvent(_Event):
    """A call begins: one operation, with its login, waits and repetitions.

    Every event has `operation` (the API method's name, such as `"syncAccounts"`), `path` (section
    and method, such as `"account/syncAccounts"`) and `effect` (whether the method reads or writes).
    """


@attrs.frozen(kw_only=True)
class ResultEvent(_End):
    """A call has ended.

    Its `seconds` include its waits; `error` is the name of the error's class, `"Cancelled"` for a
    cancelled call and None for a result; `code` is the first error code of a FAIL.

    Attributes:
        attempts: how often the operation was tried.
        renewals: how often the session was renewed for it.
    """

    attempts: int
    renewals: int


@attrs.frozen(kw_only=True)
class RequestEvent(_Event):
    """A request is about to be sent, with its slot of the limiter.

    Its `operation` is `"login"` where a call has to log in first.

    Attributes:
        attempt: which attempt of the call it belongs to, from 1.
    """

    attempt: int


@attrs.frozen(kw_only=True)
class ReplyEvent(_End):
    """A request has ended, with a reply or without.

    It has `seconds`, `error` and `code` like a `ResultEvent`. The large replies of a look-ahead
    are decoded later: only `RetryEvent` and `ResultEvent` report errors that are found then.

    Attributes:
        attempt: which attempt of the call it belongs to, from 1.
        size: bytes of the decoded body; 0 without one.
        status: the HTTP status, as far as it is known.
    """

    attempt: int
    size: int
    status: int | None = None


@attrs.frozen(kw_only=True)
class RetryEvent(_Event):
    """An attempt has failed, and another one will follow.

    Attributes:
        attempt: which attempt failed, from 1.
        wait: seconds until the next one.
        renewal: whether it failed because the server had forgotten the session.
        error: name of the error's class.
        code: the first error code of v1's answer, if it was FAIL and has one.
    """

    attempt: int
    wait: float
    renewal: bool
    error: str
    code: int | None = None


@attrs.frozen(kw_only=True)
class PageEvent(_Event):
    """A page of records has come, of a sync or of a search.

    A look-ahead and a change feed fetch pages out of order, and may fetch some that are not
    needed in the end; `on_progress` reports what an iteration has delivered.

    Attributes:
        number: which page it is, from 1; None when the reply does not say so.
        pages: number of pages, as the reply says.
        records: records on the page.
        deleted: ids of deleted records on the page.
        total: records on all pages, as the reply says.
    """

    number: int | None
    pages: int | None
    records: int
    deleted: int
    total: int | None


class Hooks:
    """Observers of a client: a subclass overrides the methods that it needs.

    ```python
    class Slow(Hooks):
        def on_reply(self, event: ReplyEvent) -> None:
            if event.seconds > 5:
                print(f"{event.operation} took {event.seconds:.1f} s")


    neon = AsyncClient(org_id="example", api_key="not-a-real-key", hooks=Slow())
    ```

    Events hold names, numbers and error codes: no parameter's value, credential, session id or
    record. A call that is refused before anything is sent raises `InvalidRequestError`, without
    an event.

    Hooks are called on the event loop, in the task that makes the call, so they are regular
    functions that return soon. An error in one is logged once, by its class alone, and changes
    nothing about the call. Methods that are not overridden cost nothing.

    `on_operation` and `on_request` may return a context manager. It is entered at once, stays
    entered until the call or the request has ended, and is left without an error, after
    `on_result` or `on_reply` has reported the end. A context variable that it sets is seen by all
    that happens meanwhile: by the other hooks, and by instrumentation of the HTTP library.
    """

    def on_operation(self, event: OperationEvent, /) -> AbstractContextManager[object] | None:
        """Take note that a call begins, which one `on_result` will follow."""

    def on_result(self, event: ResultEvent, /) -> None:
        """Take note that a call has ended, however it did."""

    def on_request(self, event: RequestEvent, /) -> AbstractContextManager[object] | None:
        """Take note that a request goes out, which one `on_reply` will follow."""

    def on_reply(self, event: ReplyEvent, /) -> None:
        """Take note that a request has ended, however it did."""

    def on_retry(self, event: RetryEvent, /) -> None:
        """Take note that a call is going to be tried again."""

    def on_page(self, event: PageEvent, /) -> None:
        """Take note that a page of records has come."""
