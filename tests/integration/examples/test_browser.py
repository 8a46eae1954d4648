"""The example service in a real browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from neon_async.emulator import Emulator
from neon_async.examples import service
from tests.support.application_server import served
from tests.support.chromium import LOOKS, check_look, chromium, page_of, turn_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, HttpCredentials, Page

pytestmark = pytest.mark.browser

PASSWORD = "obviously-fake"
WHO: HttpCredentials = {"username": service.USER, "password": PASSWORD, "send": "always"}
MARKUP = "<img src=x onerror=document.title='broken'>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests here."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """An emulator with some people, one of whom has been merged and one of whom is nasty."""
    with Emulator(accounts=900) as emulator:
        emulator.merge_accounts(10002, into=10001)
        emulator.change_account(10003, primaryContact={"lastName": MARKUP})
        yield emulator


@pytest.fixture
def origin(emulator: Emulator) -> Iterator[str]:
    """Where the service is."""
    with served(service.create_app(emulator.client, password=PASSWORD)) as (_, port):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def page(browser: Browser, origin: str) -> Iterator[Page]:
    """A page on a desktop."""
    with page_of(browser, origin, "desktop", "light", WHO) as page:
        yield page


LOOKED_AT = ["search", "merges", "export", "exported", "account", "review", "conflict", "nothing"]


@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_looks(browser: Browser, origin: str, emulator: Emulator, size: str, scheme: str) -> None:
    """Every page fits its screen in its colour scheme, and is accessible."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with page_of(browser, origin, size, scheme, WHO) as page:

        def look(name: str) -> None:
            if name in turn_of(LOOKED_AT, size):
                check_look(page, axe, f"service-{name}-{size}-{scheme}")

        page.goto("/?q=1000")
        look("search")
        page.goto("/merges?account_id=10002")
        look("merges")
        page.goto("/export")
        look("export")
        page.get_by_role("link", name="Export", exact=True).last.click()
        page.get_by_text("Complete:").wait_for()
        look("exported")
        page.goto("/accounts/10003")
        look("account")
        page.get_by_label("First name").fill("Quite-a-long-name-for-a-table-cell-on-a-phone")
        page.get_by_label("E-mail").fill("")
        page.get_by_role("button", name="Review changes").click()
        page.get_by_role("button", name="Save").wait_for()
        look("review")
        emulator.change_account(10003, primaryContact={"email1": "theirs@example.org"})
        page.get_by_role("checkbox").check()
        page.get_by_role("button", name="Save").click()
        page.get_by_role("alert").wait_for()
        look("conflict")
        page.goto("/?q=nobody-has-this-name")
        look("nothing")


def test_account_is_found_and_edited(page: Page, emulator: Emulator) -> None:
    """From the search to the saved edit, with nothing but the keyboard's own keys in the fields."""
    page.goto("/")
    page.get_by_label("Name, e-mail or id").fill("10003")
    page.keyboard.press("Enter")
    page.get_by_role("link", name=MARKUP).click()
    page.get_by_label("Preferred name").fill(MARKUP)
    page.keyboard.press("Enter")
    page.get_by_role("rowheader", name="Preferred name").wait_for()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved, and read back to be sure.").wait_for()

    assert MARKUP == page.get_by_label("Preferred name").input_value()
    assert 0 == page.locator("img").count()
    account: Any = emulator.account(10003)
    assert MARKUP == account["primaryContact"]["preferredName"]


def test_conflict_leads_back_to_the_form(page: Page, emulator: Emulator) -> None:
    """After somebody else's change, what was typed is still there, and can be saved."""
    page.goto("/accounts/10003")
    page.get_by_label("Preferred name").fill("Mine")
    page.get_by_role("button", name="Review changes").click()
    emulator.change_account(10003, primaryContact={"preferredName": "Theirs"})
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("In NeonCRM now: Theirs").wait_for()
    assert "Mine" == page.get_by_label("Preferred name").input_value()

    page.get_by_role("button", name="Review changes").click()
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Saved, and read back to be sure.").wait_for()


def test_export_shows_progress_and_is_complete(page: Page, tmp_path: Path) -> None:
    """The lines are counted as they come, and all of them are in the file."""
    page.goto("/export")
    page.locator("#start").click()
    page.get_by_text("Complete: 899 accounts.").wait_for()
    with page.expect_download() as download:
        page.get_by_role("link", name="Save the file").click()
    download.value.save_as(tmp_path / "accounts.ndjson")

    assert 899 == len((tmp_path / "accounts.ndjson").read_bytes().splitlines())


def test_stopped_export_stops_the_pull(page: Page, emulator: Emulator) -> None:
    """A click on Stop is the end of the requests to NeonCRM, too."""
    page.goto("/export")
    emulator.fail_next(method="syncAccounts", delay=0.0)
    emulator.fail_next(method="syncAccounts", delay=30.0)
    page.locator("#start").click()
    page.get_by_text("200 of about 899 accounts").wait_for()
    page.get_by_role("button", name="Stop").click()

    page.get_by_text("Stopped after 200 accounts; nothing was saved.").wait_for()
    assert page.locator("#start").evaluate("link => link === document.activeElement")


def test_broken_export_is_not_taken_for_complete(page: Page, emulator: Emulator) -> None:
    """An error in the middle is told, and no file is offered."""
    page.goto("/export")
    emulator.fail_next(method="syncAccounts", delay=0.0)
    emulator.fail_next(method="syncAccounts", code=1)
    page.locator("#start").click()

    page.get_by_text("nothing was saved").wait_for()
    assert page.locator("#file").is_hidden()
