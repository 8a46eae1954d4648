"""The console in a real browser."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import httpx
import pytest

from neon_async.emulator import API_KEY, ORG_ID, Emulator, running
from tests.support.chromium import LOOKS, check_look, chromium, page_of, turn_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

MARKUP = "<img src=x onerror=document.title='broken'>"
PATHS = {
    "overview": "/",
    "accounts": "/accounts",
    "account": "/accounts/10001",
    "activities": "/activities?q=coffee",
    "api": "/docs#syncAccounts",
    "nothing": "/accounts?q=nobody-has-this-name",
}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One browser for all tests here."""
    with chromium() as browser:
        yield browser


@pytest.fixture
def api(emulator: Emulator) -> Iterator[httpx.Client]:
    """A served emulator, for plain requests."""
    with running(emulator) as base_url, httpx.Client(base_url=base_url) as client:
        yield client


@pytest.fixture
def origin(api: httpx.Client) -> str:
    """Where the console is."""
    parts = urlsplit(str(api.base_url))
    return f"{parts.scheme}://{parts.netloc}"


@pytest.fixture
def page(browser: Browser, origin: str) -> Iterator[Page]:
    """A page on a desktop."""
    with page_of(browser, origin, "desktop", "light") as page:
        yield page


def login(api: httpx.Client) -> dict[str, str]:
    """Open a session, as a program under test would."""
    reply = api.post("/common/login", data={"login.apiKey": API_KEY, "login.orgid": ORG_ID})
    return {"userSessionId": reply.json()["loginResponse"]["userSessionId"]}


@pytest.fixture
def full_log(emulator: Emulator, api: httpx.Client) -> None:
    """Some of everything that the log can show."""
    session = login(api)
    api.post("/account/listPrefixes", data=session)
    api.post("/account/retrieveIndividualAccount", data=session | {"acountId": "7"})
    emulator.fail_next(status=503)
    api.post("/account/listGenders", data=session)
    emulator.fail_next(3, method="syncAccounts", code=2)


@pytest.mark.usefixtures("full_log")
@pytest.mark.parametrize(("size", "scheme"), LOOKS)
def test_looks(browser: Browser, origin: str, size: str, scheme: str) -> None:
    """Every page fits its screen in its colour scheme, and is accessible."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    with page_of(browser, origin, size, scheme) as page:
        for name in turn_of(PATHS, size):
            page.goto(PATHS[name])
            page.locator("details").first.evaluate_all("all => all.map(one => one.open = true)")
            check_look(page, axe, f"{name}-{size}-{scheme}")


# Distances from the strip's edges to the first and last entry of each row, and widths of texts
# beside the widths of what shows them.
RAGGED = """() => {
  const strip = document.querySelector(".status dl").getBoundingClientRect(), rows = new Map();
  for (const entry of document.querySelectorAll(".status dl > div")) {
    const box = entry.getBoundingClientRect(), row = rows.get(box.top) || [strip.right, 0];
    rows.set(box.top, [Math.min(row[0], box.left), Math.max(row[1], box.right)]);
  }
  const widths = [...document.querySelectorAll(".status dl > div:not(:first-child)")]
    .map(entry => entry.getBoundingClientRect().width);
  return [...rows.values()].map(row => row[0] - strip.left + strip.right - row[1])
    .concat(Math.max(...widths) - Math.min(...widths));
}"""
CLIPPED = """() => {
  const ruler = document.createElement("canvas").getContext("2d"), clipped = [];
  for (const list of document.querySelectorAll("select")) {
    if (!list.offsetParent) continue;
    const style = getComputedStyle(list);
    ruler.font = style.font;
    const room = list.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
    for (const option of list.options)
      if (list.name !== "code" && ruler.measureText(option.text).width > room - 16)
        clipped.push(option.text);
  }
  return clipped.concat([...document.querySelectorAll(".status dd")]
    .filter(text => text.scrollWidth > text.clientWidth).map(text => text.textContent));
}"""


@pytest.mark.parametrize("width", [390, 700, 980, 1280])
def test_nothing_is_ragged_or_clipped(page: Page, emulator: Emulator, width: int) -> None:
    """The figures fill whole rows of equal columns, and every list shows its entries whole."""
    emulator.threads = 1_000
    emulator.slow(0.125)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/")

    assert max(page.evaluate(RAGGED)) < 4
    assert [] == page.evaluate(CLIPPED)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_long_log_stays_in_its_place(page: Page, api: httpx.Client, width: int) -> None:
    """A hundred requests scroll where they are, and new ones leave that place as it is."""
    session = login(api)
    for _ in range(100):
        api.post("/account/listPrefixes", data=session)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/")
    log = page.locator(".scroller")
    assert 100 == page.locator("#requests li").count()

    assert page.evaluate("document.documentElement.scrollHeight") < (
        2_400 if width < 400 else 1_500
    )
    log.evaluate("log => log.scrollTop = 900")
    api.post("/account/listGenders", data=session)
    page.locator("#requests summary", has_text="listGenders").wait_for(state="attached")
    assert log.evaluate("log => log.scrollTop") >= 900


def test_faults_are_scripted(page: Page, api: httpx.Client) -> None:
    """A fault is scripted with a few keys, happens once, and is gone from the list."""
    page.goto("/")
    page.get_by_label("Method").select_option("listPrefixes")
    page.get_by_label("FAIL code").check()
    page.locator("[name=code]").select_option("5")
    assert page.get_by_label("Retry-After (s)").is_hidden()
    page.get_by_label("How many").focus()
    page.keyboard.press("Enter")

    page.get_by_text("Fault added for listPrefixes, 1 ×.").wait_for()
    page.get_by_text("1 × listPrefixes: FAIL 5").wait_for()
    assert '"errorCode":"5"' in api.post("/account/listPrefixes").text
    page.get_by_text("No faults:").wait_for()
    page.locator("#requests").get_by_text("FAIL 5").wait_for()


def test_nonsense_is_explained(page: Page) -> None:
    """What the browser can't check, the emulator does, and the page tells."""
    page.goto("/")
    page.get_by_label("Move the clock by").fill("5000")
    page.get_by_label("Unit").select_option("days")
    page.get_by_role("button", name="Advance").click()

    page.get_by_text("The clock can move by at most ten years.").wait_for()


def test_state_is_changed(page: Page, emulator: Emulator, api: httpx.Client) -> None:
    """Sessions, load and clock change with a click, and the status follows."""
    session = login(api)
    page.goto("/")
    page.get_by_role("button", name="Expire sessions").click()
    page.get_by_text("All sessions have expired.").wait_for()
    assert '"errorCode":"4"' in api.post("/account/listPrefixes", data=session).text

    page.get_by_label("Requests at once").fill("3")
    page.get_by_role("button", name="Apply").click()
    page.get_by_text("3 requests at once, 0 s each.").wait_for()
    assert emulator.threads == 3

    page.get_by_role("button", name="Advance").click()
    page.get_by_text("2024-05-06 07:38:09").wait_for()


def test_log_is_live(page: Page, api: httpx.Client) -> None:
    """Requests appear by themselves, what was unfolded stays so, and nobody sees a secret."""
    page.goto("/")
    session = login(api)
    page.locator("#requests summary", has_text="login").click()
    api.post("/account/listPrefixes", data=session)
    page.locator("#requests summary", has_text="listPrefixes").wait_for()

    assert page.locator("#requests details", has_text="login.orgid").get_attribute("open") == ""
    text = page.content()
    assert API_KEY not in text
    assert session["userSessionId"] not in text


def test_log_can_be_paused(page: Page, api: httpx.Client) -> None:
    """A paused page asks for nothing; going on it catches up."""
    page.goto("/")
    pause = page.get_by_role("button", name="Pause")
    pause.click()
    assert pause.get_attribute("aria-pressed") == "true"
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    login(api)
    page.wait_for_timeout(1_300)
    assert [] == asked

    pause.click()
    page.locator("#requests summary", has_text="login").wait_for()


def test_emulator_goes_away(browser: Browser, emulator: Emulator) -> None:
    """A page whose emulator was stopped says so, and hides it when it is back."""
    with running(emulator) as base_url:
        origin = base_url.partition("/neonws")[0]
        context = browser.new_context(base_url=origin)
        page = context.new_page()
        page.goto("/")
    alert = page.get_by_text("The emulator does not answer.")
    alert.wait_for()
    with running(emulator, port=urlsplit(base_url).port or 0):
        alert.wait_for(state="hidden")
        context.close()


def test_search_while_typing(page: Page, emulator: Emulator) -> None:
    """Results follow what is typed, and the address can be kept."""
    emulator.create_individual(primaryContact={"firstName": "Zed", "lastName": MARKUP})
    page.goto("/accounts")
    assert page.get_by_role("row").count() == 26

    page.get_by_label("Search").press_sequentially("zed")
    page.wait_for_url(re.compile("q=zed"))
    rows = page.get_by_role("row")
    assert rows.count() == 2
    rows.nth(1).get_by_role("link").click()

    page.get_by_role("heading", name="Individual account").wait_for()
    assert MARKUP in page.locator("pre").inner_text()
    page.go_back()
    page.wait_for_url(re.compile("q=zed"))
    assert page.title() == "Accounts · NeonCRM v1 emulator"


def test_pages_are_turned(page: Page) -> None:
    """Next and previous lead through the list."""
    page.goto("/activities")
    page.get_by_role("link", name="Next").click()
    page.get_by_text("26–30 of 30").wait_for()
    page.get_by_role("link", name="Previous").click()
    page.get_by_text("1–25 of 30").wait_for()


def test_keyboard_gets_everywhere(page: Page) -> None:
    """The first key leads past the navigation, and focus can be seen."""
    page.goto("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    focused = "getComputedStyle(document.activeElement)"
    assert page.evaluate("document.activeElement.name") == "method"
    assert page.evaluate(f"{focused}.outlineStyle") == "solid"


def test_other_pages_can_do_nothing(page: Page, emulator: Emulator, origin: str) -> None:
    """A form of another origin is refused, whatever it pretends."""
    emulator.fail_next()
    page.goto("about:blank")
    with page.expect_response(f"{origin}/console/clear-faults") as answer:
        page.set_content(
            f'<form method="post" action="{origin}/console/clear-faults"><button>Go</button></form>'
        )
        page.get_by_role("button").click()

    assert answer.value.status == 403
    page.goto(origin)
    page.get_by_text("1 × any method").wait_for()
