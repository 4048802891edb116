"""Define-XML: valid by its schema, and every column, value and file is defined and every definition used."""

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from diary_app import resources
from diary_app.core.instruments import Instrument
from server.export.content import CutKind
from tests.export.sdtm.people import DMD, about, entry, evening, person, write
from tests.export.sdtm.staging import Written
from tests.export.sdtm.test_hard_cases import DAY

ODM = "{http://www.cdisc.org/ns/odm/v1.3}"
DEF = "{http://www.cdisc.org/ns/def/v2.1}"
HREF = "{http://www.w3.org/1999/xlink}href"


@cache
def schema() -> xmlschema.XMLSchema:
    """Define-XML 2.1 as odmlib has it."""
    return xmlschema.XMLSchema(str(files("odmlib") / "schemas/define/2.1/define2-1-0.xsd"))


def document(written: Written) -> ET.Element:
    return ET.parse(written.folder / "define.xml").getroot()  # noqa: S314 - our own file


def oids(root: ET.Element, tag: str) -> list[str]:
    return [one.attrib.get("OID") or one.attrib["ID"] for one in root.iter(tag)]


def test_it_is_valid_by_its_schema(final: Written, interim: Written) -> None:
    for written in (final, interim):
        schema().validate(str(written.folder / "define.xml"))


ALL = tuple(one for one in resources.instruments() if one.code in {"DMD", "GRIX", "QLQHN35", "OHIP14", "VAS"})


@pytest.mark.parametrize("instruments", [(DMD,), ALL], ids=["diary", "all"])
@pytest.mark.parametrize("is_test", [False, True])
def test_it_is_valid_with_and_without_data(tmp_path: Path, instruments: tuple[Instrument, ...], is_test: bool) -> None:
    written = write(tmp_path, [], about(CutKind.INTERIM, instruments=instruments, is_test=is_test))
    schema().validate(str(written.folder / "define.xml"))


@pytest.mark.parametrize("name", ["qs", "suppqs"])
def test_a_column_without_data_is_said_to_have_none(final: Written, name: str) -> None:
    head, *lines = (json.loads(line) for line in (final.folder / f"{name}.ndjson").read_text().splitlines())
    empty = {
        column["itemOID"]
        for place, column in enumerate(head["columns"])
        if all(row[place] in (None, "") for row in lines)
    }
    (group,) = [one for one in document(final).iter(f"{ODM}ItemGroupDef") if one.attrib["Name"] == name.upper()]
    said = {one.attrib["ItemOID"] for one in group.findall(f"{ODM}ItemRef") if f"{DEF}HasNoData" in one.attrib}
    assert said == empty
    assert {"qs": {"IT.QS.QSORRESU", "IT.QS.VISIT", "IT.QS.VISITNUM", "IT.QS.QSEVLINT"}, "suppqs": set()}[name] <= said
    assert f"{DEF}HasNoData" not in group.attrib


def test_a_dataset_without_rows_is_said_to_have_none(tmp_path: Path) -> None:
    root = document(write(tmp_path, [], about(CutKind.INTERIM, instruments=(DMD,))))
    assert [one.attrib[f"{DEF}HasNoData"] for one in root.iter(f"{ODM}ItemGroupDef")] == ["Yes", "Yes"]
    assert not [one for one in root.iter(f"{ODM}ItemRef") if f"{DEF}HasNoData" in one.attrib]


def test_the_schema_is_one_that_can_refuse(final: Written, tmp_path: Path) -> None:
    text = (final.folder / "define.xml").read_text(encoding="utf-8")
    wrong = tmp_path / "define.xml"
    wrong.write_text(text.replace('Repeating="Yes"', 'Repeating="Perhaps"', 1), encoding="utf-8")
    assert not schema().is_valid(str(wrong))


@pytest.mark.parametrize("name", ["qs", "suppqs"])
def test_columns_are_those_of_the_data_in_their_order(final: Written, name: str) -> None:
    root, head = document(final), final.head(name)
    (group,) = [one for one in root.iter(f"{ODM}ItemGroupDef") if one.attrib["OID"] == head["itemGroupOID"]]
    defined = {one.attrib["OID"]: one for one in root.iter(f"{ODM}ItemDef")}
    references = group.findall(f"{ODM}ItemRef")
    assert [one.attrib["ItemOID"] for one in references] == [one["itemOID"] for one in head["columns"]]
    for reference, column in zip(references, head["columns"], strict=True):
        item = defined[column["itemOID"]]
        assert item.attrib["Name"] == column["name"]
        assert item.findtext(f"{ODM}Description/{ODM}TranslatedText") == column["label"]
        assert reference.attrib.get("KeySequence") == (str(column["keySequence"]) if "keySequence" in column else None)
        if "length" in column:
            assert item.attrib["Length"] == str(column["length"])


def test_every_definition_is_used_and_every_use_defined(final: Written) -> None:
    each_is_used(document(final))


def each_is_used(root: ET.Element) -> None:
    """Each definition once, and no other name than theirs."""
    everything = list(root.iter())
    for tag, attribute in (
        (f"{ODM}ItemDef", "ItemOID"),
        (f"{ODM}CodeList", "CodeListOID"),
        (f"{ODM}MethodDef", "MethodOID"),
        (f"{DEF}CommentDef", f"{DEF}CommentOID"),
        (f"{DEF}WhereClauseDef", "WhereClauseOID"),
        (f"{DEF}ValueListDef", "ValueListOID"),
        (f"{DEF}Standard", f"{DEF}StandardOID"),
        (f"{DEF}leaf", "leafID"),
    ):
        defined = oids(root, tag)
        used = {one.attrib[attribute] for one in everything if attribute in one.attrib}
        if tag == f"{DEF}leaf":
            used |= {one.attrib[f"{DEF}ArchiveLocationID"] for one in root.iter(f"{ODM}ItemGroupDef")}
        assert len(defined) == len(set(defined)), tag
        assert set(defined) == used, tag


def test_every_file_has_its_place(final: Written) -> None:
    named = {one.attrib[HREF] for one in document(final).iter(f"{DEF}leaf")}
    assert named | {"define.xml"} == {file.name for file in final.folder.iterdir()}


def codes(written: Written, name: str) -> set[str]:
    (found,) = [one for one in document(written).iter(f"{ODM}CodeList") if one.attrib["OID"] == f"CL.{name}"]
    return {one.attrib["CodedValue"] for one in found if "CodedValue" in one.attrib}


@pytest.mark.parametrize("name", ["qs", "suppqs"])
def test_every_value_is_in_the_list_of_its_column(final: Written, name: str) -> None:
    root, rows = document(final), final.rows(name)
    listed = 0
    for column in final.head(name)["columns"]:
        (item,) = [one for one in root.iter(f"{ODM}ItemDef") if one.attrib["OID"] == column["itemOID"]]
        reference = item.find(f"{ODM}CodeListRef")
        if reference is not None:
            listed += 1
            known = codes(final, reference.attrib["CodeListOID"].removeprefix("CL."))
            assert {str(row[column["name"]]) for row in rows} - {"", "None"} <= known
    assert listed >= 5


def test_every_question_and_every_qualifier_has_values_of_its_own(final: Written) -> None:
    picked = {
        check.findtext(f"{ODM}CheckValue")
        for clause in document(final).iter(f"{DEF}WhereClauseDef")
        for check in clause.iter(f"{ODM}RangeCheck")
    }
    assert {row["QSTESTCD"] for row in final.rows()} - {"QSALL"} <= picked
    assert {row["QNAM"] for row in final.rows("suppqs")} <= picked


@pytest.mark.parametrize(
    ("name", "origin"),
    [
        ("QSLATERS", ("Collected", "Subject")), ("QSPAPRS", ("Collected", "Investigator")),
        ("QSASKED", ("Collected", "Investigator")), ("QSDAYRS", ("Assigned", "Sponsor")),
    ],
)  # fmt: skip
def test_what_staff_say_does_not_come_from_the_participant(final: Written, name: str, origin: tuple[str, str]) -> None:
    root = document(final)
    (made,) = [one for one in root.iter(f"{ODM}ItemDef") if one.attrib["OID"] == f"IT.SUPPQS.QVAL.{name}"]
    said = made.find(f"{DEF}Origin")
    assert said is not None
    assert (said.attrib["Type"], said.attrib["Source"]) == origin


def test_licensed_words_and_scores_are_not_in_it(tmp_path: Path) -> None:
    written = write(tmp_path, [person([entry(DAY, evening(DAY))])], about(instruments=ALL))
    text = (written.folder / "define.xml").read_text(encoding="utf-8")
    assert "GRIX Xerostomia Day 1 of 6" in text
    assert "More than 40 times" in text
    assert not [score.code for one in ALL for score in one.scores if f'"{score.code}"' in text and score.code not in {
        item.code for other in ALL for item in other.items
    }]  # fmt: skip


def test_the_standards_are_named(final: Written) -> None:
    found = {(one.attrib["Name"], one.attrib["Version"]) for one in document(final).iter(f"{DEF}Standard")}
    assert found == {("SDTMIG", "3.4"), ("CDISC/NCI", "2025-03-28")}
