"""Views of a client, whose calls have other options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from neon_async._pipeline.secrecy import guarded
from neon_async.operations._validation import require_positive

if TYPE_CHECKING:
    from neon_async._pipeline.dispatcher import Dispatcher
    from neon_async._pipeline.retry import RetryPolicy

# What a view makes for itself, from what its owner has.
_OWN = frozenset({"_editor", "_merges"})


class OptionMethods:
    """Deriving clients that share everything but some options."""

    _owner: Self | None
    _dispatcher: Dispatcher
    _page_size: int

    @guarded
    def with_options(
        self,
        *,
        timeout: float | None = None,
        deadline: float | None = None,
        retry: RetryPolicy | None = None,
        page_size: int | None = None,
    ) -> Self:
        """Return a view of this client: the same client, whose calls have other options.

        ```python
        await neon.with_options(deadline=5.0).retrieve_individual_account(10_002)
        ```

        Session, connections, limiter, hooks, locks of edits and the memory of merged accounts are
        this client's. `async with` and `aclose` of a view do nothing: closing the client closes
        its views.

        Args:
            timeout: seconds for one attempt, as for `AsyncClient`; None leaves it as it is.
            deadline: seconds for one call; None leaves it as it is.
            retry: when to send again; None leaves it as it is.
            page_size: records per page; None leaves it as it is.

        Raises:
            InvalidRequestError: an option is not usable.
        """
        # Checked before the view exists, so that a refusal leaves nothing behind.
        dispatcher = self._dispatcher.with_options(timeout=timeout, deadline=deadline, retry=retry)
        size = self._page_size if page_size is None else require_positive(page_size, "page_size")
        # Not by its constructor, which a subclass may have changed.
        view = object.__new__(type(self))
        view.__dict__.update(_shared(vars(self)))
        # A view of a view belongs to the first client: the only one that closes connections.
        view._owner = self if self._owner is None else self._owner
        view._dispatcher, view._page_size = dispatcher, size
        return view


def _shared(attributes: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if name not in _OWN}
