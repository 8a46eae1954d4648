"""What the console shows."""

import gc
import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from neon_async.emulator import API_KEY, ORG_ID, Emulator, Quirks
from neon_async.emulator._console import pages as pages_module
from neon_async.emulator._console import records as records_module

FIRST = 10_001
API = "/neonws/services/api"
LOGIN = {"login.apiKey": API_KEY, "login.orgid": ORG_ID}
MARKUP = "<script>alert(1)</script>"


async def text(console: httpx.AsyncClient, path: str, status: int = 200) -> str:
    response = await console.get(path)
    assert status == response.status_code
    return response.text


def shown_ids(page: str) -> list[int]:
    return [int(found) for found in re.findall(r'<td class="number">(\d+)</td>', page)]


def links(page: str) -> dict[str, str]:
    """The links to other pages of a list."""
    return {
        name: unescape(href) for name, href in re.findall(r'<a rel="(\w+)" href="([^"]*)"', page)
    }


async def login(console: httpx.AsyncClient) -> str:
    reply = await console.post(f"{API}/common/login", data=LOGIN)
    session_id: str = reply.json()["loginResponse"]["userSessionId"]
    return session_id


async def test_overview(console: httpx.AsyncClient) -> None:
    """The first page says where the API is and how the emulator stands."""
    page = await text(console, "/")

    assert f"export NEON_BASE_URL=http://127.0.0.1:8100{API}" in page
    assert f"export NEON_ORG_ID={ORG_ID}" in page
    # Nothing that looks like a key to copy.
    assert "NEON_API_KEY=" not in page
    assert "2024-05-06 07:08:09" in page
    assert "No request yet." in page
    assert "No faults:" in page


async def test_console_keeps_its_emulator() -> None:
    """Nobody else needs to hold the emulator."""
    transport = httpx.ASGITransport(app=Emulator(3, 3).with_console())
    gc.collect()

    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as console:
        assert 3 == len(shown_ids(await text(console, "/accounts")))


async def test_lists_in_pages(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """Every account is on one page, in the order of the ids."""
    emulator.delete_account(FIRST + 1)
    path, page, ids = "/accounts", "", list[int]()
    while path:
        page = await text(console, path)
        ids += shown_ids(page)
        path = "/accounts" + links(page)["next"] if "next" in links(page) else ""

    assert emulator.account_ids() == ids
    assert "51–59 of 59" in page
    assert "?q=&order=id&start=25" == links(page)["prev"]


async def test_last_changed_first(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """What changed last can be put first, its time in UTC."""
    emulator.change_account(FIRST + 9, planted=1)

    page = await text(console, "/accounts?order=changed")

    assert FIRST + 9 == shown_ids(page)[0]
    assert "2024-05-06 07:08:09" in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("zed", [FIRST + 60]),
        ("EXAMPLETON zed@", [FIRST + 60]),
        (str(FIRST + 3), [FIRST + 3]),
        ("nobody at all", []),
        ("4" * 13, []),
        ("organization", [FIRST + 7 + 8 * index for index in range(7)]),
    ],
)
async def test_search(
    query: str, expected: list[int], console: httpx.AsyncClient, emulator: Emulator
) -> None:
    """A search finds ids, and all its words in what a row shows."""
    address = {"city": "Exampleton"}
    emulator.create_individual(
        primaryContact={
            "firstName": "Zed",
            "email1": "zed@example.org",
            "addresses": {"address": [address]},
        }
    )

    page = await text(console, f"/accounts?q={query}")

    assert expected == shown_ids(page)


async def test_search_of_activities(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """Activities are found by their subject, and deleted ones are not."""
    emulator.create_activity(subject="Water the ferns")
    emulator.delete_activity(501)

    assert [531] == shown_ids(await text(console, "/activities?q=ferns"))
    assert [] == shown_ids(await text(console, "/activities?q=501"))
    assert 25 == len(shown_ids(await text(console, "/activities")))


async def test_search_goes_on(
    console: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch, emulator: Emulator
) -> None:
    """A search looks at so many records, and the next link goes on from there."""
    monkeypatch.setattr(records_module, "SCANNED", 20)
    monkeypatch.setattr(records_module, "_CHUNK", 10)
    emulator.create_individual(primaryContact={"firstName": "Zed"})

    page = await text(console, "/accounts?q=zed")
    assert "No match in accounts 1–20, of 61." in " ".join(page.split())

    found: list[int] = []
    while "next" in links(page):
        page = await text(console, "/accounts" + links(page)["next"])
        found += shown_ids(page)
    assert [FIRST + 60] == found
    assert "?q=zed&order=id&start=0" == links(page)["prev"]


async def test_search_stops_at_a_full_page(console: httpx.AsyncClient) -> None:
    """A search with many hits is a page like any other."""
    page = await text(console, "/accounts?q=individual")

    assert 25 == len(shown_ids(page))
    assert re.search(r"25 matches in accounts 1–\d+, of 60", " ".join(page.split()))


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("/accounts", "1–25 of 60"),
        ("/accounts?q=nobody", "No match in 60 accounts."),
        ("/accounts?q=10003", "1 match, by its id."),
        ("/accounts?q=person10003", "1 match in 60 accounts."),
        ("/accounts?q=org+foundation", "2 matches in 60 accounts."),
        ("/accounts?q=nobody&start=30", "No match in accounts 31–60, of 60."),
    ],
)
async def test_counts_are_sentences(path: str, count: str, console: httpx.AsyncClient) -> None:
    """What a search has looked at is said so that it can be read."""
    page = await text(console, path)
    (shown,) = re.findall(r'<p class="count" role="status">(.*?)</p>', page, re.DOTALL)

    assert count == " ".join(unescape(shown).split())


async def test_times_name_their_zone(console: httpx.AsyncClient) -> None:
    """Every time of the console is in UTC, and says so, also where a phone has no headings."""
    await login(console)

    assert "07:08:09 UTC" in await text(console, "/")
    assert 'data-label="Last changed (UTC)"' in await text(console, "/accounts")
    assert 'data-label="Starts (UTC)"' in await text(console, "/activities")


async def test_unknown_pages_lead_back(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """A browser at a mistyped address gets a page of the console; programs get v1's answer."""
    person = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
    mistyped = await console.get(f"/acounts?x={MARKUP}", headers=person)
    program = await console.get("/acounts")
    method = await console.get(f"{API}/account/listHouseHolds", headers=person)
    known = await console.get("/account/listPrefixes", headers=person)
    post = await console.post("/acounts", headers=person)

    assert (404, True) == (mistyped.status_code, 'href="/docs"' in mistyped.text)
    assert "<code>/acounts</code>" in mistyped.text
    assert "default-src 'none'" in mistyped.headers["content-security-policy"]
    assert [404] * 3 == [program.status_code, method.status_code, post.status_code]
    assert '"errorCode":"3"' in known.text
    assert ["acounts", "account/listHouseHolds", "acounts"] == list(emulator.unknown_methods)


@pytest.mark.parametrize("start", ["-1", "x", "9" * 30, "1000000"])
async def test_nonsense_positions(start: str, console: httpx.AsyncClient) -> None:
    """A position that is none is no error."""
    await text(console, f"/accounts?start={start}&order=changed")


async def test_typed_search_replaces_results_only(console: httpx.AsyncClient) -> None:
    """What is typed answers a part of the page."""
    response = await console.get("/accounts?q=ada", headers={"HX-Target": "results"})

    assert response.text.startswith('<section id="results"')


async def test_details(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """A record is shown as v1 shows it, without passwords."""
    login = {"username": "ada", "password": "fake-password"}
    number = emulator.create_individual(login=login, planted=[{"apiKey": "fake-key"}])

    page = await text(console, f"/accounts/{number}")

    shown = json.loads(unescape(re.findall(r"<code>(.*?)</code>", page, re.DOTALL)[0]))
    expected = emulator.account(number) or {}
    expected["login"]["password"] = expected["planted"][0]["apiKey"] = "***"
    assert expected == shown
    assert "Individual account" in page


async def test_other_details(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """Activities and organizations have their pages, and consents can be looked up."""
    assert "Activity 501" in await text(console, "/activities/501")
    assert "Organization account" in await text(console, f"/accounts/{FIRST + 7}")

    session = {"userSessionId": await login(console)}
    contact = (emulator.account(FIRST) or {})["primaryContact"]["contactId"]
    params = {
        "individualAccount.accountId": str(FIRST),
        "individualAccount.primaryContact.contactId": contact,
        "individualAccount.primaryContact.firstName": "Ada",
        "individualAccount.primaryContact.lastName": "Example",
        "consentInformation.mailConsentStatus": "GIVEN",
    }
    await console.post(f"{API}/account/updateIndividualAccount", data=session | params)
    page = unescape(await text(console, f"/accounts/{FIRST}"))
    assert '"mailConsentStatus": "GIVEN"' in page


async def test_what_is_gone(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """A merged account leads to its heir; what is not there says so."""
    emulator.merge_accounts(FIRST, FIRST + 1)
    emulator.delete_account(FIRST + 2)

    assert f'href="/accounts/{FIRST + 1}"' in await text(console, f"/accounts/{FIRST}", 404)
    for number in (str(FIRST + 2), "7", "9" * 40, "x"):
        assert "No such record" in await text(console, f"/accounts/{number}", 404)


async def test_markup_is_text(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """No name, search, parameter or planted field becomes markup."""
    number = emulator.create_individual(
        primaryContact={"firstName": MARKUP, "email1": f'"{MARKUP}'}, planted={MARKUP: MARKUP}
    )
    emulator.create_activity(subject=MARKUP)
    await console.post(f"{API}/account/{MARKUP}", data={MARKUP: MARKUP})
    emulator.fail_next(method=MARKUP)

    for path in (
        "/",
        f"/accounts?q={MARKUP}",
        f"/accounts/{number}",
        "/activities?order=changed",
        "/console/live",
    ):
        page = await text(console, path)
        assert MARKUP not in page
        assert unescape(page).count(MARKUP) > 0


async def test_odd_records_are_shown(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """Planted shapes do not break a list."""
    emulator.create_individual(primaryContact=None, lastModifiedDateTime=None)
    emulator.create_individual(primaryContact=[1], planted="x")
    emulator.create_activity(subject=None, startDateTime="soon", activityStatus=7)

    assert "(no name)" in await text(console, "/accounts?start=50")
    page = await text(console, "/activities?start=25")
    assert "(no subject)" in page
    assert "soon" in page


async def test_late_changes_become_visible(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """The console sees what a request would see."""
    emulator.quirks = Quirks(commit_delay=60)
    emulator.delete_account(FIRST)
    await text(console, f"/accounts/{FIRST}")

    emulator.clock.advance(61)

    await text(console, f"/accounts/{FIRST}", 404)


async def test_live_log(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """The log tells what became of each request, and never a secret."""
    session_id = await login(console)
    session = {"userSessionId": session_id}
    await console.get(f"{API}/account/listPrefixes", params=session)
    await console.post(
        f"{API}/account/listGenders", data=session | {"gender": API_KEY, "x": session_id}
    )
    await console.post(f"{API}/account/listHouseHolds")
    await console.post(f"{API}/account/retrieveIndividualAccount", data=session)
    emulator.fail_next(drop=True)
    with pytest.raises(httpx.RemoteProtocolError):
        await console.post(f"{API}/account/listStates", data=session)

    page = await text(console, "/console/live")

    tags = re.findall(r'<span class="tag (\w+)">(.*?)</span>', page)
    assert [
        ("bad", "cut off"),
        ("bad", "FAIL 10030"),
        ("bad", "status 404"),
        ("good", "SUCCESS"),
        ("good", "SUCCESS"),
        ("good", "SUCCESS"),
    ] == tags
    assert "Not a parameter of this method: gender, x" in page
    assert "Individual account id is required." in page
    for path in ("/", "/console/live", "/docs", "/openapi.json"):
        shown = await text(console, path)
        assert session_id not in shown
        assert API_KEY not in shown


async def test_unchanged_log_is_not_sent_again(console: httpx.AsyncClient) -> None:
    """A page that is up to date gets the clock, and not the log."""
    first = await text(console, "/console/live?seen=")
    (version,) = re.findall(r"seen=(\d+)", first)

    second = await text(console, f"/console/live?seen={version}")
    await login(console)
    third = await text(console, f"/console/live?seen={version}")

    assert 'id="requests"' in first
    assert 'id="requests"' not in second
    assert 'id="requests"' in third


async def test_a_request_that_is_worked_on(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """A request without an answer yet is one that is worked on."""
    await login(console)
    emulator.requests[-1].seconds = None

    page = await text(console, "/console/live")

    assert '<span class="tag open">working</span>' in page
    assert "request-1-open" in page


async def test_static_files(console: httpx.AsyncClient) -> None:
    """The pages load nothing from elsewhere, and only what belongs to them."""
    page = await text(console, "/")
    files = set(re.findall(r'(?:src|href)="(/console/static/[^"]+)"', page))

    assert {f"/console/static/{name}" for name in pages_module._TYPES} == files
    for file in files:
        assert 200 == (await console.get(file)).status_code
    assert [] == re.findall(r'(?:src|href)="\w+:', page)
    assert 404 == (await console.get("/console/static/README.md")).status_code
    assert "image/svg+xml" == (await console.get("/favicon.ico")).headers["content-type"]


async def test_the_api_is_as_before(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """Behind the console the methods answer, and unknown paths are unknown methods."""
    session: dict[str, Any] = {"userSessionId": await login(console)}
    reply = await console.post("/account/listPrefixes", data=session)

    assert "SUCCESS" in reply.text
    assert 404 == (await console.get("/account")).status_code
    assert ["account"] == list(emulator.unknown_methods)
    assert 405 == (await console.get("/console/load")).status_code
