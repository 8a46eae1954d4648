"""Several organizations behind one address, as behind v1's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import quote_plus

from neon_async.emulator._emulator import API_KEY, ORG_ID, Emulator

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CALLS = "/neonws/"
_SESSION_ID = re.compile(rb"[0-9a-f]{32}")


class Organizations:
    """Several emulators as one ASGI application, for programs that work for many organizations.

    They share a base URL. A login reaches the organization whose id it names, and any other
    request the one whose session it belongs to, whether it is a form, a query, or SOAP. What
    belongs to none is answered by the first one, with FAIL as v1 would.

    ```python
    from neon_async.emulator import Organizations, running

    with Organizations(8, accounts=100) as organizations, running(organizations) as url:
        clients = [emulator.client(base_url=url, transport=None) for emulator in organizations]
    ```

    Args:
        count: how many organizations.
        options: what each `Emulator` takes; their seeds count up from the first one's, and a
            `database` is not among them, since each would need its own.

    Raises:
        ValueError: the count is not positive, or an option is wrong.

    Attributes:
        emulators: the organizations, in order. The first one has the ids of a single `Emulator`,
            and the others end in `-2`, `-3` and so on.
    """

    def __init__(self, count: int, *, seed: int = 1, **options: Any) -> None:
        """Set up the organizations."""
        if count < 1:
            raise ValueError(f"count: expected a positive integer, got {count}")
        own = sorted({"org_id", "api_key", "database"}.intersection(options))
        if own:
            raise ValueError(f"{own[0]}: expected none, because each organization has its own")
        ends = ["", *(f"-{number}" for number in range(2, count + 1))]
        self.emulators: tuple[Emulator, ...] = tuple(
            Emulator(org_id=ORG_ID + end, api_key=API_KEY + end, seed=seed + index, **options)
            for index, end in enumerate(ends)
        )

    def __iter__(self) -> Iterator[Emulator]:
        """Iterate over the emulators."""
        return iter(self.emulators)

    def __len__(self) -> int:
        """Count the organizations."""
        return len(self.emulators)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, as an ASGI application."""
        if scope["type"] != "http":
            await self.emulators[0](scope, receive, send)
            return
        messages: list[Message] = []
        body = bytearray(scope["query_string"] + b"\n")
        while not messages or messages[-1].get("more_body"):
            messages.append(await receive())
            body += messages[-1].get("body", b"")

        async def again() -> Message:
            return messages.pop(0) if messages else await receive()

        await self._meant(bytes(body))(scope, again, send)

    def _meant(self, text: bytes) -> Emulator:
        """Return the organization that a request is for, however it is spelled."""
        sessions = {match[0].decode() for match in _SESSION_ID.finditer(text)}
        for emulator in self.emulators:
            if any(emulator.has_session(session_id) for session_id in sessions):
                return emulator
        # Ids are looked for as whole words: one is the beginning of the others.
        for emulator in self.emulators:
            word = re.escape(quote_plus(emulator.org_id)).encode()
            if re.search(rb"(?<![\w%+.-])" + word + rb"(?![\w%+.-])", text):
                return emulator
        return self.emulators[0]

    def with_console(self, hosts: Collection[str] = ()) -> ASGIApp:
        """Return them with the console of the first one in front (see `Emulator.with_console`)."""
        console = self.emulators[0].with_console(hosts)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            is_call = scope["type"] == "http" and scope["path"].startswith(_CALLS)
            await (self if is_call else console)(scope, receive, send)

        return app

    def close(self) -> None:
        """Close all of them."""
        for emulator in self.emulators:
            emulator.close()

    def __enter__(self) -> Self:
        """Return the organizations."""
        return self

    def __exit__(self, *error: object) -> None:
        """Close all of them."""
        self.close()
