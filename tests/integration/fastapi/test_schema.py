"""The models in pydantic, and their schemas in OpenAPI."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import attrs
import orjson
import pytest
from fastapi import Body, FastAPI
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pydantic import TypeAdapter, ValidationError

import neon_async
from neon_async import (
    Account,
    AccountsPage,
    ActivitiesPage,
    Activity,
    CodeName,
    Contact,
    IndividualAccount,
    OrganizationAccount,
    SearchPage,
    SearchRow,
    structure,
    unstructure,
)
from neon_async.emulator import Emulator
from neon_async.fastapi import NeonClient, add_exception_handlers, current_client
from neon_async.models._base import Model
from tests.support import strategies
from tests.support.application_server import serving

MODELS = [
    found
    for found in vars(neon_async).values()
    if isinstance(found, type) and issubclass(found, Model)
]
ACCOUNTS: list[Any] = [IndividualAccount, OrganizationAccount]
CANARY = "canary.donor@example.org"
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def test_rows_of_a_search_are_only_written() -> None:
    """A page of a search can be a response, and is refused as a body: a row has lost its id."""
    adapter = TypeAdapter(SearchPage)
    page = SearchPage(rows=[SearchRow(1, (("Account ID", "1"),))])

    assert page is adapter.validate_python(page)
    assert unstructure(page) == adapter.dump_python(page)
    with pytest.raises(ValidationError, match="not read from"):
        adapter.validate_python(unstructure(page))


def test_openapi_document_is_valid() -> None:
    """All models together make a valid document, with a schema for each."""
    app = FastAPI()
    for model in MODELS:

        def endpoint(sent: Any) -> Any:
            return sent

        endpoint.__annotations__ = {"sent": Annotated[model, Body()], "return": model}
        app.post(f"/{model.__name__}")(endpoint)

    document = app.openapi()

    validate(document)
    described = {name.partition("-")[0] for name in document["components"]["schemas"]}
    assert {model.__name__ for model in MODELS} <= described


@pytest.mark.parametrize("page_type", [AccountsPage, ActivitiesPage])
async def test_records_are_what_their_schema_says(page_type: type[Any]) -> None:
    """The JSON of a page fits the schema of either direction, and is read back as the page."""
    adapter: TypeAdapter[Any] = TypeAdapter(page_type)
    with Emulator(accounts=200, activities=200) as emulator:
        emulator.delete_account(10005)
        async with emulator.client() as neon:
            walk = neon.sync_accounts if page_type is AccountsPage else neon.sync_activities
            page = await walk(time_from=LONG_AGO).first_page()

    dumped = adapter.dump_json(page)

    assert unstructure(page) == orjson.loads(dumped) == adapter.dump_python(page)
    assert page == adapter.validate_json(dumped)
    for schema in (adapter.json_schema(), adapter.json_schema(mode="serialization")):
        Draft202012Validator(schema).validate(orjson.loads(dumped))


def test_schema_names_what_is_there() -> None:
    """Dates have their format, enumerated texts stay open, and wrapped lists are wrapped."""
    schema = TypeAdapter(neon_async.Contact).json_schema()
    contact = schema["$defs"]["Contact"] if "$defs" in schema and "$ref" in schema else schema

    found = contact["properties"]

    assert ("string", "date") == (found["dob"]["type"], found["dob"]["format"])
    assert "string" == found["phone1Type"]["type"]
    assert {"address"} == set(found["addresses"]["properties"])
    assert {"$ref": "#/$defs/Address"} == found["addresses"]["properties"]["address"]["items"]


def located(cls: Any, value: Any) -> list[tuple[str | int, ...]]:
    """Return where the JSON value is not what the input schema of a class says."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(cls).validate_python(value)
    return [detail["loc"] for detail in caught.value.errors()]


UNKNOWN: dict[str, tuple[Any, tuple[str | int, ...]]] = {
    "root": ({"emial1": CANARY}, ("emial1",)),
    "object": ({"primaryContact": {"emial1": CANARY}}, ("primaryContact", "emial1")),
    "pair": ({"source": {"id": "1", "nmae": CANARY}}, ("source", "nmae")),
    "blank": ({"primaryContact": {"emial1": ""}}, ("primaryContact", "emial1")),
    "wrapper": (
        {"customFieldDataList": {"customField": []}},
        ("customFieldDataList", "customField"),
    ),
    "element": (
        {"primaryContact": {"addresses": {"address": [{"city": "Exampleton"}, {"cty": CANARY}]}}},
        ("primaryContact", "addresses", "address", 1, "cty"),
    ),
}
ODD: dict[str, tuple[Any, tuple[str | int, ...]]] = {
    "date": ({"primaryContact": {"dob": CANARY}}, ("primaryContact", "dob")),
    "zero": ({"primaryContact": {"dob": 0}}, ("primaryContact", "dob")),
    "timestamp": ({"lastModifiedDateTime": "2014-05-07T00:00:00"}, ("lastModifiedDateTime",)),
    "number": ({"accountId": CANARY}, ("accountId",)),
    "truth value": ({"noSolicitation": CANARY}, ("noSolicitation",)),
    "text": ({"url": [CANARY]}, ("url",)),
    "choice": ({"primaryContact": {"phone1Type": [CANARY]}}, ("primaryContact", "phone1Type")),
    "object": ({"primaryContact": CANARY}, ("primaryContact",)),
    "list": ({"customFieldDataList": [CANARY]}, ("customFieldDataList",)),
    "everything": (CANARY, ()),
}


@pytest.mark.parametrize("cls", ACCOUNTS)
@pytest.mark.parametrize(("value", "place"), UNKNOWN.values(), ids=UNKNOWN)
def test_unknown_fields_are_refused(value: Any, place: tuple[str | int, ...], cls: Any) -> None:
    """A field that is not documented is an error at its place, however deep it is."""
    assert [place] == located(cls, value)


@pytest.mark.parametrize("cls", ACCOUNTS)
@pytest.mark.parametrize(("value", "place"), ODD.values(), ids=ODD)
def test_odd_values_are_refused(value: Any, place: tuple[str | int, ...], cls: Any) -> None:
    """A value that does not fit its documented type is an error at its place."""
    assert [place] == located(cls, value)


@pytest.mark.parametrize(
    "value", [case for case, _ in (UNKNOWN | ODD).values()], ids=[*(UNKNOWN | ODD)]
)
def test_errors_do_not_quote_the_input(value: Any) -> None:
    """Neither the text of pydantic's error nor its parts hold what was sent."""
    for mode in ("validate_python", "validate_json"):
        sent = value if mode == "validate_python" else orjson.dumps(value)
        with pytest.raises(ValidationError) as caught:
            getattr(TypeAdapter(IndividualAccount), mode)(sent)

        error = caught.value
        shown = f"{error}{error!r}{error.errors()}{error.__context__!r}{error.__cause__!r}"
        assert "IndividualAccount" in str(error)
        assert "canary" not in shown


def test_what_stands_for_an_absent_value() -> None:
    """Null, a blank, and an empty array or object are as good as no value, as in replies."""
    blanks: dict[str, Any] = {
        "dob": None,
        "deceased": "",
        "gender": {},
        "addresses": [],
        "email1": None,
    }

    person = TypeAdapter(IndividualAccount).validate_python({"primaryContact": blanks})

    contact = Contact(addresses=[], gender=CodeName())
    assert IndividualAccount(primary_contact=contact) == person


def test_older_spellings_are_read() -> None:
    """Numbers for text, digits for numbers, and a date with an offset are taken as in replies."""
    sent = {"accountId": "7", "primaryContact": {"phone1": 5550100, "dob": "1988-10-16-05:00"}}

    read = TypeAdapter(IndividualAccount).validate_python(sent)

    assert structure(sent, IndividualAccount) == read


def extras(model: Any) -> Iterator[Any]:
    """Go through what a model and all models in it hold beyond documented fields."""
    yield from [model.extra] if model.extra else []
    for field in attrs.fields(type(model)):
        value = getattr(model, field.name)
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, Model):
                yield from extras(inner)


@given(st.one_of(*map(strategies.models, [*ACCOUNTS, Activity])))
def test_input_is_the_model_or_refused(model: Any) -> None:
    """What has documented fields only is read as `structure` reads it, and all else is refused."""
    cls, value = type(model), unstructure(model)
    unknown = [*extras(model)]

    if unknown:
        assert sum(map(len, unknown)) == len(located(cls, value))
    else:
        assert structure(value, cls) == TypeAdapter(cls).validate_python(value)
    assert model is TypeAdapter(cls).validate_python(model)
    assert value == TypeAdapter(cls).dump_python(model)


@given(st.sampled_from([*ACCOUNTS, Activity, Contact]), strategies.json)
def test_no_input_is_kept_unread(cls: Any, value: Any) -> None:
    """Whatever JSON is accepted, nothing of it is in an `extra`."""
    try:
        model = TypeAdapter(cls).validate_python(value)
    except ValidationError:
        return
    assert [] == [*extras(model)]


def test_both_kinds_of_accounts_are_told_apart() -> None:
    """Where either kind may come, the documented fields say which it is."""
    adapter: TypeAdapter[list[Account]] = TypeAdapter(list[Account])

    found = adapter.validate_python([{"organizationTypes": {}}, {"individualTypes": {}}])

    assert [OrganizationAccount, IndividualAccount] == [type(account) for account in found]


@pytest.mark.parametrize(("mode", "allowed"), [("validation", False), ("serialization", True)])
def test_schemas_say_whether_more_is_allowed(mode: Any, *, allowed: bool) -> None:
    """The schema of what comes in forbids unknown fields, that of what goes out allows them."""
    schema = TypeAdapter(IndividualAccount).json_schema(mode=mode)
    definitions = schema["$defs"]
    contact = definitions["Contact"]

    assert {allowed} == {entry["additionalProperties"] for entry in definitions.values()}
    assert allowed == contact["properties"]["addresses"]["additionalProperties"]


async def test_unknown_fields_go_out() -> None:
    """What a reply of NeonCRM holds beyond the documented fields is in the application's reply."""
    app = FastAPI()
    record = {"accountId": 7, "newField": {"a": [1]}, "primaryContact": {"newer": "x"}}

    @app.get("/")
    async def account() -> IndividualAccount:
        return structure(record, IndividualAccount)

    async with serving(app) as browser:
        assert record == (await browser.get("/")).json()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "record",
    [
        {"primaryContact": "Eagan"},
        {"primaryContact": {"dob": "0000-00-00", "contactId": 2**70, "gender": 5}},
        {"primaryContact": {"addresses": {"address": [{"startDate": 5, "country": "USA"}]}}},
        {"primaryContact": {"addresses": {"address": [{"city": "Akron"}, "x"]}}},
        {"customFieldDataList": "none", "login": {"username": {"a": 1}}},
    ],
)
async def test_odd_values_go_out(record: dict[str, Any]) -> None:
    """They are in the application's reply as they came, and in no warning of pydantic."""
    app = FastAPI()

    @app.get("/")
    async def accounts() -> list[Account]:
        return [structure({"accountId": 7} | record, IndividualAccount)]

    async with serving(app) as browser:
        assert [{"accountId": 7} | record] == (await browser.get("/")).json()


async def test_half_a_surrogate_pair_is_no_failure() -> None:
    """Pydantic can't write it: its place is marked, wherever it stands."""
    app = FastAPI()
    record = {"url": "M\ud83d", "new\udcfc": ["\udcfc", "ü"], "accountId": 7}

    @app.get("/")
    async def account() -> IndividualAccount:
        return structure(record, IndividualAccount)

    async with serving(app) as browser:
        reply = await browser.get("/")

    mark = "\N{REPLACEMENT CHARACTER}"
    assert {"url": f"M{mark}", f"new{mark}": [mark, "ü"], "accountId": 7} == reply.json()


@pytest.mark.parametrize("cls", ACCOUNTS)
async def test_a_misspelt_field_creates_nothing(cls: Any) -> None:
    """FastAPI answers 422 with the field's place, and nothing is sent to NeonCRM."""
    app = FastAPI()
    add_exception_handlers(app)

    async def create(neon: NeonClient, account: Any) -> int:
        raise AssertionError(neon, account)

    create.__annotations__["account"] = Annotated[cls, Body()]
    app.post("/")(create)

    emulator = Emulator(accounts=0, activities=0)
    body = {"primaryContact": {"firstName": "Typo", "lastName": "Example", "emial1": CANARY}}
    async with emulator.client() as neon, serving(app) as browser:
        app.dependency_overrides[current_client] = lambda: neon
        reply = await browser.post("/", json=body)

    (detail,) = reply.json()["detail"]
    assert (422, "extra_forbidden") == (reply.status_code, detail["type"])
    assert ["body", "primaryContact", "emial1"] == detail["loc"]
    assert "canary" not in reply.text
    assert [] == [*emulator.requests]
