"""The OpenAPI document, and its page for people."""

import json
from html import unescape
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from neon_async.emulator import API_KEY, ORG_ID, Emulator
from neon_async.emulator._methods.table import METHODS

API = "/neonws/services/api"
FORM = "application/x-www-form-urlencoded"


def operation(document: Any, path: str) -> Any:
    return document["paths"][f"/{path}"]["post"]


def test_is_openapi(emulator: Emulator) -> None:
    """The document is valid, with and without methods that a test added."""
    before = emulator.openapi()
    emulator.add_method("account/listHouseHolds", {"houseHolds": {}})
    document = emulator.openapi()

    validate(document)
    # Without that path and its schemas it is the same document, which takes seconds to validate.
    assert document["paths"].pop("/account/listHouseHolds")
    schemas = document["components"]["schemas"]
    for name in schemas.keys() - before["components"]["schemas"].keys():
        del schemas[name]
    assert before == document


def test_has_every_method_and_parameter(emulator: Emulator) -> None:
    """It says what the emulator's own table says, once for each way of sending."""
    document = emulator.openapi()

    assert {f"/{path}" for path in METHODS} == document["paths"].keys()
    for method in METHODS.values():
        names = [parameter.name for parameter in method.parameters]
        form = document["components"]["schemas"][f"{method.name}Request"]
        query = document["paths"][f"/{method.path}"]["get"]["parameters"]
        assert names == list(form["properties"]) == [one["name"] for one in query]


def test_parameters_are_described(emulator: Emulator) -> None:
    """Types, choices, repetition and need are told."""
    form = emulator.openapi()["components"]["schemas"]["syncAccountsRequest"]

    assert ["userSessionId"] == form["required"]
    assert {"type": "array", "items": {"type": "integer"}} == {
        key: value
        for key, value in form["properties"]["accountIds.accountId"].items()
        if key != "description"
    }
    assert ["ASC", "DESC"] == form["properties"]["page.sortDirection"]["enum"]
    assert "date-time" == form["properties"]["syncAccountTimeFrom"]["format"]


async def test_replies_fit(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """What the emulator answers, success or failure, is what the document promises."""
    emulator.create_individual(primaryContact={"firstName": "Zed"})
    document = emulator.openapi()
    sent = {path: operation(document, path)["requestBody"]["content"][FORM] for path in METHODS}
    sent["common/login"]["example"] = {"login.apiKey": API_KEY, "login.orgid": ORG_ID}
    opened = await console.post(f"{API}/common/login", data=sent["common/login"]["example"])
    session = {"userSessionId": opened.json()["loginResponse"]["userSessionId"]}

    for path, method in METHODS.items():
        if path == "common/logout":
            continue
        wide = {"page.pageSize": "200"} if "sync" in method.name else {}
        good = await console.post(
            f"{API}/{path}", data={**sent[path]["example"], **session, **wide}
        )
        bad = await console.post(f"{API}/{path}", data={"responseType": "yaml"})
        schema = document["components"]["schemas"][method.root]
        whole = schema | {"components": document["components"]}
        for reply in (good, bad):
            Draft202012Validator(whole).validate(reply.json())
        assert "SUCCESS" == good.json()[method.root]["operationResult"], path
        assert "FAIL" == bad.json()[method.root]["operationResult"]
    called = {request.method for request in emulator.requests}
    assert {method.name for method in METHODS.values()} == called | {"logout"}


def test_examples_are_fixed(emulator: Emulator) -> None:
    """Examples come from the methods themselves, and are the same each time."""
    reply = operation(emulator.openapi(), "account/syncAccounts")["responses"]["200"]
    example = reply["content"]["application/json"]["examples"]["SUCCESS"]["value"]

    page = example["syncAccountsResponse"]["page"]
    assert {"currentPage": 1, "pageSize": 2, "totalPage": 32, "totalResults": 64} == page
    with Emulator(3, 3) as other:
        assert emulator.openapi() == other.openapi()


async def test_served_with_its_own_address(console: httpx.AsyncClient) -> None:
    """The served document leads back to where it came from."""
    document = (await console.get("/openapi.json")).json()

    assert [{"url": f"http://127.0.0.1:8100{API}"}] == document["servers"]


async def test_page(console: httpx.AsyncClient, emulator: Emulator) -> None:
    """The page shows each method with its parameters, an example and its codes."""
    emulator.add_method("account/listHouseHolds")

    page = unescape((await console.get("/docs")).text)

    document = emulator.openapi()
    for path in (*METHODS, "account/listHouseHolds"):
        described = operation(document, path)
        assert f"<h2>{described['operationId']}</h2>" in page
        for name in document["components"]["schemas"][f"{described['operationId']}Request"][
            "properties"
        ]:
            assert f"<code>{name}</code>" in page
        assert urlencode(described["requestBody"]["content"][FORM]["example"]) in page
        for error in described["x-error-codes"]:
            assert f"<dt>{error['code']}</dt><dd>{error['text']}</dd>" in page


@pytest.mark.parametrize("path", ["account/syncAccounts", "common/login"])
def test_examples_are_on_the_page_as_json(path: str, emulator: Emulator) -> None:
    """Every example can be written as JSON."""
    assert json.dumps(operation(emulator.openapi(), path))
