"""Building Define-XML: elements with the prefixes that its root declares, in the order of their making."""

from collections.abc import Mapping
from xml.etree.ElementTree import Element, SubElement, indent, tostring

NAMESPACES = {
    "xmlns": "http://www.cdisc.org/ns/odm/v1.3",
    "xmlns:def": "http://www.cdisc.org/ns/def/v2.1",
    "xmlns:xlink": "http://www.w3.org/1999/xlink",
}


def child(parent: Element, tag: str, text: str = "", **attributes: str | int | None) -> Element:
    """A new last child. In names of attributes `__` is the colon of a prefix; what is None or "" is left out."""
    named = {name.replace("__", ":"): str(value) for name, value in attributes.items() if value not in (None, "")}
    made = SubElement(parent, tag, named)
    made.text = text or None
    return made


def describe(parent: Element, text: str, tag: str = "Description") -> None:
    """A text in English, as descriptions and decodes have it."""
    child(child(parent, tag), "TranslatedText", text, xml__lang="en")


def root(attributes: Mapping[str, str]) -> Element:
    """An ODM document."""
    return Element("ODM", {**NAMESPACES, **attributes})


def as_text(document: Element) -> str:
    """The whole document, indented, with `\\n` at line ends."""
    indent(document)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(document, encoding="unicode")}\n'
