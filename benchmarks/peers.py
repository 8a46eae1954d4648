"""The same accounts in other libraries, each with every documented field.

They get every advantage: attributes spelled as on the wire, text and not enumerations, and strict
types, which the real replies of v1 do not keep to.
"""

from __future__ import annotations

import dataclasses
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, get_args, get_origin

import attrs

from neon_async._wire.fields import wire_fields
from neon_async.models import IndividualAccount, Model, PageInfo

if TYPE_CHECKING:
    from collections.abc import Callable

    # From a class's name and its fields, by wire name, to a class.
    Make = Callable[[str, dict[str, Any]], Any]

_SCALARS = {int, bool, datetime, date}


def envelope(make: Make) -> Any:
    """Build the classes of one library, from the leaves to the whole reply."""
    account = _class(IndividualAccount, make)
    wrapped = make("Accounts", {"individualAccount": list[account]})  # type: ignore[valid-type]
    reply = make("HttpReply", {"individualAccounts": wrapped, "page": _class(PageInfo, make)})
    return make("Envelope", {"syncAccountsResponse": reply})


def _class(cls: type[Any], make: Make) -> Any:
    fields: dict[str, Any] = {}
    for field in wire_fields(cls):
        if field.wire not in {"confirmDelete", "password", "sortColumn", "sortDirection"}:
            fields[field.wire] = _type(field, make)
    return make(cls.__name__, fields)


def _type(field: Any, make: Make) -> Any:
    target = field.types[0]
    if get_origin(target) is list:
        member = _class(get_args(target)[0], make)
        return make(f"{field.wire}List", {field.item: list[member]})  # type: ignore[valid-type]
    if issubclass(target, Model):
        return _class(target, make)
    return target if target in _SCALARS else str


def pydantic_decoder() -> Callable[[bytes], list[Any]]:
    """Return pydantic's decoder, from bytes to accounts."""
    import pydantic

    def make(name: str, fields: dict[str, Any]) -> Any:
        optional: dict[str, Any] = {key: (kind | None, None) for key, kind in fields.items()}
        return pydantic.create_model(name, **optional)

    whole = envelope(make)

    def decode(body: bytes) -> list[Any]:
        reply = whole.model_validate_json(body).syncAccountsResponse
        accounts: list[Any] = reply.individualAccounts.individualAccount
        return accounts

    return decode


def msgspec_decoder() -> Callable[[bytes], list[Any]]:
    """Return msgspec's decoder, which parses JSON straight into its structs."""
    import msgspec

    def make(name: str, fields: dict[str, Any]) -> Any:
        return msgspec.defstruct(name, [(key, kind | None, None) for key, kind in fields.items()])

    decoder = msgspec.json.Decoder(envelope(make))

    def decode(body: bytes) -> list[Any]:
        reply = decoder.decode(body).syncAccountsResponse
        accounts: list[Any] = reply.individualAccounts.individualAccount
        return accounts

    return decode


def mashumaro_decoder() -> Callable[[bytes], list[Any]]:
    """Return mashumaro's decoder over orjson."""
    from mashumaro.codecs.orjson import ORJSONDecoder

    def make(name: str, fields: dict[str, Any]) -> Any:
        optional = [
            (key, kind | None, dataclasses.field(default=None)) for key, kind in fields.items()
        ]
        return dataclasses.make_dataclass(name, optional, slots=True)

    decoder = ORJSONDecoder(envelope(make))

    def decode(body: bytes) -> list[Any]:
        reply = decoder.decode(body).syncAccountsResponse
        accounts: list[Any] = reply.individualAccounts.individualAccount
        return accounts

    return decode


def cattrs_decoder(*, optional: bool) -> Callable[[bytes], list[Any]]:
    """Return the decoder of cattrs as it is, over orjson.

    Args:
        optional: whether fields may be missing or null, as those of v1 may.
    """
    from cattrs.preconf.orjson import make_converter

    def make(name: str, fields: dict[str, Any]) -> Any:
        return attrs.make_class(
            name,
            {
                key: attrs.field(type=kind | None, default=None)
                if optional
                else attrs.field(type=kind)
                for key, kind in fields.items()
            },
            slots=True,
        )

    converter = make_converter()
    whole = envelope(make)

    def decode(body: bytes) -> list[Any]:
        reply = converter.loads(body, whole).syncAccountsResponse
        accounts: list[Any] = reply.individualAccounts.individualAccount
        return accounts

    return decode


def cattrs_encoder() -> Callable[[list[Any]], bytes]:
    """Return cattrs as it is, from this package's accounts to JSON, over orjson."""
    from cattrs.preconf.orjson import make_converter

    converter = make_converter()
    return converter.dumps
