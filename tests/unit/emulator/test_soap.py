"""The emulator's SOAP services, asked in XML by hand."""

from typing import Any

import httpx
import pytest
from lxml import etree

from neon_async.emulator import API_KEY, ORG_ID, Emulator, Quirks
from tests.support.emulator_caller import Caller
from tests.support.soap_schema import ENVELOPE, NEON, message_of, sample, schema

LOGIN = f"<login><apiKey>{API_KEY}</apiKey><orgId>{ORG_ID}</orgId></login>"


def enveloped(inside: str) -> bytes:
    text = f'<s:Envelope xmlns:s="{ENVELOPE}"><s:Header/><s:Body>{inside}</s:Body></s:Envelope>'
    return text.encode()


def request(method: str, inside: str = "", namespace: str = NEON) -> bytes:
    return enveloped(f'<n:{method}Request xmlns:n="{namespace}">{inside}</n:{method}Request>')


async def post(api: Caller, service: str, body: bytes) -> httpx.Response:
    services = str(api.http.base_url).removesuffix("api/")
    return await api.http.post(f"{services}{service}", content=body)


async def ask(api: Caller, method: str, inside: str, service: str = "AccountService") -> Any:
    """The message that answers another, in the session of the caller."""
    session = f"<userSessionId>{api.session_id}</userSessionId>"
    response = await post(api, service, request(method, session + inside))
    assert (200, "text/xml; charset=utf-8") == (
        response.status_code,
        response.headers["Content-Type"],
    )
    return message_of(response.content)


async def refused(api: Caller, body: bytes, service: str = "AccountService") -> str:
    """The text of a fault of the client."""
    response = await post(api, service, body)
    found = message_of(response.content)
    assert (500, f"{{{ENVELOPE}}}Fault") == (response.status_code, found.tag)
    assert "soap:Client" == found.findtext("faultcode")
    return found.findtext("faultstring") or ""


async def test_replies_are_valid(api: Caller, emulator: Emulator) -> None:
    """Elements stand in the schema's order, and have the spelling of their types."""
    number = emulator.account_ids()[0]
    since = "<syncAccountTimeFrom>2000-01-01T00:00:00Z</syncAccountTimeFrom>"
    page = await ask(api, "syncAccounts", f"{since}<page><pageSize>40</pageSize></page>")
    one = await ask(api, "retrieveIndividualAccount", f"<accountId>{number}</accountId>")
    fail = await ask(api, "retrieveOrganizationAccount", "<accountId>1</accountId>")

    for message in (page, one, fail):
        schema().assertValid(message)
    assert str(number) == one.findtext("IndividualAccount/accountId")
    assert {"Home", "Work", "Mobile"} >= {found.text for found in page.iter("phone1Type")}
    assert all((found.text or "").endswith("-05:00") for found in page.iter("dob"))
    assert ("FAIL", "10132") == (
        fail.findtext("operationResult"),
        fail.findtext("errors/error/errorCode"),
    )


async def test_messages_are_logged_as_forms_are(api: Caller, emulator: Emulator) -> None:
    """Names are those of REST, and secrets are masked."""
    await post(api, "CommonService", request("login", LOGIN))
    entry = emulator.requests[-1]

    assert "login" == entry.method
    assert (("login.apiKey", "***"), ("login.orgid", ORG_ID)) == entry.params
    assert () == entry.unknown_params


async def test_lenient_reading(api: Caller, emulator: Emulator) -> None:
    """By default any order and unknown elements are accepted, as over REST."""
    number = emulator.account_ids()[0]
    reply = await ask(api, "retrieveIndividualAccount", f"<x/><accountId>{number}</accountId>")

    assert "SUCCESS" == reply.findtext("operationResult")
    assert ("x",) == emulator.requests[-1].unknown_params


ACCOUNT = "<individualAccount><accountId>1</accountId><primaryContact>{}</primaryContact>{}"


@pytest.mark.parametrize(
    ("inside", "problem"),
    [
        ("", "lacks individualAccount"),
        (ACCOUNT.format("<x/>", "</individualAccount>"), "unknown or out of order"),
        (
            ACCOUNT.format(
                "<lastName>b</lastName><firstName>a</firstName>", "</individualAccount>"
            ),
            "unknown or out of order",
        ),
        (ACCOUNT.format("<dob></dob>", "</individualAccount>"), "dob is not of the type date"),
        (ACCOUNT.format("<dob>1985-13-10</dob>", "</individualAccount>"), "dob is not"),
        (ACCOUNT.format("<deceased>no</deceased>", "</individualAccount>"), "deceased is not"),
        (ACCOUNT.format("<phone1Type/>", "</individualAccount>"), "phone1Type is not"),
        (ACCOUNT.format("<contactId>x</contactId>", "</individualAccount>"), "contactId is not"),
        (ACCOUNT.format("<firstName><a/></firstName>", "</individualAccount>"), "firstName is not"),
        (
            ACCOUNT.format('<dob xmlns="urn:x">1985-10-13</dob>', "</individualAccount>"),
            "dob must have no namespace",
        ),
    ],
)
async def test_strict_reading(inside: str, problem: str, api: Caller, emulator: Emulator) -> None:
    """What is not valid is a fault where the emulator is told to be strict."""
    emulator.quirks = Quirks(strict_soap=True)

    assert problem in await refused(api, request("updateIndividualAccount", inside))


@pytest.mark.parametrize(
    ("body", "problem"),
    [
        (b"", "not well-formed"),
        (b"<a>", "not well-formed"),
        (b"<a/>", "one Envelope"),
        (f'<Envelope xmlns="{ENVELOPE}"/>'.encode(), "one Body"),
        (enveloped(""), "one message"),
        (request("listStates", "", "urn:x"), "one message"),
        (enveloped(f'<listStates xmlns="{NEON}"/>'), "no such message"),
        (request("retrieveDuplicateMergeHistory"), "no such message"),
        (request("login", LOGIN), "no such message"),
        (b"<!DOCTYPE a []><a/>", "document type"),
        (request("listStates", "<a>" * 40 + "</a>" * 40), "nested too deeply"),
    ],
)
async def test_what_is_no_message(body: bytes, problem: str, api: Caller) -> None:
    """It is a fault of the client, in words that quote nothing."""
    assert problem in await refused(api, body)


@pytest.mark.parametrize("service", ["AccountService", "CommonService"])
async def test_description(service: str, api: Caller) -> None:
    """The WSDL names all ports, and its schema is one that others can use."""
    services = str(api.http.base_url).removesuffix("api/")
    wsdl = etree.fromstring((await api.http.get(f"{services}{service}?wsdl")).content)
    parts = {
        name: (await api.http.get(f"{services}{service}?{name}")).content
        for name in ("xsd", "xsd=common", "xsd=account")
    }

    class Local(etree.Resolver):
        def resolve(self, system_url: str, public_id: str, context: Any = None) -> Any:
            del public_id
            part = parts[system_url.partition("?")[2]]
            return self.resolve_string(part, context, base_url=system_url)

    parser = etree.XMLParser()
    parser.resolvers.add(Local())
    served = etree.XMLSchema(etree.fromstring(parts["xsd"], parser))
    addresses = [found.get("location") for found in wsdl.iter("{*}address")]

    for name in ("updateIndividualAccount-request", "createOrganizationAccount-request"):
        served.assertValid(message_of(sample(name)))
    assert f"{services}{service}" == addresses[0]
    assert {f"{services}{name}Service" for name in ("Account", "Common")} <= set(addresses)


@pytest.mark.parametrize(("query", "status"), [("", 404), ("?xsd=other", 404), ("?WSDL", 200)])
async def test_other_questions(query: str, status: int, api: Caller) -> None:
    """A service answers to nothing else, and to `?WSDL` in any case."""
    services = str(api.http.base_url).removesuffix("api/")

    assert status == (await api.http.get(f"{services}AccountService{query}")).status_code


async def test_service_without_methods(api: Caller) -> None:
    """There is a service only where there are methods."""
    assert 404 == (await post(api, "StoreService", request("listCatalogs"))).status_code


async def test_faults_of_a_script(api: Caller, emulator: Emulator) -> None:
    """What a test scripts happens to messages, too; a FAIL is one in XML."""
    emulator.fail_next(code=5, headers={"X-Fake": "1"})
    fail = await post(api, "AccountService", request("listStates"))
    emulator.fail_next(status=503)
    unavailable = await post(api, "AccountService", request("listStates"))
    emulator.remove_method("listStates")
    removed = await post(api, "AccountService", request("listStates"))

    assert "5" == message_of(fail.content).findtext("errors/error/errorCode")
    assert "1" == fail.headers["X-Fake"]
    assert (503, 404) == (unavailable.status_code, removed.status_code)


async def test_planted_records(api: Caller, emulator: Emulator) -> None:
    """What no schema knows is written as it is, but for names that are none in XML."""
    odd = {"a": {"b": [1, None]}, "1 <": "x", "url": "\x0b\ud800<&>\r", "noSolicitation": "odd"}
    emulator.add_method("account/retrieveIndividualAccount", {"individualAccount": odd})
    response = await post(
        api,
        "AccountService",
        request("retrieveIndividualAccount", f"<userSessionId>{api.session_id}</userSessionId>"),
    )

    assert (
        b"<IndividualAccount><noSolicitation>odd</noSolicitation><url>\x0b?&lt;&amp;&gt;&#13;</url>"
        b"<a><b>1</b></a></IndividualAccount>"
    ) in response.content


async def test_methods_of_a_test_without_a_schema(api: Caller, emulator: Emulator) -> None:
    """A method that the schema lacks is served over REST only."""
    emulator.add_method("account/listHouseHolds", {"houseHolds": {}})

    assert "no such message" in await refused(api, request("listHouseHolds"))


@pytest.mark.parametrize("spelled", ["XML", "xml"])
async def test_xml_over_rest(spelled: str, api: Caller) -> None:
    """With `responseType=XML` the message stands without an envelope."""
    response = await api.post("account/listGenders", ("responseType", spelled))
    root = etree.fromstring(response.content)

    assert f"{{{NEON}}}listGendersResponse" == root.tag
    assert "SUCCESS" == root.findtext("operationResult")
    assert "Female" in [found.text for found in root.iter("name")]


async def test_xml_of_what_is_no_envelope(api: Caller, emulator: Emulator) -> None:
    """A page of HTML stays one."""
    emulator.fail_next(status=500)

    assert b"<html>" in (await api.post("account/listGenders", ("responseType", "XML"))).content


async def test_client_that_goes_away(emulator: Emulator) -> None:
    """A message that never ends to arrive is answered to nobody."""
    sent: list[Any] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/neonws/services/AccountService",
        "raw_path": b"",
        "query_string": b"",
        "headers": [],
    }

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(event: Any) -> None:
        sent.append(event)

    await emulator(scope, receive, send)

    assert 400 == sent[0]["status"]
