"""The base class of operations: a path, an effect, parameters, and a reply type."""

from __future__ import annotations

import abc
import enum
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Generator

    from neon_async._wire.form import Pairs
    from neon_async.errors import NeonError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Effect(enum.Enum):
    """Whether an operation only reads, and so may be repeated, or writes."""

    READ = "read"
    WRITE = "write"


class Operation(abc.ABC, Generic[T_co]):
    """One API method with its arguments, as a frozen attrs class.

    Send one with `AsyncClient.send`. It does no I/O of its own.
    """

    __slots__ = ()

    path: str
    """Section and method, such as `"account/syncAccounts"`."""

    effect: Effect
    """Whether the method reads or writes."""

    reply: Any
    """The type that `parse` returns."""

    @property
    def name(self) -> str:
        """The API method's name, such as `"syncAccounts"`."""
        # Sections are folders of v1's URLs; the name alone is what its pages speak of.
        return self.path.rpartition("/")[2]

    @abc.abstractmethod
    def params(self) -> Pairs:
        """Return the parameters in order, all but `userSessionId`.

        Raises:
            InvalidRequestError: a parameter breaks a rule of the reference page.
        """

    @abc.abstractmethod
    def parse(self, payload: dict[str, Any]) -> T_co:
        """Turn the payload of a SUCCESS reply into the reply type.

        Raises:
            ProtocolError: the payload has not the documented shape.
        """

    def parse_in_steps(self, payload: dict[str, Any]) -> Generator[None, None, T_co]:
        """Turn the payload of a SUCCESS reply into the reply type, as `parse` does.

        This is what the client calls. While it parses a large reply, other tasks of the event
        loop run wherever this yields: here once, before `parse`; in operations with pages between
        their records. Nobody needs the payload afterwards.

        Raises:
            ProtocolError: as for `parse`.
        """
        yield
        return self.parse(payload)

    def explain(self, error: NeonError) -> NeonError:
        """Return the error to raise instead of one that needs explaining for this operation."""
        return error


class Sender(Protocol):
    """What can run operations: all that is needed of a client by whatever composes them."""

    async def send(self, operation: Operation[T], /) -> T:
        """Run an operation."""
        ...
