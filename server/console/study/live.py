"""What is in use: versions, approvals, sites, questionnaires with their licences; as tables of the page. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from diary_app.core.catalogue import message
from diary_app.core.licences import Licence
from diary_app.core.study import Site, Study
from diary_app.core.study_versions import InForce
from server.console.dates import Calendar
from server.console.listing import Column
from server.console.words import LANGUAGE_NAMES

Say = Callable[[str], str]

APPROVALS = {
    "protocol_version": message("Version of the protocol"),
    "ethics_reference": message("Ethics committee or CTIS"),
    "dpia_reference": message("Data protection impact assessment"),
}

OWN_WORDS = message("yes; our own words")
IN_USE = message("yes")
LICENSED = message("not switched on")
NO_LICENCE = message("no; a licence is missing")


@dataclass(frozen=True)
class Version:
    """One version; `until` is None for the one in use."""

    version: str
    since: datetime
    until: datetime | None
    sha256: str
    protocol: str


@dataclass(frozen=True)
class Questionnaire:
    """One questionnaire of the study in one language. `licence`: None where it needs none or has none."""

    code: str
    version: str
    language: str
    is_active: bool
    is_own: bool
    licence: Licence | None


def versions_of(known: Sequence[InForce]) -> list[Version]:
    """Newest first."""
    ends = [one.since for one in known[1:]] + [None]
    found = [
        Version(one.study.version, one.since, end, one.study.sha256, one.study.approvals.protocol_version)
        for one, end in zip(known, ends, strict=True)
    ]
    return found[::-1]


def questionnaires_of(study: Study, licences: Sequence[Licence]) -> list[Questionnaire]:
    """The diary, whose words are our own, and the questionnaires of visits in each language of the study."""
    by_key = {(one.instrument, one.version, one.language): one for one in licences}
    diary = study.diary
    own = [Questionnaire(diary.instrument, diary.version, one, True, True, None) for one in study.languages]
    asked = [
        Questionnaire(one.code, one.version, language, one.active, False, by_key.get((one.code, one.version, language)))
        for one in study.instruments
        for language in study.languages
    ]
    return own + asked


def version_columns(calendar: Calendar) -> list[Column[Version]]:
    """The history of the study file."""

    def ended(row: Version) -> str:
        return calendar.moment(row.until) if row.until else "–"

    return [
        Column("version", message("Version"), lambda row: row.version),
        Column("since", message("In use from"), lambda row: calendar.moment(row.since), lambda row: row.since),
        Column("until", message("In use until"), ended, lambda row: row.until),
        Column("protocol", message("Version of the protocol"), lambda row: row.protocol or "–"),
        Column("sha256", message("Fingerprint of the file"), lambda row: row.sha256[:16], lambda row: row.sha256),
    ]


def site_columns(version: str) -> list[Column[Site]]:
    """Every site uses the newest version: there is one server, which runs one."""
    return [
        Column("number", message("Number"), lambda row: row.number),
        Column("name", message("Site"), lambda row: row.name),
        Column("zone", message("Time zone"), lambda row: row.zone),
        Column("phone", message("Telephone"), lambda row: row.contact.phone),
        Column("version", message("Version"), lambda _: version),
    ]


def questionnaire_columns(calendar: Calendar, say: Say) -> list[Column[Questionnaire]]:
    """Holder, reference and end of each licence; never a word of the questionnaire."""

    def of_licence(part: str) -> Callable[[Questionnaire], str]:
        def read(row: Questionnaire) -> str:
            value = getattr(row.licence, part) if row.licence else None
            return calendar.short_day(value) if isinstance(value, date) else str(value or "–")

        return read

    return [
        Column("code", message("Questionnaire"), lambda row: f"{row.code} {row.version}"),
        Column("language", message("Language"), lambda row: say(LANGUAGE_NAMES.get(row.language, row.language))),
        Column("use", message("In use"), lambda row: say(_use(row))),
        Column("holder", message("Holder of the licence"), of_licence("holder")),
        Column("reference", message("Reference"), of_licence("reference")),
        Column("approved", message("Approved for screens"), of_licence("e_version_approved")),
        Column("expires", message("Ends"), of_licence("expires")),
    ]


def _use(row: Questionnaire) -> str:
    if row.is_own:
        return OWN_WORDS
    if row.is_active:
        return IN_USE
    return LICENSED if row.licence else NO_LICENCE
