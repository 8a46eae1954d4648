"""Several organizations behind one address."""

from collections.abc import AsyncIterator
from urllib.parse import urlencode

import httpx
import pytest

from neon_async import AsyncClient, AuthenticationError
from neon_async.emulator import Emulator, Organizations, running
from tests.support.emulator_caller import FORM

XML = {"content-type": "text/xml"}


def client(organizations: Organizations, emulator: Emulator) -> AsyncClient:
    return emulator.client(transport=httpx.ASGITransport(app=organizations))


async def test_each_client_reaches_its_organization() -> None:
    """Logins go by the organization's id, everything else by the session."""
    with Organizations(3, accounts=5, activities=0) as organizations:
        names: list[str] = []
        for emulator in organizations:
            emulator.create_individual(primaryContact={"lastName": f"Of {emulator.org_id}"})
            async with client(organizations, emulator) as neon:
                criterion = ("Last Name", "CONTAIN", "Of ")
                search = neon.search_accounts([criterion], output_fields=["Last Name"])
                names += [row["Last Name"] async for row in search]
                emulator.expire_sessions()
                await neon.list_genders()

        assert [f"Of {emulator.org_id}" for emulator in organizations] == names
        assert 3 == len(organizations) == len({emulator.api_key for emulator in organizations})


async def test_strangers_are_refused() -> None:
    """A wrong key, an unknown organization and an unknown session get FAIL, as from v1."""
    with Organizations(2, accounts=0, activities=0) as organizations:
        first, second = organizations
        for org_id, api_key in ((second.org_id, first.api_key), ("nobody", second.api_key)):
            async with client(organizations, first) as neon:
                pass
            neon = AsyncClient(
                org_id,
                api_key,
                base_url=first.base_url,
                transport=httpx.ASGITransport(app=organizations),
            )
            async with neon:
                with pytest.raises(AuthenticationError):
                    await neon.login()


async def test_queries_reach_their_organization() -> None:
    """The URL form of a login is as good as a form."""
    with Organizations(2, accounts=0, activities=0) as organizations:
        transport = httpx.ASGITransport(app=organizations)
        known = list[bool]()
        async with httpx.AsyncClient(transport=transport) as http:
            for emulator in organizations:
                login = {"login.apiKey": emulator.api_key, "login.orgid": emulator.org_id}
                url = f"{emulator.base_url}/common/login"
                session = (await http.get(url, params=login)).json()["loginResponse"]
                known.append(emulator.has_session(session["userSessionId"]))

    assert [True, True] == known


def test_socket_and_console() -> None:
    """On a socket the calls are shared out, and the console is the first organization's."""
    with Organizations(2, accounts=0, activities=0) as organizations:
        _, second = organizations
        with running(organizations) as url:
            login = {"login.apiKey": second.api_key, "login.orgid": second.org_id}
            reply = httpx.post(f"{url}/common/login", data=login).json()["loginResponse"]
            page = httpx.get(url.removesuffix("/neonws/services/api"))

        assert second.has_session(reply["userSessionId"])
        assert (200, "text/html") == (page.status_code, page.headers["content-type"][:9])


async def test_other_scopes_go_to_the_first() -> None:
    """What is no HTTP request has no organization."""
    with Organizations(1, accounts=0, activities=0) as organizations:
        sent: list[object] = []
        messages = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

        async def receive() -> dict[str, str]:
            return next(messages)

        async def send(message: object) -> None:
            sent.append(message)

        await organizations({"type": "lifespan"}, receive, send)

    assert 2 == len(sent)


@pytest.mark.parametrize("options", [{"count": 0}, {"count": 1, "database": "x"}])
def test_unusable_options_are_refused(options: dict[str, object]) -> None:
    """There is at least one, and none has a database that the others would share."""
    with pytest.raises(ValueError, match=r"count: expected a positive|database: expected none"):
        Organizations(**options)  # type: ignore[arg-type]


async def test_body_in_pieces_arrives_whole() -> None:
    """What was read to find the organization is handed on, from its first piece to its last."""
    with Organizations(2, accounts=0, activities=0) as organizations:
        emulator = organizations.emulators[1]
        login = {"login.apiKey": emulator.api_key, "login.orgid": emulator.org_id}
        body = urlencode({"note": "x" * 100_000, **login}).encode()
        pieces = [body[at : at + 30_000] for at in range(0, len(body), 30_000)]

        async def send() -> AsyncIterator[bytes]:
            for piece in pieces:
                yield piece

        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=organizations), base_url=emulator.base_url
        ) as http:
            reply = await http.post("/common/login", content=send(), headers=FORM)

    assert 4 == len(pieces)
    assert "SUCCESS" == reply.json()["loginResponse"]["operationResult"]
    (request,) = emulator.requests
    assert ("note", "x" * 100_000) in request.params
