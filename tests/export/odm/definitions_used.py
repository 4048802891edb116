"""Whether the data of an ODM file keep to its own definitions, which the schema of ODM cannot say."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from xml.etree.ElementTree import Element, parse

from tests.export.odm.replay import NS

_DEFINING = (
    "Study", "MetaDataVersion", "StudyEventDef", "FormDef", "ItemGroupDef", "ItemDef", "CodeList", "User", "Location",
    "SignatureDef",
)  # fmt: skip
_REFERRING = (
    "StudyOID", "MetaDataVersionOID", "StudyEventOID", "FormOID", "ItemGroupOID", "ItemOID", "CodeListOID", "UserOID",
    "LocationOID", "SignatureOID",
)  # fmt: skip
_READ: Mapping[str, Callable[[str], object]] = {
    "integer": int, "float": float, "date": date.fromisoformat, "datetime": datetime.fromisoformat, "text": str,
}  # fmt: skip


def references(file: Path) -> tuple[set[str], set[str]]:
    """(what is defined, what is referred to)."""
    root = parse(file).getroot()  # noqa: S314 - a file of our own
    defined = {one.attrib["OID"] for name in _DEFINING for one in root.iter(NS + name)}
    used = {value for one in root.iter() for name, value in one.attrib.items() if name in _REFERRING}
    return defined, used


def unfitting(file: Path) -> list[str]:
    """Every element of the data that its definition has no place for, and every value of another kind."""
    root = parse(file).getroot()  # noqa: S314 - a file of our own
    holds: dict[str, set[str]] = defaultdict(set)
    for kind, reference in (
        ("StudyEventDef", "FormOID"), ("FormDef", "ItemGroupOID"), ("ItemGroupDef", "ItemOID")
    ):  # fmt: skip
        for one in root.iter(NS + kind):
            holds[one.attrib["OID"]] |= {child.attrib[reference] for child in one if reference in child.attrib}
    items = {one.attrib["OID"]: one for one in root.iter(f"{NS}ItemDef")}
    codes = {
        one.attrib["OID"]: {child.attrib["CodedValue"] for child in one if "CodedValue" in child.attrib}
        for one in root.iter(f"{NS}CodeList")
    }
    faults = []
    for outer, inner in (
        ("StudyEventData StudyEventOID", "FormData FormOID"), ("FormData FormOID", "ItemGroupData ItemGroupOID"),
        ("ItemGroupData ItemGroupOID", "ItemData ItemOID"),
    ):  # fmt: skip
        (name, oid), (within, part) = outer.split(), inner.split()
        faults += [
            f"{child.attrib[part]} in {one.attrib[oid]}"
            for one in root.iter(NS + name)
            for child in one.findall(NS + within)
            if child.attrib[part] not in holds[one.attrib[oid]]
        ]
    faults += [fault for one in root.iter(f"{NS}ItemData") for fault in _faults(one, items, codes)]
    return faults


def _faults(data: Element, items: Mapping[str, Element], codes: Mapping[str, set[str]]) -> list[str]:
    value, defined = data.get("Value"), items[data.attrib["ItemOID"]]
    if value is None:
        return []
    _READ[defined.attrib["DataType"]](value)
    named = defined.find(f"{NS}CodeListRef")
    if named is not None and value not in codes[named.attrib["CodeListOID"]]:
        return [f"{value} in {data.attrib['ItemOID']}"]
    if len(value) > int(defined.get("Length", len(value))):
        return [f"{data.attrib['ItemOID']} is too long"]
    return []
