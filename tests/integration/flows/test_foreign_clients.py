"""The emulator believes other people's clients: request sequences of public PHP and Ruby programs.

They are written anew here, after what those programs send. None of them is on a registry for
Python: its only package for NeonCRM speaks v2.
"""

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import pytest

from neon_async.emulator import Emulator

FORM = {"content-type": "application/x-www-form-urlencoded"}
Pairs = list[tuple[str, str]]


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    """A small organization."""
    with Emulator(accounts=30, activities=5, seed=1) as made:
        yield made


@pytest.fixture
async def http(emulator: Emulator) -> AsyncIterator[httpx.AsyncClient]:
    """A plain HTTP client."""
    transport = httpx.ASGITransport(app=emulator)
    async with httpx.AsyncClient(transport=transport, base_url=emulator.base_url) as client:
        yield client


class PHPClient:
    """Posts strings that it has put together, and takes the first key of each reply."""

    def __init__(self, http: httpx.AsyncClient, org_id: str, api_key: str) -> None:
        """Take the credentials."""
        self.http, self.org_id, self.api_key = http, org_id, api_key
        self.session_id = ""

    async def api(self, method: str, parameters: str) -> dict[str, Any]:
        """Send a request."""
        reply = await self.http.post(f"/{method}", content=parameters, headers=FORM)
        payload: dict[str, Any] = next(iter(reply.json().values()))
        return payload

    async def login(self) -> None:
        """Open a session; the parameters begin with an ampersand."""
        login = f"&login.apiKey={self.api_key}&login.orgid={self.org_id}"
        self.session_id = (await self.api("common/login", login))["userSessionId"]

    async def go(self, method: str, parameters: Pairs) -> dict[str, Any]:
        """Call a method, and once more with a new session when the old one has ended."""
        for _ in range(2):
            head = f"responseType=json&userSessionId={self.session_id}&"
            payload = await self.api(method, head + urlencode(parameters))
            errors = payload.get("errors", {}).get("error", [])
            if [str(error["errorCode"]) for error in errors] != ["4"]:
                break
            await self.login()
        return payload

    async def search(
        self,
        method: str,
        criteria: list[tuple[str, str, str]],
        standard: list[str],
        custom: list[int],
    ) -> list[dict[str, str | None]]:
        """Search; only blanks are encoded."""
        names = "searches.search.key", "searches.search.searchOperator", "searches.search.value"
        parts = [f"&{n}={v}" for one in criteria for n, v in zip(names, one, strict=True)]
        field = "&outputfields.idnamepair."
        parts += [f"{field}id={field}name={name}" for name in standard]
        parts += [f"{field}name={field}id={number}" for number in custom]
        head = f"responseType=json&userSessionId={self.session_id}"
        paging = "&page.currentPage=1&page.pageSize=200&page.sortColumn=Account%20ID"
        payload = await self.api(method, head + "".join(parts).replace(" ", "%20") + paging)
        rows = payload["searchResults"]["nameValuePairs"]
        return [{pair["name"]: pair.get("value") for pair in row["nameValuePair"]} for row in rows]


@pytest.fixture
async def php(emulator: Emulator, http: httpx.AsyncClient) -> PHPClient:
    """The PHP client, logged in."""
    client = PHPClient(http, emulator.org_id, emulator.api_key)
    await client.login()
    return client


def flattened(value: Any, name: str) -> Iterator[tuple[str, str]]:
    """Spell what was read as parameters, value by value, without looking at it."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flattened(inner, f"{name}.{key}")
    elif isinstance(value, list):
        for inner in value:
            yield from flattened(inner, name)
    elif isinstance(value, bool):
        yield name, str(value).lower()
    elif value != "":
        yield name, str(value)


async def test_retrieve_merge_resend(emulator: Emulator, php: PHPClient) -> None:
    """A person is read, changed, and sent back as it was read, with HOME as phone type."""
    number = emulator.create_individual(
        primaryContact={
            "firstName": "Ada",
            "lastName": "Example",
            "phone1": "555-0100",
            "phone1Type": "HOME",
            "gender": {"code": "F", "name": "Female"},
        }
    )
    read = await php.go("account/retrieveIndividualAccount", [("accountId", str(number))])
    person = read["individualAccount"]
    person["primaryContact"] |= {"lastName": "Lovelace"}
    kept = {"accountId": person["accountId"], "primaryContact": person["primaryContact"]}

    written = await php.go(
        "account/updateIndividualAccount", list(flattened(kept, "individualAccount"))
    )

    assert ("SUCCESS", number) == (written["operationResult"], int(written["accountId"]))
    contact = (emulator.account(number) or {})["primaryContact"]
    assert ("Lovelace", "HOME", "555-0100") == tuple(
        contact[name] for name in ("lastName", "phone1Type", "phone1")
    )


async def test_ended_session_is_renewed(emulator: Emulator, php: PHPClient) -> None:
    """FAIL with code 4, a login, and the same request again."""
    emulator.expire_sessions()

    genders = await php.go("account/listGenders", [])

    assert "SUCCESS" == genders["operationResult"]
    methods = [request.method for request in emulator.requests]
    assert ["login", "listGenders", "login", "listGenders"] == methods


async def test_individual_and_then_its_organization(emulator: Emulator, php: PHPClient) -> None:
    """A person is made, and then the organization that it belongs to."""
    person = "individualAccount.primaryContact"
    made = await php.go(
        "account/createIndividualAccount",
        [
            (f"{person}.firstName", "Ada"),
            (f"{person}.lastName", "Example"),
            (f"{person}.phone1", "1"),
            (f"{person}.phone1Type", "HOME"),
        ],
    )
    contact = (emulator.account(int(made["accountId"])) or {})["primaryContact"]["contactId"]
    organization = await php.go(
        "account/createOrganizationAccount",
        [
            ("organizationAccount.organizationName", "Example Fund"),
            ("organizationAccount.primaryContact.contactId", str(contact)),
            ("organizationAccount.organizationTypes.organizationType.id", "1"),
        ],
    )

    assert "SUCCESS" == organization["operationResult"], organization
    record = emulator.account(int(organization["accountId"])) or {}
    assert "Example Fund" == record["organizationName"]


async def test_searches_of_the_php_client(emulator: Emulator, php: PHPClient) -> None:
    """Accounts by e-mail with standard and custom fields, then memberships and an event."""
    emulator.create_individual(
        primaryContact={"firstName": "Ada", "lastName": "Example", "email1": "ada@example.org"},
        customFieldDataList={"customFieldData": [{"fieldId": "24", "fieldValue": "007"}]},
    )
    criteria = [("Email", "EQUAL", "ada@example.org")]

    (row,) = await php.search(
        "account/listAccounts", criteria, ["Account ID", "First Name", "Email 2"], [24]
    )
    members = await php.search(
        "membership/listMemberships", [], ["Account ID", "Membership Name"], []
    )
    attendees = await php.go(
        "event/retrieveEventAttendees", [("eventId", "401"), ("page.pageSize", "20")]
    )

    assert ("Ada", None, "007") == (row["First Name"], row["Email 2"], row["Member number"])
    ids = [int(member["Account ID"] or 0) for member in members]
    assert (30, sorted(ids)) == (len(ids), ids)
    assert 5 == len(attendees["eventAttendeesResults"]["eventAttendeesResult"])


def ruby_url(operation: str, session_id: str, clauses: list[tuple[str, str]]) -> str:
    """Put a URL together as the Ruby gem does: nothing but blanks needs to be encoded."""
    parts = "".join(f"&{name}={quote(value)}" for name, value in clauses)
    return f"{operation}?responseType=json&userSessionId={session_id}{parts}"


@pytest.mark.parametrize(
    ("operation", "root"),
    [("/account/listAccounts", "listAccountsResponse"), ("/event/listEvents", "listEvents")],
)
async def test_searches_of_the_ruby_gem(
    emulator: Emulator, http: httpx.AsyncClient, operation: str, root: str
) -> None:
    """Login and searches by GET; it knows the root key of each, and asks for all on one page."""
    login = f"/common/login?login.apiKey={emulator.api_key}&login.orgid={emulator.org_id}"
    session_id = (await http.get(login)).json()["loginResponse"]["userSessionId"]
    fields = ["Account ID", "Last Name"] if "Account" in operation else ["Event Name"]
    field = "outputfields.idnamepair"
    clauses = [pair for name in fields for pair in ((f"{field}.id", ""), (f"{field}.name", name))]
    clauses += [
        ("searches.search.key", fields[-1]),
        ("searches.search.searchOperator", "NOT_BLANK"),
        ("searches.search.value", ""),
        ("page.currentPage", "1"),
        ("page.pageSize", "999999"),
        ("page.sortColumn", fields[-1]),
        ("page.sortDirection", "ASC"),
    ]

    payload = (await http.get(ruby_url(operation, session_id, clauses))).json()[root]

    rows = payload["searchResults"]["nameValuePairs"]
    symbol: Callable[[str], str] = lambda name: name.lower().replace(" ", "_")  # noqa: E731
    distilled = [
        {symbol(pair["name"]): pair["value"] for pair in row["nameValuePair"]} for row in rows
    ]
    assert payload["page"]["totalResults"] == len(distilled) > 0
    assert {symbol(name) for name in fields} == set(distilled[0])


async def test_sign_in_of_a_web_application(emulator: Emulator, http: httpx.AsyncClient) -> None:
    """A session by GET without responseType, and the account that signed in."""
    login = {"login.apiKey": emulator.api_key, "login.orgid": emulator.org_id}
    opened = (await http.get("/common/login", params=login)).json()["loginResponse"]
    asked = {"userSessionId": opened["userSessionId"], "accountId": 10_001}
    reply = await http.get("/account/retrieveIndividualAccount", params=asked)

    account = reply.json()["retrieveIndividualAccountResponse"]["individualAccount"]
    assert 10_001 == account["accountId"]
