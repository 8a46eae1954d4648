"""The WSDL of the SOAP services and the schema behind it, written from the schema's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from neon_async.emulator._wire.soap_schema import (
    ACCOUNT,
    COMMON,
    ENUMERATIONS,
    MESSAGES,
    SIMPLE,
    message,
    types,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from neon_async.emulator._wire.soap_schema import Parts, SchemaPart, Type

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
_XS = "http://www.w3.org/2001/XMLSchema"
_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
_HTTP = "http://schemas.xmlsoap.org/soap/http"
_PREFIXES = {MESSAGES: "neon", COMMON: "common", ACCOUNT: "account"}
SCHEMAS = {"": MESSAGES, "common": COMMON, "account": ACCOUNT}
"""Values of `?xsd=` → the namespace of that schema."""


def service_name(section: str) -> str:
    """Return the last part of a service's address."""
    return f"{section.capitalize()}Service"


def wsdl(services: str, sections: Mapping[str, Sequence[str]]) -> str:
    """Return the WSDL: one service, with a port for each section.

    Args:
        services: the address of the services, with a slash at its end.
        sections: section → its paths; the first is the port that was asked for.
    """
    return _DECLARATION + "".join(_definitions(services, sections))


def _definitions(services: str, sections: Mapping[str, Sequence[str]]) -> Iterator[str]:
    yield (
        f'<wsdl:definitions name="Neonws" targetNamespace="{MESSAGES}" xmlns:neon="{MESSAGES}"'
        f' xmlns:wsdl="{_WSDL}" xmlns:soap="{_SOAP}" xmlns:xs="{_XS}"><wsdl:types><xs:schema>'
        f'<xs:import namespace="{MESSAGES}" schemaLocation="{_location(services, "")}"/>'
        "</xs:schema></wsdl:types>"
    )
    names = [path.partition("/")[2] for paths in sections.values() for path in paths]
    for name in names:
        for kind in ("request", "response"):
            element = f"{name}{kind.capitalize()}"
            yield (
                f'<wsdl:message name="{element}">'
                f'<wsdl:part name="{kind}" element="neon:{element}"/></wsdl:message>'
            )
    for section, paths in sections.items():
        yield from _port_type(f"{section.capitalize()}Port", paths)
    for section, paths in sections.items():
        yield from _binding(f"{section.capitalize()}Port", paths)
    yield '<wsdl:service name="Neonws">'
    for section in sections:
        port = f"{section.capitalize()}Port"
        yield (
            f'<wsdl:port name="{port}" binding="neon:{port}Binding">'
            f'<soap:address location="{services}{service_name(section)}"/></wsdl:port>'
        )
    yield "</wsdl:service></wsdl:definitions>"


def _port_type(port: str, paths: Iterable[str]) -> Iterator[str]:
    yield f'<wsdl:portType name="{port}">'
    for name in (path.partition("/")[2] for path in paths):
        yield (
            f'<wsdl:operation name="{name}"><wsdl:input message="neon:{name}Request"/>'
            f'<wsdl:output message="neon:{name}Response"/></wsdl:operation>'
        )
    yield "</wsdl:portType>"


def _binding(port: str, paths: Iterable[str]) -> Iterator[str]:
    yield (
        f'<wsdl:binding name="{port}Binding" type="neon:{port}">'
        f'<soap:binding style="document" transport="{_HTTP}"/>'
    )
    for name in (path.partition("/")[2] for path in paths):
        yield (
            f'<wsdl:operation name="{name}"><soap:operation soapAction="" style="document"/>'
            '<wsdl:input><soap:body use="literal"/></wsdl:input>'
            '<wsdl:output><soap:body use="literal"/></wsdl:output></wsdl:operation>'
        )
    yield "</wsdl:binding>"


def schema(services: str, namespace: str, paths: Iterable[str]) -> str:
    """Return the schema of one namespace.

    Args:
        services: the address of the services, with a slash at its end.
        namespace: the namespace.
        paths: the methods whose messages there are.
    """
    return _DECLARATION + "".join(_schema(services, namespace, paths))


def _schema(services: str, namespace: str, paths: Iterable[str]) -> Iterator[str]:
    prefixes = " ".join(f'xmlns:{prefix}="{name}"' for name, prefix in _PREFIXES.items())
    yield f'<xs:schema xmlns:xs="{_XS}" {prefixes} targetNamespace="{namespace}">'
    for short, other in SCHEMAS.items():
        if other not in {namespace, MESSAGES}:
            location = _location(services, short)
            yield f'<xs:import namespace="{other}" schemaLocation="{location}"/>'
    if namespace == MESSAGES:
        for path in paths:
            yield from _messages(path)
    else:
        yield from _types(namespace)
    yield "</xs:schema>"


def _location(services: str, short: str) -> str:
    return f"{services}CommonService?xsd={short}".removesuffix("=")


def _messages(path: str) -> Iterator[str]:
    for ending, parts in zip(("Request", "Response"), message(path) or (), strict=False):
        yield f'<xs:element name="{path.partition("/")[2]}{ending}"><xs:complexType>'
        yield from _sequence(parts)
        yield "</xs:complexType></xs:element>"


def _types(namespace: str) -> Iterator[str]:
    for name, (home, values) in ENUMERATIONS.items():
        if home == namespace:
            yield f'<xs:simpleType name="{name}"><xs:restriction base="xs:string">'
            yield from (f'<xs:enumeration value="{value}"/>' for value in values)
            yield "</xs:restriction></xs:simpleType>"
    for name, kind in types().items():
        if kind.namespace == namespace:
            yield f'<xs:complexType name="{name}">'
            yield from _content(kind)
            yield "</xs:complexType>"


def _content(kind: Type) -> Iterator[str]:
    if kind.base:
        yield f'<xs:complexContent><xs:extension base="{_qualified(kind.base)}">'
        yield from _sequence(kind.own)
        yield "</xs:extension></xs:complexContent>"
    else:
        yield from _sequence(kind.own)


def _sequence(parts: Parts) -> Iterator[str]:
    yield "<xs:sequence>"
    yield from map(_element, parts)
    yield "</xs:sequence>"


def _element(part: SchemaPart) -> str:
    least = ' minOccurs="0"' if part.optional or part.repeated else ""
    most = ' maxOccurs="unbounded"' if part.repeated else ""
    return f'<xs:element name="{part.name}" type="{_qualified(part.kind)}"{least}{most}/>'


def _qualified(kind: str) -> str:
    if kind in SIMPLE:
        return f"xs:{kind}"
    home = ENUMERATIONS[kind][0] if kind in ENUMERATIONS else types()[kind].namespace
    return f"{_PREFIXES[home]}:{kind}"
