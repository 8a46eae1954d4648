"""The models in pydantic, and their schemas in OpenAPI."""

from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
import pytest
from fastapi import Body, FastAPI
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from pydantic import TypeAdapter

import neon_async
from neon_async import AccountsPage, ActivitiesPage, unstructure
from neon_async.emulator import Emulator
from neon_async.models._base import Model

MODELS = [
    found
    for found in vars(neon_async).values()
    if isinstance(found, type) and issubclass(found, Model)
]
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


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
