"""The SOAP services beside the REST methods, with their WSDL and their schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.requests import ClientDisconnect
from starlette.responses import Response

from neon_async.emulator._server.replies import Envelope
from neon_async.emulator._wire.soap import UnreadableError, document, envelope, fault, read_request
from neon_async.emulator._wire.soap_schema import message
from neon_async.emulator._wire.wsdl import SCHEMAS, schema, service_name, wsdl

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request

    from neon_async.emulator._methods.table import ApiMethod
    from neon_async.emulator._wire.messages import Pairs

    Handle = Callable[[str, Pairs, str], Awaitable[Response]]

_XML = "text/xml; charset=utf-8"
_UNREADABLE = 500  # what SOAP 1.1 asks for
_NOT_FOUND = 404


def section_of(path: str, methods: Mapping[str, ApiMethod]) -> str | None:
    """Return the section whose service has this path, if it has any method."""
    name = path.removeprefix("neonws/services/")
    section = name.removesuffix("Service").lower()
    return section if name == service_name(section) and section in _sections(methods) else None


def _sections(methods: Mapping[str, ApiMethod]) -> dict[str, list[str]]:
    """Return the sections with the paths of their methods, as far as the schema has them."""
    sections: dict[str, list[str]] = {}
    for path in sorted(methods):
        if message(path) is not None:
            sections.setdefault(path.partition("/")[0], []).append(path)
    return sections


async def answer(
    request: Request,
    section: str,
    methods: Mapping[str, ApiMethod],
    handle: Handle,
    *,
    strict: bool,
) -> Response:
    """Answer a request to a service.

    Args:
        request: a message, or a GET that asks for `?wsdl` or `?xsd`.
        section: the service's section.
        methods: the methods by path.
        handle: answers a request for a method.
        strict: whether messages must be valid against the schema.
    """
    if request.method == "GET":
        return _description(request, section, _sections(methods))
    try:
        path, pairs = read_request(await request.body(), section, strict=strict)
    except ClientDisconnect:
        return Response(status_code=400)
    except UnreadableError as error:
        return Response(fault("Client", str(error)), _UNREADABLE, media_type=_XML)
    known = methods.get(path)
    response = await handle(path, pairs if known is None else _named(pairs, known), "POST")
    if isinstance(response, Envelope):
        return response.written(envelope(response.reply), _XML)
    return response


def _named(pairs: Pairs, method: ApiMethod) -> Pairs:
    """Name the parameters as REST does: it differs in the case of some."""
    names = {parameter.name.lower(): parameter.name for parameter in method.parameters}
    return [(names.get(name.lower(), name), value) for name, value in pairs]


def _description(request: Request, section: str, sections: Mapping[str, Sequence[str]]) -> Response:
    services = str(request.url.replace(query="", fragment="")).removesuffix(service_name(section))
    query = {name.lower(): value for name, value in request.query_params.items()}
    own_first = {section: sections[section]} | dict(sections)
    namespace = SCHEMAS.get(query.get("xsd", "none"))
    if "wsdl" in query:
        text = wsdl(services, own_first)
    elif namespace is not None:
        paths = [path for paths in own_first.values() for path in paths]
        text = schema(services, namespace, paths)
    else:
        return Response("Ask for ?wsdl or ?xsd.", _NOT_FOUND, media_type="text/plain")
    return Response(text, media_type=_XML)


def as_xml(response: Response) -> Response:
    """Return a reply to `responseType=XML`."""
    if isinstance(response, Envelope):
        return response.written(document(response.reply), _XML)
    return response
