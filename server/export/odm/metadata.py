"""The study's part of the file: what its events, forms, items and codes are, for each version of the study."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import server.export.odm.definitions as definitions
import server.export.odm.people as people
from diary_app.core.study import Study
from server.export.content import About
from server.export.odm.definitions import CodeList, FormDef, GroupDef, ItemDef
from server.export.odm.markup import Markup

TEST = "TEST DATA - NO REAL PARTICIPANTS"
_LENGTHS = {"text": "200", "integer": "20"}
Named = TypeVar("Named", GroupDef, ItemDef, CodeList)


def write_study(markup: Markup, about: About) -> None:
    """Every version of the study; each defines all forms, so that data name whichever they were made under."""
    with markup.element("Study", {"OID": people.study_oid(about.study)}):
        with markup.element("GlobalVariables"):
            markup.text("StudyName", f"{TEST}: {about.study.studyid}" if about.is_test else about.study.studyid)
            markup.text("StudyDescription", f"{TEST}. {about.study.title}" if about.is_test else about.study.title)
            markup.text("ProtocolName", about.study.studyid)
        markup.empty("BasicDefinitions")
        forms = list(definitions.forms(about.study, about.instruments))
        for study, since in people.studies(about):
            _version(markup, about, study, since, forms)


def _version(markup: Markup, about: About, study: Study, since: str, forms: Sequence[FormDef]) -> None:
    named = {
        "OID": people.version_oid(study), "Name": f"Version {study.version}",
        "Description": f"Version {study.version} of the study, in use since {since}",
    }  # fmt: skip
    visits = {visit.id: visit.label for one, _ in people.studies(about) for visit in one.visits}
    with markup.element("MetaDataVersion", named):
        _protocol(markup, study)
        questionnaires = [definitions.form_of(one.code, one.version) for one in about.instruments]
        of_day = [*questionnaires, definitions.STANDING, definitions.EXCUSE, definitions.CORRECTION]
        of_person = [form.oid for form in forms if form.oid not in of_day]
        _event(markup, definitions.PARTICIPANT, "Participant", of_person, {"Repeating": "No", "Type": "Common"})
        _event(markup, definitions.DIARY, "Diary day", of_day, {"Repeating": "Yes", "Type": "Scheduled"})
        for visit, label in visits.items():
            name = label.get("en", visit)
            kind = {"Repeating": "No", "Type": "Scheduled"}
            _event(markup, definitions.visit_event(visit), name, of_day, kind)
        for form in forms:
            _form(markup, form)
        groups = _once(group for form in forms for group in form.groups)
        for group in groups:
            _group(markup, group)
        items = _once(item for group in groups for item in group.items)
        for item in items:
            _item(markup, item)
        for codes in _once(item.codes for item in items if item.codes):
            _codes(markup, codes)


def _protocol(markup: Markup, study: Study) -> None:
    events = [definitions.PARTICIPANT, definitions.DIARY, *(definitions.visit_event(one.id) for one in study.visits)]
    with markup.element("Protocol"):
        for number, event in enumerate(events, 1):
            markup.empty("StudyEventRef", {"StudyEventOID": event, "OrderNumber": str(number), "Mandatory": "No"})


def _event(markup: Markup, oid: str, name: str, forms: Iterable[str], kind: Mapping[str, str]) -> None:
    with markup.element("StudyEventDef", {"OID": oid, "Name": name, **kind}):
        for number, form in enumerate(forms, 1):
            markup.empty("FormRef", {"FormOID": form, "OrderNumber": str(number), "Mandatory": "No"})


def _form(markup: Markup, form: FormDef) -> None:
    with markup.element("FormDef", {"OID": form.oid, "Name": form.name, "Repeating": _yes(form.repeating)}):
        _described(markup, form.meaning)
        for number, group in enumerate(form.groups, 1):
            markup.empty("ItemGroupRef", {"ItemGroupOID": group.oid, "OrderNumber": str(number), "Mandatory": "No"})


def _group(markup: Markup, group: GroupDef) -> None:
    with markup.element("ItemGroupDef", {"OID": group.oid, "Name": group.name, "Repeating": "No"}):
        for number, item in enumerate(group.items, 1):
            markup.empty("ItemRef", {"ItemOID": item.oid, "OrderNumber": str(number), "Mandatory": "No"})


def _item(markup: Markup, item: ItemDef) -> None:
    shape = {"DataType": item.datatype, "Length": _LENGTHS.get(item.datatype)}
    with markup.element("ItemDef", {"OID": item.oid, "Name": item.name, **shape}):
        _described(markup, item.meaning)
        if item.question:
            with markup.element("Question"):
                _translated(markup, dict(item.question))
        if item.span:
            for comparator, value in zip(("GE", "LE"), item.span, strict=True):
                with markup.element("RangeCheck", {"Comparator": comparator, "SoftHard": "Hard"}):
                    markup.text("CheckValue", str(value))
        if item.codes:
            markup.empty("CodeListRef", {"CodeListOID": item.codes.oid})


def _codes(markup: Markup, codes: CodeList) -> None:
    with markup.element("CodeList", {"OID": codes.oid, "Name": codes.name, "DataType": codes.datatype}):
        for number, (code, words) in enumerate(codes.codes, 1):
            ranked = {"CodedValue": code, "OrderNumber": str(number)}
            if not words:
                markup.empty("EnumeratedItem", ranked)
                continue
            with markup.element("CodeListItem", ranked), markup.element("Decode"):
                _translated(markup, words)


def _described(markup: Markup, meaning: str) -> None:
    with markup.element("Description"):
        _translated(markup, {"en": meaning})


def _translated(markup: Markup, words: Mapping[str, str]) -> None:
    for language, text in words.items():
        markup.text("TranslatedText", text, {"xml:lang": language})


def _once(found: Iterable[Named]) -> list[Named]:
    """By OID: what several forms share is defined once."""
    known: dict[str, Named] = {}
    for one in found:
        known.setdefault(one.oid, one)
    return list(known.values())


def _yes(stated: bool) -> str:
    return "Yes" if stated else "No"
