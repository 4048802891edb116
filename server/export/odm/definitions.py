"""What the file is made of: events, forms, item groups and items, said once; metadata and data are written from it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import assert_never

from diary_app import resources
from diary_app.core.correction_facts import CorrectionReason, CorrectionSource
from diary_app.core.corrections import CorrectionState
from diary_app.core.entries import FilledBy, LateReason, Mode, Skip
from diary_app.core.facts import ExcuseReason, Status
from diary_app.core.grading import State
from diary_app.core.instruments import Instrument, Item, Wording
from diary_app.core.paper import Asked, PaperReason
from diary_app.core.staff_acts import LockingReason
from diary_app.core.study import Study
from server.export import dictionary
from server.export.dictionary import Column

#: Study events: a day of the diary (repeated, by the day), and what is known of the participant apart from days.
DIARY, PARTICIPANT = "SE.DIARY", "SE.PARTICIPANT"
#: Forms that are about a day or visit, and those about the participant.
STANDING, EXCUSE, CORRECTION = "F.STANDING", "F.EXCUSE", "F.CORRECTION"
ENROLMENT, TREATMENT, RANDOMISATION, STATUS, LOCK = (
    "F.ENROLMENT", "F.TREATMENT", "F.RANDOMISATION", "F.STATUS", "F.LOCK",
)  # fmt: skip
#: The item group about how an entry was made; it is in the form of every questionnaire.
ENTRY = "IG.ENTRY"
_TYPES = {
    "text": "text", "code": "text", "whole number": "integer", "decimal": "float", "date": "date",
    "local time": "datetime", "UTC time": "datetime",
}  # fmt: skip
_OF_DAY = (
    *dictionary.WINDOW, *dictionary.STATE,
    Column("timeliness", "code", "on_time, late; paper or interview: typed by staff of its window; empty for no entry"),
    Column("first_captured_utc", "UTC time", "Capture of the first version; timeliness follows it"),
    Column("entry_form", "text", "FormRepeatKey of the form that counts, of those of its questionnaire on this day"),
    Column("entry_id", "text", "Identifier of the version that counts; the same stands in that form"),
)  # fmt: skip
_CORRECTION = (
    Column("entry_id", "text", "Version that was to become another"),
    Column("what", "code", "item, day or void"),
    Column("item", "code", "Question whose answer was to become another"),
    Column("old", "text", "The answer, or why there was none"),
    Column("new", "text", "What it was meant to be; for a day the diary day"),
    Column("source", "code", "How the participant said it"),
    Column("stated_on", "date", "When the participant said it"),
    Column("reason", "code", "What had gone wrong"),
    Column("reference", "text", "Where the statement is kept"),
    Column("state", "code", "How far it has come; only what is approved changes an entry"),
    Column("decision_reason", "code", "Why the participant was not asked in the app, or why it was refused"),
)


@dataclass(frozen=True)
class CodeList:
    """Codes with their words by language; without words where a code speaks for itself, or words are licensed."""

    oid: str
    name: str
    datatype: str
    codes: tuple[tuple[str, Mapping[str, str]], ...]


@dataclass(frozen=True)
class ItemDef:
    """One item. `question`: our own words by language; none for a licensed question. `span`: lowest and highest."""

    oid: str
    name: str
    datatype: str
    meaning: str
    codes: CodeList | None = None
    span: tuple[int, int] | None = None
    question: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class GroupDef:
    """One item group."""

    oid: str
    name: str
    items: tuple[ItemDef, ...]


@dataclass(frozen=True)
class FormDef:
    """One form."""

    oid: str
    name: str
    meaning: str
    groups: tuple[GroupDef, ...]
    repeating: bool = True


@cache
def form_of(instrument: str, version: str) -> str:
    """OID of the form of one version of a questionnaire."""
    return f"F.{instrument}.{version}"


@cache
def group_of(instrument: str, version: str) -> str:
    """OID of the item group with its answers."""
    return f"IG.{instrument}.{version}"


@cache
def item_of(instrument: str, version: str, code: str) -> str:
    """OID of one question."""
    return f"IT.{instrument}.{version}.{code}"


@cache
def skip_of(instrument: str, version: str, code: str) -> str:
    """OID of the item that says why the question was left blank."""
    return f"{item_of(instrument, version, code)}.SKIP"


@cache
def stated(form: str, name: str) -> str:
    """OID of an item of a form or group that is no questionnaire, by the name of its column."""
    return f"IT.{form.partition('.')[2]}.{name.upper()}"


@cache
def group_in(form: str) -> str:
    """OID of the only item group of a form that is no questionnaire."""
    return f"IG.{form.partition('.')[2]}"


@cache
def visit_event(visit: str) -> str:
    """OID of a visit."""
    return f"SE.VISIT.{visit}"


def forms(study: Study, instruments: Iterable[Instrument]) -> Iterator[FormDef]:
    """Every form: questionnaires first, then what is kept about days, then about participants."""
    for instrument in instruments:
        yield _questionnaire(instrument)
    yield _plain(STANDING, "Standing", "State of a day or visit at the cut", (*_OF_DAY, *dictionary.labels(study)))
    yield _plain(EXCUSE, "Excuse", "A day that site staff accept as empty", [_column("reason", ExcuseReason)])
    yield _plain(CORRECTION, "Correction", "What was asked to be corrected, and what became of it", _CORRECTION)
    yield _plain(ENROLMENT, "Enrolment", "The participant joined", _ENROLMENT, repeating=False)
    yield _plain(TREATMENT, "Treatment", "Dates of a treatment, keyed by its id", _TREATMENT)
    yield _plain(RANDOMISATION, "Randomisation", "A date, never an arm", [_DAY], repeating=False)
    yield _plain(STATUS, "Status", "Where the participant stands, keyed by the fact; removed when revoked", _STATUS)
    yield _plain(LOCK, "Lock", "Diary days were locked or unlocked, keyed by the fact", _LOCK)


def entry_columns() -> tuple[Column, ...]:
    """How an entry was made, as in the CSV files."""
    capture = [column for column in dictionary.CAPTURE if column.name != "first_captured_utc"]
    return (dictionary.DAY[1], dictionary.VISIT, *capture)


def _column(name: str, codes: Iterable[StrEnum]) -> Column:
    return Column(name, "code", ", ".join(one.value for one in codes))


_DAY = Column("day", "date", "When")
_ENROLMENT = (
    *dictionary.IDENTIFIERS[2:],
    Column("language", "text", "Language agreed at the start"),
    Column("home_zone", "text", "Time zone agreed at the start"),
)
_TREATMENT = (
    Column("planned", "date", "Planned date"),
    Column("actual", "date", "Date on which it was given"),
    Column("actual_time", "text", "Local time at which it begins, or began; empty when none was recorded"),
    Column("not_given", "date", "Date on which it was decided that it is not given"),
    Column("reason", "text", "Coded reason"),
)
_STATUS = (
    _column("status", Status),
    Column("effective", "date", "From which date"),
    Column("effective_utc", "UTC time", "From which moment, where one was recorded"),
    Column("reason", "text", "Coded reason"),
)
_LOCK = (
    Column("lock", "code", "locked or unlocked"),
    Column("first", "date", "First diary day; empty for the earliest"),
    Column("last", "date", "Last diary day; empty for the latest"),
    _column("reason", LockingReason),
)
#: Codes by the item that takes them.
_CODES: Mapping[str, Iterable[StrEnum]] = {
    stated(ENTRY, "mode"): Mode,
    stated(ENTRY, "filled_by"): FilledBy,
    stated(ENTRY, "late_reason"): LateReason,
    stated(ENTRY, "paper_reason"): PaperReason,
    stated(ENTRY, "asked"): Asked,
    stated(STANDING, "state"): State,
    stated(EXCUSE, "reason"): ExcuseReason,
    stated(CORRECTION, "state"): CorrectionState,
    stated(CORRECTION, "source"): CorrectionSource,
    stated(CORRECTION, "reason"): CorrectionReason,
    stated(STATUS, "status"): Status,
    stated(LOCK, "reason"): LockingReason,
}


def _plain(form: str, name: str, meaning: str, columns: Sequence[Column], *, repeating: bool = True) -> FormDef:
    return FormDef(form, name, meaning, (_group(group_in(form), name, columns),), repeating)


def _group(oid: str, name: str, columns: Iterable[Column]) -> GroupDef:
    return GroupDef(oid, name, tuple(_item(oid, column) for column in columns))


def _item(group: str, column: Column) -> ItemDef:
    oid = stated(group, column.name)
    codes = _enumerated(oid, column.name, _CODES[oid]) if oid in _CODES else None
    return ItemDef(oid, column.name.upper(), _TYPES[column.kind], column.meaning, codes)


def _enumerated(item: str, name: str, codes: Iterable[StrEnum]) -> CodeList:
    return CodeList(item.replace("IT.", "CL.", 1), name.upper(), "text", tuple((one.value, {}) for one in codes))


def _questionnaire(instrument: Instrument) -> FormDef:
    named = instrument.code, instrument.version
    name = f"{instrument.category} {instrument.version}"
    answers = GroupDef(group_of(*named), name, tuple(_answers(instrument)))
    about = _group(ENTRY, "How the entry was made", entry_columns())
    return FormDef(form_of(*named), name, "One entry; the key names its first version", (about, answers))


def _answers(instrument: Instrument) -> Iterator[ItemDef]:
    """Each question, and beside it why it was left blank."""
    skips = CodeList("CL.SKIP", "SKIP", "text", tuple((one.value, {}) for one in Skip))
    for item in instrument.items:
        named = instrument.code, instrument.version, item.code
        span, codes = _answered_by(instrument, item)
        yield ItemDef(item_of(*named), item.code, "integer", item.short, codes, span, _question(instrument, item))
        yield ItemDef(
            skip_of(*named), f"{item.code} SKIP", "text", f"{item.short}: why it has no answer", skips
        )  # fmt: skip


def _answered_by(instrument: Instrument, item: Item) -> tuple[tuple[int, int] | None, CodeList | None]:
    """From which number to which, or with which codes."""
    match item.kind:
        case "scale":
            return (item.lowest, item.highest), None
        case "choice":
            return None, _choices(instrument, item)
        case _:
            assert_never(item.kind)


def _choices(instrument: Instrument, item: Item) -> CodeList:
    codes = tuple((str(one.value), dict(_own(instrument, one.label))) for one in item.choices)
    oid = item_of(instrument.code, instrument.version, item.code).replace("IT.", "CL.", 1)
    return CodeList(oid, item.code, "integer", codes)


def _question(instrument: Instrument, item: Item) -> tuple[tuple[str, str], ...]:
    return tuple(_own(instrument, item.text, weekday="{weekday}", date="{date}"))


def _own(instrument: Instrument, text: str, **values: str) -> Iterator[tuple[str, str]]:
    """The words in each language that has them, only where they are our own."""
    if instrument.wording is Wording.OWN and text:
        for language in resources.LANGUAGES:
            if resources.is_translated(language, text):
                yield language, resources.catalogue(language).text(text, **values)
