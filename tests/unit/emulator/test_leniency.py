"""Requests as the vendor's pages and other people's clients spell them, and the strict readings."""

from typing import Any

import httpx
import pytest

from neon_async.emulator import Emulator, Quirks
from tests.support.emulator_caller import Caller

PERSON = {
    "individualAccount.primaryContact.firstName": "Ada",
    "individualAccount.primaryContact.lastName": "Example",
    "individualAccount.primaryContact.phone1": "555-0100",
}
CREATE = "account/createIndividualAccount"


@pytest.mark.parametrize(
    ("key", "org"), [("login.apikey", "login.orgId"), ("LOGIN.APIKEY", "login.ORGID")]
)
async def test_names_in_any_case(emulator: Emulator, key: str, org: str) -> None:
    """Names of parameters are known in any case, unless the quirk says otherwise."""
    pairs = [(key, emulator.api_key), (org, emulator.org_id)]
    async with Caller(emulator) as api:
        session = (await api("common/login", *pairs))["userSessionId"]
        await api("account/listGenders", ("usersessionid", session), ("RESPONSETYPE", "JSON"))
        emulator.quirks = Quirks(exact_names=True)
        assert [10, 12] == await api.codes("common/login", *pairs)

    assert [] == [entry for entry in emulator.requests if emulator.api_key in str(entry.params)]


@pytest.mark.parametrize("kind", ["Home", "HOME", "home"])
async def test_values_in_any_case(emulator: Emulator, api: Caller, kind: str) -> None:
    """A phone type is taken as replies spell it, and shown as they do."""
    pairs = PERSON | {
        "individualAccount.primaryContact.phone1Type": kind,
        "individualAccount.noSolicitation": "TRUE",
    }

    number = (await api(CREATE, *pairs.items()))["accountId"]

    record: Any = emulator.account(number)
    assert ("HOME", True) == (record["primaryContact"]["phone1Type"], record["noSolicitation"])


async def test_exact_values(emulator: Emulator, api: Caller) -> None:
    """With the quirk, other spellings of a value are refused like what is no value."""
    kind = "individualAccount.primaryContact.phone1Type"
    unknown = await api.complaint(CREATE, *PERSON.items(), (kind, "Beach"))
    emulator.quirks = Quirks(exact_values=True)
    inexact = await api.complaint(CREATE, *PERSON.items(), (kind, "HOME"))

    assert unknown == inexact == f"{kind} must be one of Home, Work, Mobile."
    await api(CREATE, *PERSON.items(), (kind, "Home"))


async def test_multipart_forms(emulator: Emulator, api: Caller) -> None:
    """HTTP libraries send forms as multipart/form-data without being asked."""
    files: Any = {name: (None, value) for name, value in PERSON.items()}
    files |= {"userSessionId": (None, api.session_id), "note": ("a.txt", b"\xff")}

    reply = await api.http.post(f"/{CREATE}", files=files)

    payload = reply.json()["createIndividualAccountResponse"]
    record: Any = emulator.account(payload["accountId"])
    assert "Ada" == record["primaryContact"]["firstName"]
    emulator.quirks = Quirks(urlencoded_only=True)
    refused = (await api.http.post(f"/{CREATE}", files=files)).json()
    assert "FAIL" == refused["createIndividualAccountResponse"]["operationResult"]


@pytest.mark.parametrize("content_type", ["multipart/form-data", "multipart/form-data; boundary=x"])
async def test_broken_multipart(api: Caller, content_type: str) -> None:
    """A body that is no multipart has no parameters, so that the session id is missing."""
    headers = {"content-type": content_type}

    reply = await api.http.post("/account/listGenders", content=b"x", headers=headers)

    assert "3" == reply.json()["listGendersResponse"]["errors"]["error"][0]["errorCode"]


SEARCH = ("account/listAccounts", "searches.search.key", "searches.search.searchOperator")


async def test_criteria_without_the_values_of_blanks(api: Caller) -> None:
    """v1's page leaves the value of BLANK out; the others keep theirs."""
    path, key, operator = SEARCH
    number = ("searches.search.value", "10001")

    found = await api(
        path,
        (key, "Deceased"),
        (operator, "NOT_BLANK"),
        (key, "Account ID"),
        (operator, "EQUAL"),
        number,
    )

    assert 1 == found["page"]["totalResults"]
    torn = await api.complaint(path, (key, "Account ID"), number)
    assert "Each criterion needs a key, an operator and a value." == torn
    unknown = await api.complaint(path, (key, "Account ID"), (operator, "LIKE"), number)
    assert unknown.startswith("searches.search.searchOperator must be one of EQUAL, ")


async def test_output_fields_without_ids(api: Caller) -> None:
    """Public programs leave the ids of output fields out, or some of them, or all fields."""
    name = "outputfields.idnamepair.name"
    pairs = [
        (name, "Account ID"),
        ("outputFields.idNamePair.id", ""),
        (name, "City"),
        (name, "State"),
    ]

    some = await api(SEARCH[0], *pairs)
    none = await api(SEARCH[0])

    def names(reply: Any) -> list[str]:
        row = reply["searchResults"]["nameValuePairs"][0]["nameValuePair"]
        return [pair["name"] for pair in row]

    assert (["Account ID", "City", "State"], ["Account ID"]) == (names(some), names(none))
    column = await api.complaint(SEARCH[0], ("page.sortColumn", "City"))
    assert "page.sortColumn is not among the output fields." == column
    page = await api.complaint(SEARCH[0], ("page.currentPage", "0"))
    assert "page.currentPage must be a number from 1." == page


async def test_large_results_are_not_kept() -> None:
    """Results are kept for the next page, but not thousands of them."""
    async with Caller(Emulator(accounts=5_001, activities=0)) as api:
        await api.login()
        pages = [await api(SEARCH[0], ("page.pageSize", "1")) for _ in range(2)]

    assert [5_001, 5_001] == [page["page"]["totalResults"] for page in pages]


def test_some_accounts_have_a_login() -> None:
    """Among the people that an emulator starts with are some who can log in."""
    emulator = Emulator(accounts=60, activities=0)

    records: list[Any] = [emulator.account(number) for number in emulator.account_ids()]
    assert 1 < sum("login" in record for record in records) < 30


async def test_base_path_is_optional(emulator: Emulator) -> None:
    """A client whose base URL has no path reaches the methods as well."""
    transport = httpx.ASGITransport(app=emulator)
    async with httpx.AsyncClient(transport=transport, base_url="https://e.example.org") as http:
        reply = await http.get("/common/login", params={"login.orgid": emulator.org_id})

    assert "FAIL" == reply.json()["loginResponse"]["operationResult"]
