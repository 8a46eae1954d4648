"""A small service on NeonCRM: search, export with progress, edits to confirm, and merges.

`python -m neon_async.examples.service` runs it on an emulator, and prints where it is and the
password. For NeonCRM itself, with the credentials of NeonCRM and SERVICE_PASSWORD in the
environment: `uvicorn --factory neon_async.examples.service:create_app`.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import aclosing
from datetime import UTC, date, datetime, time
from typing import Annotated, Any
from urllib.parse import parse_qsl

import attrs
import jinja2
import uvicorn
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from fastapi.security import HTTPBasic, HTTPBasicCredentials
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from neon_async import AsyncClient, ConflictError, Contact, IndividualAccount, NeonError
from neon_async.emulator import Emulator
from neon_async.fastapi import (
    NDJSONResponse,
    NeonClient,
    lifespan,
    problem,
    problem_responses,
    stream_ndjson,
)

FOUND_AT_MOST = 20
FORM_BYTES_AT_MOST = 16_384
EVER = date(2000, 1, 1)
# Attributes of a contact that the form has, with their names on the wire and in the form.
FIELDS = {
    "first_name": ("firstName", "First name"),
    "last_name": ("lastName", "Last name"),
    "preferred_name": ("preferredName", "Preferred name"),
    "email1": ("email1", "E-mail"),
}
CONSENTS = {
    "consentInformation.emailConsentStatus": "e-mail",
    "consentInformation.phoneConsentStatus": "phone",
    "consentInformation.mailConsentStatus": "mail",
    "consentInformation.smsConsentStatus": "SMS",
    "consentInformation.dataSharingConsentStatus": "data sharing",
}
USER = "staff"
STREAM = "/accounts.ndjson"
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}

basic: HTTPBasic = HTTPBasic(realm="Accounts", auto_error=False)


async def signed_in(
    request: Request, shown: Annotated[HTTPBasicCredentials | None, Depends(basic)]
) -> None:
    """Let nothing past without the password: every page shows donors."""
    password, user = (shown.password, shown.username) if shown else ("", "")
    known: str = request.app.state.password
    # Compared in constant time, so that the time shows nothing of the password.
    if not secrets.compare_digest(f"{user}:{password}".encode(), f"{USER}:{known}".encode()):
        challenge = {"WWW-Authenticate": 'Basic realm="Accounts", charset="UTF-8"'}
        raise HTTPException(401, "The user name or the password is not right.", challenge)


# Of all paths, those that are added later included.
router: APIRouter = APIRouter(
    dependencies=[Depends(signed_in)], default_response_class=HTMLResponse
)
Since = Annotated[date, Query()]


def create_app(
    connect: Callable[[], AsyncClient] = AsyncClient,
    hosts: Iterable[str] = ("127.0.0.1", "localhost"),
    password: str | None = None,
) -> FastAPI:
    """Return the service.

    Args:
        connect: makes the client; by default from the environment.
        hosts: host names under which browsers may ask for it.
        password: what browsers have to know; by default SERVICE_PASSWORD of the environment.

    Raises:
        ValueError: there is no password, so that everyone could read donors' data.
    """
    known = os.environ.get("SERVICE_PASSWORD") if password is None else password
    if not known:
        raise ValueError("expected a password, or SERVICE_PASSWORD in the environment, got none")
    app = FastAPI(title="Accounts", lifespan=lifespan(connect=connect), docs_url=None)
    app.state.password = known
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
    # Starlette's own: paths that do not exist and methods that are not allowed raise it.
    for kind in (NeonError, AnyHTTPException, RequestValidationError):
        app.add_exception_handler(kind, explain)
    app.include_router(router)
    return app


def page(template: str, status: int = 200, **values: object) -> HTMLResponse:
    """Render a template, in which everything is escaped."""
    return HTMLResponse(TEMPLATES.get_template(template).render(values), status, HEADERS)


async def explain(request: Request, error: Exception) -> Response:
    """Show an error as a page with a way back, without details that are not for browsers."""
    match error:
        case NeonError() if request.url.path == STREAM:
            return problem(error)
        case NeonError():
            status, text = status_and_text(error)
        case AnyHTTPException(status_code=404):
            status, text = 404, "There is no such page."
        case AnyHTTPException():
            status, text = error.status_code, error.detail
        case _:
            status, text = 422, "A number or a date in the address is not one."
    response = page("error", status, text=text, account_id=request.path_params.get("account_id"))
    response.headers.update(getattr(error, "headers", None) or {})
    return response


def status_and_text(error: NeonError) -> tuple[int, str]:
    """Return an error's status, and what a browser may be shown of it."""
    response = problem(error)
    return response.status_code, json.loads(bytes(response.body))["detail"]


async def own_form(request: Request) -> dict[str, str]:
    """Return a form that one of our own pages sent: there is no way for others to fake that."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    host = f"{request.url.scheme}://{request.headers.get('host')}"
    # Browsers send the origin with each POST (WHATWG, Fetch, Origin header), which no page can
    # change; Sec-Fetch-Site is missing in old ones, and on plain http.
    if origin != host or site not in {None, "same-origin"}:
        raise HTTPException(403, "Only this service's own pages may do this.")
    body = b""
    async with aclosing(request.stream()) as chunks:
        async for chunk in chunks:
            body += chunk
            # Counted and not read from Content-Length, which a chunked body does not have.
            if len(body) > FORM_BYTES_AT_MOST:
                raise HTTPException(413, "The form is too large.")
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


Form = Annotated[dict[str, str], Depends(own_form)]


@router.get("/")
async def search(neon: NeonClient, q: str = "", since: Since = EVER) -> HTMLResponse:
    """Look through the accounts that changed since a day, until enough are found."""
    words, hits, looked = q.casefold().split(), list[IndividualAccount](), 0
    if words:
        async for account in neon.sync_accounts(time_from=start_of(since)):
            looked += 1
            if isinstance(account, IndividualAccount) and matches(account, words):
                hits.append(account)
            if len(hits) == FOUND_AT_MOST:
                break  # nothing more is asked for
    rows = [(account.account_id, name_of(account), contact_of(account)) for account in hits]
    return page("search", q=q, since=since, found=rows, looked=looked, most=FOUND_AT_MOST)


def contact_of(account: IndividualAccount) -> Contact:
    """Return the person behind an account, of whom nothing may be known."""
    return account.primary_contact or Contact()


def name_of(account: IndividualAccount) -> str:
    """Return a name to show."""
    contact = contact_of(account)
    return " ".join(filter(None, (contact.first_name, contact.last_name))) or "No name"


def start_of(day: date) -> datetime:
    """Return the first moment of a day."""
    return datetime.combine(day, time(), UTC)


def matches(account: IndividualAccount, words: Iterable[str]) -> bool:
    """Return whether name, e-mail address and id have all the words in them."""
    contact = contact_of(account)
    parts = (account.account_id, contact.first_name, contact.last_name, contact.email1)
    text = " ".join(str(part) for part in parts if part).casefold()
    return all(word in text for word in words)


@router.get("/accounts/{account_id}")
async def show(neon: NeonClient, account_id: int, *, saved: bool = False) -> HTMLResponse:
    """Show an account in a form."""
    account = await neon.retrieve_individual_account(account_id)
    return form_page(account_id, account, values_of(account), saved=saved)


def values_of(account: IndividualAccount) -> dict[str, str]:
    """Return what the form shows of an account."""
    contact = contact_of(account)
    return {name: getattr(contact, name) or "" for name in FIELDS}


def form_page(
    account_id: int,
    account: IndividualAccount | None,
    form: Mapping[str, str],
    *,
    status: int = 200,
    text: str = "",
    saved: bool = False,
) -> HTMLResponse:
    """Render the form, with the version and the values of an account if it is given."""
    present = {} if account is None else values_of(account)
    return page(
        "account",
        status,
        account_id=account_id,
        changed=account and account.last_modified_date_time,
        version=account.last_modified_date_time if account else form.get("version", ""),
        name=name_of(account) if account else f"Account {account_id}",
        fields=[
            (name, label, form.get(name, ""), present.get(name, form.get(name, "")))
            for name, (_, label) in FIELDS.items()
        ],
        text=text,
        saved=saved,
    )


@router.post("/accounts/{account_id}/review")
async def review(neon: NeonClient, account_id: int, form: Form) -> HTMLResponse:
    """Show what an edit would change, and write nothing."""
    try:
        edit = await neon.edit_individual_account(
            account_id, changing(form), dry_run=True, allow_clear=cleared(form)
        )
    except NeonError as error:
        return await back_to_form(neon, account_id, form, error)
    names, labels = ["version", *FIELDS], dict(FIELDS.values())
    lost = [CONSENTS.get(path, path) for path in edit.undecided]
    return page("review", edit=edit, form=form, names=names, labels=labels, lost=lost)


@router.post("/accounts/{account_id}/edit")
async def save(neon: NeonClient, account_id: int, form: Form) -> Response:
    """Make the edit that was confirmed, of the version that was confirmed."""
    accepted = form.get("lost", "").split()
    try:
        await neon.edit_individual_account(
            account_id, changing(form), allow_clear=cleared(form), accept_loss=accepted
        )
    except NeonError as error:
        return await back_to_form(neon, account_id, form, error)
    # 303, so that a reload repeats the reading and not the edit (RFC 9110, section 15.4.4).
    return RedirectResponse(f"/accounts/{account_id}?saved=1", 303, HEADERS)


async def back_to_form(
    neon: AsyncClient, account_id: int, form: Mapping[str, str], error: NeonError
) -> HTMLResponse:
    """Show the form again with what was typed, and why it was not saved."""
    status, text = status_and_text(error)
    # Somebody else's values are to be seen beside the typed ones, to decide again.
    conflict = isinstance(error, ConflictError)
    account = await neon.retrieve_individual_account(account_id) if conflict else None
    return form_page(account_id, account, form, status=status, text=text)


def changing(form: Mapping[str, str]) -> Callable[[IndividualAccount], IndividualAccount]:
    """Return the change that a form stands for."""

    def change(account: IndividualAccount) -> IndividualAccount:
        # Of the version that the form showed: the edit's own check sees only changes since it
        # began.
        if form.get("version") != str(account.last_modified_date_time):
            raise ConflictError("Somebody changed the account meanwhile. Nothing was written.")
        contact = contact_of(account)
        # A blank deletes: only a value that was there can be.
        new: dict[str, Any] = {
            name: form[name]
            for name, value in values_of(account).items()
            if form.get(name, value) != value
        }
        return attrs.evolve(account, primary_contact=attrs.evolve(contact, **new))

    return change


def cleared(form: Mapping[str, str]) -> list[str]:
    """Return which parameters the form's blanks may delete."""
    return [f"primaryContact.{wire}" for name, (wire, _) in FIELDS.items() if not form.get(name)]


@router.get("/merges")
async def merges(neon: NeonClient, account_id: int | None = None) -> HTMLResponse:
    """Show the merge history of an account."""
    history = account_id and await neon.retrieve_duplicate_merge_history(account_id)
    return page("merges", account_id=account_id, history=history)


@router.get("/export")
async def export(neon: NeonClient, since: Since = EVER) -> HTMLResponse:
    """Show how many accounts an export has."""
    first = await neon.sync_accounts(time_from=start_of(since), page_size=1).first_page()
    return page("export", since=since, info=first.page)


@router.get(STREAM, response_class=NDJSONResponse, responses=problem_responses())
async def accounts(neon: NeonClient, since: Since = EVER) -> NDJSONResponse:
    """Stream the accounts, one page at a time."""
    response = stream_ndjson(neon.sync_accounts(time_from=start_of(since)))
    response.headers.update(HEADERS)
    response.headers["Content-Disposition"] = 'attachment; filename="accounts.ndjson"'
    return response


@router.get("/style.css", include_in_schema=False)
async def style() -> Response:
    """Return the style sheet."""
    return Response(CSS, media_type="text/css", headers=HEADERS)


@router.get("/export.js", include_in_schema=False)
async def script() -> Response:
    """Return the script that shows the progress of an export."""
    return Response(SCRIPT, media_type="text/javascript", headers=HEADERS)


CSS = """
:root { color-scheme: light dark;
  --ground: light-dark(#f6f6f4, #15181b); --card: light-dark(#fff, #1d2226);
  --line: light-dark(#dcdedb, #343c42); --edge: light-dark(#7d868c, #78858d);
  --text: light-dark(#1d2427, #e7eaec); --soft: light-dark(#566167, #a5b0b6);
  --accent: light-dark(#1c5a8a, #8cc4f0); --on-accent: light-dark(#fff, #0c1c28);
  --good: light-dark(#e2f1e6, #1a3a26); --bad: light-dark(#a02c20, #ffb0a5);
  --wrong: light-dark(#fbe6e3, #47211d);
  font: 16px/1.5 system-ui, "DejaVu Sans", sans-serif; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); }
header, main { max-width: 52rem; margin: 0 auto; padding: 1rem 1.25rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; align-items: baseline; }
nav { display: flex; gap: 1.25rem; }
a { color: var(--accent); text-underline-offset: .2em; }
nav a { padding: .4rem 0; text-decoration: none; }
nav a[aria-current] { text-decoration: underline; text-decoration-thickness: 2px; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
main { display: grid; gap: 1.25rem; }
p, dl, dd, ul { margin: 0; }
.card { display: grid; gap: 1rem; padding: 1.25rem; min-width: 0;
  background: var(--card); border: 1px solid var(--line); border-radius: .75rem; }
.hint { color: var(--soft); } .bad { color: var(--bad); }
.good, .wrong { padding: .6rem 1rem; border-radius: .5rem; background: var(--good); }
.wrong { background: var(--wrong); overflow-wrap: anywhere; }
form.line { display: flex; flex-wrap: wrap; gap: .75rem; align-items: end; }
form.line label { flex: 1 1 11rem; }
label { display: grid; gap: .25rem; color: var(--soft); font-size: .9rem; }
input, button, .button { font: inherit; min-height: 2.75rem; padding: .4rem .8rem;
  border: 1px solid var(--edge); border-radius: .5rem; background: var(--card); }
label.check { display: flex; gap: .75rem; align-items: center; }
label.check { color: var(--text); } label.check input { width: 1.25rem; flex: none; }
input { width: 100%; color: var(--text); font-size: 1rem; }
button, .button { color: var(--text); font-weight: 600; white-space: nowrap; cursor: pointer; }
.button { display: inline-flex; align-items: center; text-decoration: none; }
.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
.actions { display: flex; flex-wrap: wrap; gap: .75rem; align-items: center; }
.rows { list-style: none; padding: 0; }
.rows li { display: flex; flex-wrap: wrap; gap: 0 1rem; padding: .6rem 0; min-width: 0;
  border-top: 1px solid var(--line); }
.rows li > :last-child { margin-left: auto; }
.rows > :first-child { border: 0; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .5rem .75rem .5rem 0; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
td { overflow-wrap: anywhere; }
th { white-space: nowrap; }
thead th { color: var(--soft); font-weight: 400; font-size: .9rem; }
tbody td { width: 45%; }
@media (max-width: 36rem) {
  form.line button { flex: 1; } thead th:first-child { display: none; }
  tr { display: grid; grid-template-columns: 1fr 1fr; border-bottom: 1px solid var(--line); }
  tbody th { grid-column: span 2; } th, td { border: 0; } tbody td { width: auto; } }
time { white-space: nowrap; }
progress { width: 100%; height: .8rem; accent-color: var(--accent); }
[hidden] { display: none !important; }
"""

# Counts lines as they come, and offers the file when it is complete. Without it the link works.
SCRIPT = """
const card = document.querySelector("#export"), bar = card.querySelector("progress");
const said = card.querySelector("[role=status]"), stop = card.querySelector("#stop");
const start = card.querySelector("#start");
start.addEventListener("click", async event => {
  event.preventDefault();
  const leaving = new AbortController(), parts = [];
  let lines = 0;
  stop.onclick = () => leaving.abort();
  bar.hidden = stop.hidden = false; start.hidden = true; stop.focus();
  try {
    const reply = await fetch(start.href, {signal: leaving.signal});
    if (!reply.ok) throw new Error(reply.status);
    for (const reader = reply.body.getReader();;) {
      const {done, value} = await reader.read();
      if (done) break;
      parts.push(value);
      for (const byte of value) if (byte === 10) lines += 1;
      bar.value = lines; said.textContent = `${lines} of about ${bar.max} accounts`;
    }
    // The last line says whether the stream is whole, whatever proxy is in between.
    const text = await new Blob(parts).text();
    const records = text.slice(0, text.lastIndexOf("\\n", text.length - 2) + 1);
    lines -= 1;
    if (!JSON.parse(text.slice(records.length)).end) throw new Error("not whole");
    const file = card.querySelector("#file");
    file.href = URL.createObjectURL(new Blob([records], {type: "application/x-ndjson"}));
    file.hidden = false; file.focus();
    said.textContent = `Complete: ${lines} accounts.`;
  } catch {
    said.textContent = `Stopped after ${lines} accounts; nothing was saved.`;
    start.hidden = false; start.focus();
  }
  stop.hidden = true;
});
"""

BASE = """<!doctype html>
<html lang="en"><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{% block title %}{% endblock %} · Accounts</title>
<link rel="icon" href="data:,"><link rel="stylesheet" href="/style.css">
<header><strong>Accounts</strong><nav aria-label="Pages">
{% for label, path in [("Search", "/"), ("Export", "/export"), ("Merges", "/merges")] %}
<a href="{{ path }}"{% if self.title() == label %} aria-current="page"{% endif %}>{{ label }}</a>
{% endfor %}</nav></header>
<main><h1>{{ self.title() }}</h1>{% block main %}{% endblock %}</main>
"""
PAGES = {
    "error": """{% block title %}That did not work{% endblock %}{% block main %}
<section class="card"><p role="alert">{{ text }}</p><p class="actions">
{% if account_id %}<a class="button" href="/accounts/{{ account_id }}">Back to the account</a>
{% endif %}<a class="button" href="/">Search</a></p></section>
{% endblock %}""",
    "search": """{% block title %}Search{% endblock %}{% block main %}
<form class="card line" role="search">
<label>Name, e-mail or id <input type="search" name="q" value="{{ q }}" required></label>
<label>Changed since (UTC) <input type="date" name="since" value="{{ since }}" required></label>
<button class="primary">Search</button></form>
{% if q %}<section class="card" aria-label="Found">
<p class="hint" role="status">
{% if found|length == most %}The first {{ most }} matches, among the first {{ looked }} accounts.
There may be more: narrow the search down.
{% elif found %}{{ found|length }} match{{ "es" if found|length > 1 }} in {{ looked }} accounts.
{% else %}No account matches; {{ looked }} were searched.{% endif %}</p>
{% if found %}<ul class="rows">{% for account_id, name, contact in found %}
<li><a href="/accounts/{{ account_id }}">{{ name }}</a>
<span class="hint">{{ contact.email1 or "" }}</span><span>{{ account_id }}</span></li>
{% endfor %}</ul>{% endif %}</section>{% endif %}{% endblock %}""",
    "account": """
{% block title %}{{ name }}{% endblock %}{% block main %}
{% if saved %}<p class="good" role="status">Saved, and read back to be sure.</p>{% endif %}
{% if text %}<p class="wrong" role="alert">{{ text }}</p>{% endif %}
<form class="card" method="post" action="/accounts/{{ account_id }}/review">
<p class="hint">Account {{ account_id }}{% if changed %},
last changed <time>{{ changed.strftime("%Y-%m-%d %H:%M %Z") }}</time>{% endif %}</p>
<input type="hidden" name="version" value="{{ version }}">
{% for name, label, value, present in fields %}
<div><label>{{ label }} <input name="{{ name }}" value="{{ value }}" autocomplete="off"
{% if present != value %}aria-describedby="{{ name }}-now"{% endif %}></label>
{% if present != value %}<p class="hint" id="{{ name }}-now">In NeonCRM now:
{{ present or "nothing" }}</p>{% endif %}</div>
{% endfor %}<div class="actions"><button class="primary">Review changes</button>
{% if text %}<a class="button" href="/accounts/{{ account_id }}">Discard my changes</a>{% endif %}
</div></form>
{% endblock %}""",
    "review": """{% block title %}Review changes{% endblock %}{% block main %}
<form class="card" method="post" action="/accounts/{{ edit.account_id }}/edit">
{% if edit.diff.changes %}<table><thead><tr><th>Field<th>Now<th>Will be</thead><tbody>
{% for entry in edit.diff.changes %}<tr>
<th scope="row">{{ labels[entry.parameter.rpartition(".")[2]] }}<td>{{ entry.old or "–" }}
<td>{% if entry.deletes %}<b class="bad">deleted</b>{% else %}<b>{{ entry.new }}</b>{% endif %}
{% endfor %}</tbody></table>
{% if lost %}<label class="check"><input type="checkbox" name="lost" required
value="{{ edit.undecided|join(" ") }}"> <span>NeonCRM does not show consents, and resets those that
it is not sent to “not asked”: {{ lost|join(", ") }}. Save anyway.</span></label>{% endif %}
{% for name in names %}
<input type="hidden" name="{{ name }}" value="{{ form.get(name, "") }}">{% endfor %}
<div class="actions"><button class="primary">Save</button>
{% else %}<p>Nothing would change.</p><div class="actions">{% endif %}
<a class="button" href="/accounts/{{ edit.account_id }}">Back</a></div></form>
{% endblock %}""",
    "merges": """{% block title %}Merges{% endblock %}{% block main %}
<form class="card line"><label>Current or former account id
<input name="account_id" inputmode="numeric" pattern="[0-9]+" value="{{ account_id or "" }}"
required></label><button class="primary">Look up</button></form>
{% if history %}<section class="card" aria-label="History" role="status">
<p>Account {{ history.searched_account_id }} is now
<a href="/accounts/{{ history.current_account_id }}">{{ history.current_account_id }}</a>.</p>
<p class="hint">Merged into it: {{ history.previous_account_ids|join(", ") or "none" }}.</p>
</section>{% endif %}{% endblock %}""",
    "export": """{% block title %}Export{% endblock %}{% block main %}
<form class="card line"><label>Changed since (UTC)
<input type="date" name="since" value="{{ since }}" required></label>
<button>Count</button></form>
<section class="card" id="export" aria-label="Export">
<p role="status">{{ info.total_results }} accounts</p>
<progress max="{{ info.total_results or 1 }}" value="0" aria-label="Received" hidden></progress>
<div class="actions">
<a class="button primary" id="start" href="/accounts.ndjson?since={{ since }}">Export</a>
<a class="button primary" id="file" download="accounts.ndjson" hidden>Save the file</a>
<button id="stop" hidden>Stop</button></div></section>
<script src="/export.js" defer></script>{% endblock %}""",
}
TEMPLATES = jinja2.Environment(
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    loader=jinja2.DictLoader(
        {"base": BASE}
        | {name: f"{{% extends 'base' %}}{text.lstrip()}" for name, text in PAGES.items()}
    ),
)


def main() -> None:
    """Serve on an emulator with some people, the first of whom has been merged."""
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8200
    password = os.environ.get("SERVICE_PASSWORD") or secrets.token_urlsafe(9)
    with Emulator(accounts=2000, latency=0.1) as emulator:
        emulator.merge_accounts(10002, into=10001)
        app = create_app(emulator.client, password=password)
        sys.stdout.write(f"http://127.0.0.1:{port}/  user: {USER}  password: {password}\n")
        sys.stdout.flush()
        uvicorn.run(app, port=port, access_log=False)


if __name__ == "__main__":
    main()
