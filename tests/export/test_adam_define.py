"""Define-XML of ADQS: valid by its schema, every column and file is defined and every definition used."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from server.export.adam import open_adam
from server.export.adam.columns import Kind, variables
from tests.export.sdtm.test_define_xml import DEF, HREF, ODM, each_is_used, schema
from tests.export.weeks_lived import Staged, with_second_version


@pytest.fixture
def folder(weeks: Staged, tmp_path: Path) -> Path:
    weeks.write(open_adam, tmp_path / "adam")
    return tmp_path / "adam"


def document(folder: Path) -> ET.Element:
    return ET.parse(folder / "define.xml").getroot()  # noqa: S314 - our own file


def test_it_is_valid_with_and_without_data_and_in_a_test(weeks: Staged, folder: Path, tmp_path: Path) -> None:
    replace(weeks, people=[]).write(open_adam, tmp_path / "empty")
    replace(weeks, about=replace(weeks.about, is_test=True)).write(open_adam, tmp_path / "test")
    with_second_version(weeks).write(open_adam, tmp_path / "versions")
    for one in (folder, tmp_path / "empty", tmp_path / "test", tmp_path / "versions"):
        schema().validate(str(one / "define.xml"))


def test_columns_are_those_of_the_data_in_their_order(weeks: Staged, folder: Path) -> None:
    root, head = document(folder), json.loads((folder / "adqs.ndjson").read_text().splitlines()[0])
    (group,) = root.iter(f"{ODM}ItemGroupDef")
    assert group.attrib["OID"] == head["itemGroupOID"]
    assert [one.attrib["ItemOID"] for one in group.findall(f"{ODM}ItemRef")] == [
        one["itemOID"] for one in head["columns"]
    ]
    defined = {one.attrib["OID"]: one for one in root.iter(f"{ODM}ItemDef")}
    for column, one in zip(head["columns"], variables(weeks.about.study), strict=True):
        item = defined[column["itemOID"]]
        assert item.findtext(f"{ODM}Description/{ODM}TranslatedText") == column["label"]
        wanted = {Kind.TEXT: "text", Kind.FLOAT: "float"}.get(one.kind, "integer")
        assert item.attrib["DataType"] == wanted, one.name
    (version,) = root.iter(f"{ODM}MetaDataVersion")
    assert (head["metaDataVersionOID"], head["metaDataRef"]) == (version.attrib["OID"], "define.xml")


def test_a_column_is_mandatory_that_no_row_is_without(folder: Path) -> None:
    head, *lines = (json.loads(line) for line in (folder / "adqs.ndjson").read_text().splitlines())
    never_empty = {
        column["itemOID"]
        for place, column in enumerate(head["columns"])
        if all(row[place] not in (None, "") for row in lines)
    }
    (group,) = document(folder).iter(f"{ODM}ItemGroupDef")
    said = {one.attrib["ItemOID"]: one.attrib["Mandatory"] for one in group.findall(f"{ODM}ItemRef")}
    mandatory = {name for name, word in said.items() if word == "Yes"}
    assert mandatory <= never_empty
    assert {f"IT.ADQS.{name}" for name in ("STUDYID", "USUBJID", "PARAM", "PARAMCD", "ADT")} <= mandatory
    assert said["IT.ADQS.DTYPE"] == "No"


def test_a_column_without_data_is_said_to_have_none(weeks: Staged, folder: Path, tmp_path: Path) -> None:
    head, *lines = (json.loads(line) for line in (folder / "adqs.ndjson").read_text().splitlines())
    places = enumerate(column["itemOID"] for column in head["columns"])
    empty = {name for place, name in places if all(row[place] in (None, "") for row in lines)}
    assert empty >= {"IT.ADQS.TR02SDT", "IT.ADQS.QSCORRFL"}
    (group,) = document(folder).iter(f"{ODM}ItemGroupDef")
    assert {one.attrib["ItemOID"] for one in group if f"{DEF}HasNoData" in one.attrib} == empty
    assert f"{DEF}HasNoData" not in group.attrib
    replace(weeks, people=[]).write(open_adam, tmp_path / "nobody")
    (group,) = document(tmp_path / "nobody").iter(f"{ODM}ItemGroupDef")
    assert [one.tag for one in (group, *group) if f"{DEF}HasNoData" in one.attrib] == [group.tag]


def test_a_text_is_as_long_in_the_metadata_as_in_the_data(folder: Path) -> None:
    head = json.loads((folder / "adqs.ndjson").read_text().splitlines()[0])
    defined = {one.attrib["OID"]: one.attrib["Length"] for one in document(folder).iter(f"{ODM}ItemDef")}
    said = {one["itemOID"]: str(one["length"]) for one in head["columns"] if "length" in one}
    assert said == {name: defined[name] for name in said}
    assert said["IT.ADQS.STUDYID"] == "11"


def test_every_definition_is_used_and_every_use_defined(folder: Path) -> None:
    each_is_used(document(folder))


def test_every_file_has_its_place(folder: Path) -> None:
    named = {one.attrib[HREF] for one in document(folder).iter(f"{DEF}leaf")}
    assert named | {"define.xml"} == {file.name for file in folder.iterdir()}


def test_each_parameter_says_what_its_value_is(folder: Path) -> None:
    root = document(folder)
    (values,) = root.iter(f"{DEF}ValueListDef")
    told = {one.attrib["ItemOID"].rpartition(".")[2]: one.attrib["MethodOID"] for one in values}
    assert told["DMD01"] == "MT.AVAL.AVERAGED"
    assert told["DMD06"] == "MT.AVAL.ANSWER"
    assert told["DMDTOT"] == "MT.AVAL.SCORE.DMDTOT"
    (made,) = [one for one in root.iter(f"{ODM}MethodDef") if one.attrib["OID"] == told["DMDTOT"]]
    text = made.findtext(f"{ODM}Description/{ODM}TranslatedText") or ""
    assert "same QSGRPID: mean of DMD01 to DMD05 x 10, at least 4 of 5 answered. Empty when fewer" in text
    (codes,) = [one for one in root.iter(f"{ODM}CodeList") if one.attrib["OID"] == "CL.PARAMCD"]
    assert {one.attrib["CodedValue"] for one in codes if "CodedValue" in one.attrib} == told.keys()
