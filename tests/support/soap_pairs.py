"""The form that says the same as the XML of a message, by simple means."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml import etree


def pairs_of(element: etree._Element, prefix: str = "") -> list[tuple[str, str]]:
    """The dotted names of all elements without children, with their text, in order.

    As in a form, members of a group all have the names that any of them has.
    """
    return list(_pairs(element, prefix))


def _pairs(element: etree._Element, prefix: str) -> Iterator[tuple[str, str]]:
    for tag in dict.fromkeys(child.tag for child in element):
        members = element.findall(tag)
        name = f"{prefix}{tag}"
        if not any(len(member) for member in members):
            yield from ((name, member.text or "") for member in members)
            continue
        groups = [pairs_of(member, f"{name}.") for member in members]
        if len(groups) == 1:
            yield from groups[0]
            continue
        names = dict.fromkeys(inner for group in groups for inner, _ in group)
        for group in groups:
            texts = dict(group)
            yield from ((inner, texts.get(inner, "")) for inner in names)
