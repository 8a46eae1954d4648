"""From the XML of a reply to the JSON of the same reply over REST."""

import codecs
from typing import Any

import orjson
import pytest

from neon_async import structure, unstructure
from neon_async.models import AccountsPage, IndividualAccount
from neon_async.soap.replies import FaultError, ReplyError, read_reply
from neon_async.soap.types import find_method
from tests.support.soap_schema import ENVELOPE, NEON, message_of, sample, schema

RETRIEVED = "account/retrieveIndividualAccount"


def enveloped(body: str) -> bytes:
    text = f'<soap:Envelope xmlns:soap="{ENVELOPE}"><soap:Body>{body}</soap:Body></soap:Envelope>'
    return text.encode()


def message(path: str, inside: str) -> bytes:
    """A reply with a message that has this inside."""
    name = f"{path.rpartition('/')[2]}Response"
    return enveloped(f'<ns2:{name} xmlns:ns2="{NEON}">{inside}</ns2:{name}>')


async def read(path: str, body: bytes) -> Any:
    """The JSON below the root key."""
    method = find_method(path)
    assert method is not None
    (payload,) = (await read_reply(body, method)).values()
    return payload


async def account(inside: str) -> Any:
    """The JSON of an individual account with this inside."""
    body = message(RETRIEVED, f"<IndividualAccount>{inside}</IndividualAccount>")
    return (await read(RETRIEVED, body))["individualAccount"]


async def test_page_of_accounts() -> None:
    """Numbers and truth values have their types, text stays text, and lists are lists."""
    page = await read("account/syncAccounts", sample("syncAccounts-response"))

    assert page == {
        "operationResult": "SUCCESS",
        "responseDateTime": "2014-04-10T15:54:38.506+08:00",
        "individualAccounts": {
            "individualAccount": [
                {
                    "lastModifiedDateTime": "2014-05-07T00:00:00.000+08:00",
                    "lastModifiedBy": "Sam Example ",
                    "accountId": 126240,
                    "primaryContact": {
                        "contactId": 127891,
                        "firstName": "Robin",
                        "lastName": "Example",
                        "middleName": "",
                        "dob": "1988-10-16-05:00",
                        "deceased": False,
                        "addresses": {"address": []},
                    },
                    "noSolicitation": False,
                    "customFieldDataList": {"customFieldData": []},
                    "source": {},
                    "individualTypes": {"individualType": []},
                }
            ]
        },
        "organizationAccounts": {"organizationAccount": []},
        "deletedAccountList": {"accountId": [126199]},
        "page": {"currentPage": 1, "pageSize": 200, "totalPage": 1, "totalResults": 1},
    }
    models = structure(page, AccountsPage)
    assert (126240, [126199]) == (models.accounts[0].id, models.deleted_account_ids)


@pytest.mark.parametrize(
    "name", [f"{name}-response" for name in ("login", "updateIndividualAccount", "syncAccounts")]
)
async def test_samples(name: str) -> None:
    """The samples are valid, and say SUCCESS."""
    path = {"login": "common/login"}.get(
        name.partition("-")[0], f"account/{name.partition('-')[0]}"
    )
    body = sample(name)
    bare = body if body.startswith(b"<ns2") else None
    schema().assertValid(message_of(enveloped(body.decode()) if bare else body))

    assert "SUCCESS" == (await read(path, body))["operationResult"]


async def test_refusal() -> None:
    """A FAIL has its errors as a list, and their codes as text."""
    refused = await read(
        "account/createOrganizationAccount", sample("createOrganizationAccount-refused")
    )

    assert ["10050"] == [error["errorCode"] for error in refused["errors"]["error"]]


async def test_reply_of_the_reference_page() -> None:
    """Tags in lower case, as a page shows them, are read as they are meant."""
    body = (
        f'<soap:envelope xmlns:soap="{ENVELOPE}"><soap:body><ns2:updateindividualaccountresponse '
        f'xmlns:ns2="{NEON}"><operationresult>SUCCESS</operationresult><accountid>5643</accountid>'
        "</ns2:updateindividualaccountresponse></soap:body></soap:envelope>"
    )

    assert {"operationResult": "SUCCESS", "accountId": 5643} == await read(
        "account/updateIndividualAccount", body.encode()
    )


async def test_account_is_what_it_is_over_rest() -> None:
    """A retrieved account, whose element begins with a capital, is the account of the JSON."""
    found = structure(
        await account(
            "<accountId>1</accountId><primaryContact><phone1>0422938473</phone1>"
            "<phone1Type>Mobile</phone1Type><dob>1985-10-13-05:00</dob><addresses><address>"
            "<isPrimaryAddress>1</isPrimaryAddress><zipCode>05448</zipCode></address></addresses>"
            "</primaryContact>"
        ),
        IndividualAccount,
    )

    assert {
        "accountId": 1,
        "primaryContact": {
            "phone1": "0422938473",
            "phone1Type": "MOBILE",
            "dob": "1985-10-13",
            "addresses": {"address": [{"isPrimaryAddress": True, "zipCode": "05448"}]},
        },
    } == unstructure(found)
    assert () == tuple(found.oddities)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("<accountId>x1</accountId>", {"accountId": "x1"}),
        ("<accountId> 7\n</accountId>", {"accountId": 7}),
        ("<noSolicitation>maybe</noSolicitation>", {"noSolicitation": "maybe"}),
        ("<nickname>Rob</nickname>", {"nickname": "Rob"}),
        ("<tags><tag>a</tag><tag>b</tag><tag>c</tag></tags>", {"tags": {"tag": ["a", "b", "c"]}}),
        ("<url><a>b</a></url>", {"url": {"a": "b"}}),
        ("<source>text</source>", {"source": "text"}),
        ("<url>a</url><url>b</url>", {"url": ["a", "b"]}),
        ("<url>a<!-- b -->c<![CDATA[<&]]></url>", {"url": "ac<&"}),
    ],
)
async def test_odd_and_unknown_elements(inside: str, expected: dict[str, Any]) -> None:
    """What does not fit, and what nobody knows, stays what it is."""
    assert expected == await account(inside)


async def test_nil_is_absent() -> None:
    """An element that says that it is nothing is none."""
    xsi = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'

    assert {} == await account(f'<url {xsi} xsi:nil="true"/><login {xsi} xsi:nil="1"/>')


@pytest.mark.parametrize(
    ("text", "expected"),
    [("50.0", 50.0), ("-1.5E10", -1.5e10), ("7", 7.0), ("NaN", "NaN"), ("INF", "INF")],
)
async def test_fees(text: str, expected: object) -> None:
    """A fee is a number; what JSON can't hold stays text."""
    path = "membership/listMembershipHistory"
    fee = f"<membershipResult><fee>{text}</fee></membershipResult>"
    history = await read(path, message(path, f"<membershipResults>{fee}</membershipResults>"))

    assert {"membershipResults": {"membershipResult": [{"fee": expected}]}} == history


async def test_message_without_an_ending() -> None:
    """Some replies have no ending in JSON; should their XML have none, it is read as well."""
    body = enveloped(f'<n:listEvents xmlns:n="{NEON}"><page/></n:listEvents>')

    assert {"page": {}} == await read("event/listEvents", body)


async def test_empty_message() -> None:
    """A message without anything inside is an empty object."""
    assert {} == await read("common/logout", message("common/logout", ""))


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("<faultcode>soap:Client</faultcode><faultstring>secret</faultstring>", "Client"),
        ("<faultcode>Client.Authentication</faultcode>", "Client"),
        ("<faultcode>\n soap:Server </faultcode><detail><a>secret</a></detail>", "Server"),
        ("<faultstring>secret</faultstring>", "Server"),
        ("", "Server"),
    ],
)
async def test_faults(fault: str, code: str) -> None:
    """Of a fault only the first part of its code is kept."""
    body = enveloped(f"<soap:Fault>{fault}</soap:Fault>")
    with pytest.raises(FaultError) as caught:
        await read(RETRIEVED, body)

    assert (code, (code,)) == (caught.value.code, caught.value.args)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "blank \\(0 bytes"),
        (b"<html><body>secret</body>", "HTML, not XML"),
        (codecs.BOM_UTF8 + b"<!DOCTYPE html><p>secret", "a document type"),
        (b"secret", "not XML"),
        (b'{"a": 1}', "not XML"),
        (b"<a>secret</b>", "XML that is not well-formed \\(\\d+ bytes, wrong at byte \\d+"),
        (b'<?xml version="1.0" encoding="secret"?><a/>', "XML that is not well-formed"),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "a document type"),
        (enveloped(""), "no retrieveIndividualAccountResponse"),
        (enveloped("<other/>"), "no retrieveIndividualAccountResponse"),
        (b"<other>secret</other>", "no retrieveIndividualAccountResponse"),
        (message("account/retrieveOrganizationAccount", ""), "no retrieveIndividualAccount"),
        (message(RETRIEVED, "secret"), "no retrieveIndividualAccountResponse"),
    ],
)
async def test_no_message(body: bytes, reason: str) -> None:
    """The reason says what came instead, and quotes nothing of it."""
    with pytest.raises(ReplyError, match=reason) as caught:
        await read(RETRIEVED, body)

    assert "secret" not in str(caught.value)
    assert not caught.value.out_of_bounds


async def test_depth_is_bounded() -> None:
    """A reply that is nested too deeply is out of bounds."""
    with pytest.raises(ReplyError) as caught:
        await account("<a>" * 40 + "</a>" * 40)

    assert caught.value.out_of_bounds


async def test_elements_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """So is one of too many elements."""
    monkeypatch.setattr("neon_async.soap.replies._MOST_ELEMENTS", 100)
    with pytest.raises(ReplyError) as caught:
        await account("<url/>" * 200)

    assert caught.value.out_of_bounds


async def test_large_replies_are_read_in_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices may end within a character; what they hold is the same."""
    expected = orjson.loads(orjson.dumps(await account("<url>Grüße</url>")))
    monkeypatch.setattr("neon_async.soap.replies._SLICE", 7)

    assert {"url": "Grüße"} == expected == await account("<url>Grüße</url>")
