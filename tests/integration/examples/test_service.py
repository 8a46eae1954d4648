"""The example service."""

import json
import re
import runpy
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import HTTPException, Request
from openapi_spec_validator import validate
from starlette.types import Message

from neon_async import IndividualAccount
from neon_async.emulator import Emulator
from neon_async.examples import service
from neon_async.fastapi import problem_responses
from tests.support.application_server import serving

ORIGIN = {"origin": "http://app", "sec-fetch-site": "same-origin"}
MARKUP = "<img src=x onerror=alert(1)>"


PASSWORD = "obviously-fake"


@asynccontextmanager
async def service_on(emulator: Emulator) -> AsyncGenerator[httpx.AsyncClient]:
    app = service.create_app(emulator.client, hosts=["app"], password=PASSWORD)
    async with serving(app) as browser:
        browser.auth = (service.USER, PASSWORD)
        yield browser


async def form_of(emulator: Emulator, account_id: int, **fields: str) -> dict[str, str]:
    """The form as its page fills it in, and then some fields."""
    async with emulator.client() as neon:
        account = await neon.retrieve_individual_account(account_id)
    values = {name: getattr(account.primary_contact, name) or "" for name in service.FIELDS}
    return {"version": str(account.last_modified_date_time), **values, **fields}


async def test_search_stops_when_enough_is_found() -> None:
    """A search shows people with all the words, asks for no page too many, and escapes all."""
    with Emulator(accounts=600) as emulator:
        emulator.change_account(10001, primaryContact={"lastName": MARKUP})
        async with service_on(emulator) as browser:
            few = await browser.get("/", params={"q": "10001 IMG"})
            emulator.requests.clear()
            many = await browser.get("/", params={"q": "example.org", "since": "2001-01-01"})
            start = await browser.get("/")
            none = await browser.get("/", params={"q": f"{MARKUP} nobody"})

    assert "1 match in 600 accounts." in few.text
    assert "The first 20 matches, among the first " in many.text
    assert "There may be more" in many.text
    assert "match" not in start.text.partition("<main>")[2]
    assert "No account matches; 600 were searched." in none.text
    assert MARKUP not in few.text + none.text
    assert "default-src 'none'" in few.headers["content-security-policy"]


def test_unknown_is_not_shown_as_none() -> None:
    """An account of which v1 tells next to nothing has a page, too."""
    account = IndividualAccount(account_id=7)

    page = service.form_page(7, account, service.values_of(account))

    text = bytes(page.body).decode()
    assert "<h1>No name</h1>" in text
    assert "last changed" not in text
    assert "None" not in text.replace('value="None"', "")


async def test_edit_is_reviewed_and_saved() -> None:
    """A review writes nothing; what was confirmed is written, blanks as deletions."""
    with Emulator(accounts=20) as emulator:
        before: Any = emulator.account(10001)
        form = await form_of(emulator, 10001, first_name=MARKUP, email1="")
        async with service_on(emulator) as browser:
            review = await browser.post("/accounts/10001/review", data=form, headers=ORIGIN)
            undecided = await browser.post("/accounts/10001/edit", data=form, headers=ORIGIN)
            unchanged = emulator.account(10001)
            (lost,) = re.findall(r'value="(consent[^"]+)"', review.text)
            form["lost"] = lost
            saved = await browser.post("/accounts/10001/edit", data=form, headers=ORIGIN)
            shown = await browser.get(saved.headers["location"])

        after: Any = emulator.account(10001)
        assert before == unchanged
        assert "&lt;img" in review.text
        assert "deleted" in review.text
        assert 409 == undecided.status_code
        assert 5 == len(lost.split())
        assert "e-mail, phone, mail, SMS, data sharing" in review.text
        assert 303 == saved.status_code
        assert "Saved, and read back" in shown.text
        assert MARKUP == after["primaryContact"]["firstName"]
        assert not after["primaryContact"].get("email1")
        assert before["primaryContact"]["lastName"] == after["primaryContact"]["lastName"]


async def test_nothing_to_change_is_said() -> None:
    """A form as it came has nothing to confirm."""
    with Emulator(accounts=20) as emulator:
        form = await form_of(emulator, 10001)
        async with service_on(emulator) as browser:
            review = await browser.post("/accounts/10001/review", data=form, headers=ORIGIN)

    assert "Nothing would change." in review.text


async def test_changed_account_is_not_overwritten() -> None:
    """What somebody else saved stays, and is shown beside what was typed, which can be saved."""
    with Emulator(accounts=20) as emulator:
        form = await form_of(emulator, 10001, first_name="Mine", email1="")
        emulator.change_account(10001, primaryContact={"firstName": "Theirs"})
        async with service_on(emulator) as browser:
            reply = await browser.post("/accounts/10001/edit", data=form, headers=ORIGIN)
            kept: Any = emulator.account(10001)
            review = await browser.post("/accounts/10001/review", data=form, headers=ORIGIN)
            (form["version"],) = re.findall(r'name="version" value="([^"]*)"', reply.text)
            again = await browser.post("/accounts/10001/review", data=form, headers=ORIGIN)

    assert [409, 409, 200] == [reply.status_code, review.status_code, again.status_code]
    assert "Somebody changed the account meanwhile" in reply.text
    assert 'name="first_name" value="Mine"' in reply.text
    assert "In NeonCRM now: Theirs" in " ".join(reply.text.split())
    assert "In NeonCRM now: person10001" in " ".join(reply.text.split())
    assert 'href="/accounts/10001"' in reply.text
    assert "Theirs" == kept["primaryContact"]["firstName"]
    assert "<b>Mine</b>" in again.text


async def test_failed_edit_keeps_what_was_typed() -> None:
    """Whatever NeonCRM answers, the form comes back with the text, ready to be sent again."""
    with Emulator(accounts=20) as emulator:
        form = await form_of(emulator, 10001, first_name="Typed", lost="consentInformation")
        emulator.fail_next(method="updateIndividualAccount", code=5)
        async with service_on(emulator) as browser:
            failed = await browser.post("/accounts/10001/edit", data=form, headers=ORIGIN)
            again = await browser.post("/accounts/10001/edit", data=form, headers=ORIGIN)

    assert [403, 303] == [failed.status_code, again.status_code]
    assert 'role="alert"' in failed.text
    assert 'name="first_name" value="Typed"' in failed.text
    assert f'name="version" value="{form["version"]}"' in failed.text
    assert 'href="/accounts/10001">Discard my changes' in failed.text
    assert "In NeonCRM now" not in failed.text


async def test_every_error_is_a_page_with_a_way_back() -> None:
    """Unknown pages, methods and accounts are explained in HTML, with links to go on."""
    with Emulator(accounts=20) as emulator:
        emulator.delete_account(10002)
        async with service_on(emulator) as browser:
            unknown = await browser.get("/nothing/here")
            method = await browser.delete("/export")
            account = await browser.get("/accounts/10002")

    assert [404, 405, 404] == [unknown.status_code, method.status_code, account.status_code]
    for reply in (unknown, method, account):
        assert "text/html; charset=utf-8" == reply.headers["content-type"]
        assert 'href="/">Search' in reply.text
        assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert 'href="/accounts/10002">Back to the account' in account.text
    assert "Back to the account" not in unknown.text


@pytest.mark.parametrize("auth", [None, (service.USER, "wrong"), ("", ""), ("\u00e9", PASSWORD)])
async def test_nothing_is_shown_without_the_password(auth: tuple[str, str] | None) -> None:
    """Every path of the service asks for the password, and NeonCRM is asked nothing."""
    with Emulator(accounts=20) as emulator:
        async with service_on(emulator) as browser:
            paths = (await browser.get("/openapi.json")).json()["paths"]
            browser.auth = httpx.Auth()
            replies = [
                await browser.request(
                    method, path.format(account_id=10001), headers=ORIGIN, auth=auth
                )
                for path, methods in paths.items()
                for method in methods
            ]

        assert len(paths) >= 7
        assert {401} == {reply.status_code for reply in replies}
        assert all("Basic" in reply.headers["www-authenticate"] for reply in replies)
        assert [] == [*emulator.requests]


def test_a_password_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """The service does not start without one: everyone could read donors' data."""
    monkeypatch.delenv("SERVICE_PASSWORD", raising=False)
    for password in (None, ""):
        with pytest.raises(ValueError, match="SERVICE_PASSWORD"):
            service.create_app(password=password)
    monkeypatch.setenv("SERVICE_PASSWORD", PASSWORD)

    assert PASSWORD == service.create_app().state.password


async def test_document_lists_stream_and_problems() -> None:
    """The export is NDJSON in the OpenAPI document, with its problems, and pages are HTML."""
    with Emulator(accounts=20) as emulator:
        async with service_on(emulator) as browser:
            document = (await browser.get("/openapi.json")).json()
            emulator.fail_next(method="syncAccounts", code=5)
            refused = await browser.get("/accounts.ndjson")

    validate(document)
    responses = document["paths"]["/accounts.ndjson"]["get"]["responses"]
    assert ["application/x-ndjson"] == [*responses["200"]["content"]]
    assert {"200", *map(str, problem_responses())} == responses.keys()
    assert ["text/html"] == [*document["paths"]["/export"]["get"]["responses"]["200"]["content"]]
    assert (403, "application/problem+json") == (
        refused.status_code,
        refused.headers["content-type"],
    )


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://elsewhere"},
        {"origin": "https://app"},
        {"origin": "http://app", "sec-fetch-site": "cross-site"},
    ],
)
async def test_foreign_forms_are_refused(headers: dict[str, str]) -> None:
    """Only our own pages can have somebody's browser send a form."""
    with Emulator(accounts=20) as emulator:
        async with service_on(emulator) as browser:
            reply = await browser.post("/accounts/10001/edit", headers=headers)

    assert 403 == reply.status_code
    assert "own pages" in reply.text


async def test_large_forms_are_refused() -> None:
    """A form is read up to a limit."""
    chunks = [b"first_name=" + b"x" * 9_000] * 9
    headers = [(b"host", b"app"), (b"origin", b"http://app")]
    scope = {"type": "http", "method": "POST", "scheme": "http", "path": "/", "headers": headers}

    async def receive() -> Message:
        return {"type": "http.request", "body": chunks.pop(), "more_body": True}

    with pytest.raises(HTTPException) as caught:
        await service.own_form(Request(scope, receive))

    assert (413, 7) == (caught.value.status_code, len(chunks))


async def test_merges_are_looked_up() -> None:
    """A former id leads to the account that it is now; an unknown one to an explanation."""
    with Emulator(accounts=20) as emulator:
        emulator.merge_accounts(10002, into=10001)
        async with service_on(emulator) as browser:
            form = await browser.get("/merges")
            merged = await browser.get("/merges", params={"account_id": 10002})
            unknown = await browser.get("/merges", params={"account_id": 99999})

    assert "is now" not in form.text
    assert 'href="/accounts/10001"' in merged.text
    assert "Merged into it: 10002." in merged.text
    assert (404, True) == (unknown.status_code, "That did not work" in unknown.text)


async def test_export_is_counted_and_streamed() -> None:
    """The page says how many there are, and the file has them all."""
    with Emulator(accounts=300) as emulator:
        async with service_on(emulator) as browser:
            page = await browser.get("/export")
            reply = await browser.get("/accounts.ndjson")

        assert "300 accounts" in page.text
        *records, end = [json.loads(line) for line in reply.text.splitlines()]
        assert sorted(emulator.account_ids()) == sorted(one["accountId"] for one in records)
        assert {"end": {"records": 300}} == end
    assert 'filename="accounts.ndjson"' in reply.headers["content-disposition"]


async def test_styles_and_script_are_served() -> None:
    """What the pages link to is there, in its type."""
    with Emulator(accounts=1) as emulator:
        async with service_on(emulator) as browser:
            style = await browser.get("/style.css")
            script = await browser.get("/export.js")

    assert "text/css; charset=utf-8" == style.headers["content-type"]
    assert "text/javascript; charset=utf-8" == script.headers["content-type"]


async def test_nothing_to_export_is_said() -> None:
    """A day after which nothing has changed has no accounts, and no error."""
    with Emulator(accounts=3) as emulator:
        async with service_on(emulator) as browser:
            page = await browser.get("/export", params={"since": "2100-01-01"})

    assert "0 accounts" in page.text


async def test_nonsense_and_foreign_hosts_are_refused() -> None:
    """Addresses that make no sense get a page, and other host names get nothing."""
    with Emulator(accounts=1) as emulator:
        async with service_on(emulator) as browser:
            nonsense = await browser.get("/export", params={"since": "yesterday"})
            rebound = await browser.get("/", headers={"host": "evil.example.org"})

    assert (422, True) == (nonsense.status_code, "is not one" in nonsense.text)
    assert 400 == rebound.status_code


@pytest.mark.parametrize(("arguments", "port"), [([], 8200), (["8300"], 8300)])
def test_program_serves_on_an_emulator(
    arguments: list[str],
    port: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """As a program it brings its own NeonCRM, and prints its address and a new password."""
    served: list[tuple[int, str]] = []
    monkeypatch.delenv("SERVICE_PASSWORD", raising=False)
    monkeypatch.setattr(
        uvicorn, "run", lambda app, port, **_: served.append((port, app.state.password))
    )
    monkeypatch.setattr("sys.argv", ["service", *arguments])

    runpy.run_path(str(service.__file__), run_name="__main__")

    ((_, password),) = served
    assert [(port, password)] == served
    assert f"http://127.0.0.1:{port}/  user: staff  password: {password}\n" == (
        capsys.readouterr().out
    )
    assert len(password) >= 12
