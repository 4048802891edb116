"""A study file: everything that differs from one trial to the next, parsed into frozen, validated values.

Wall times are minutes after local midnight of the diary day; a window may run into the next day.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from functools import lru_cache
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from diary_app.core.alert_rules import AlertRule
from diary_app.core.entries import ZoneName
from diary_app.core.errors import Code, ValueUnfit
from diary_app.core.study_values import (
    Identifier,
    SiteNumber,
    StudyCode,
    SubjectPattern,
    UsubjidPattern,
    Version,
    WallMinutes,
    wall_text,
)
from diary_app.core.tomlfile import Fault, TomlFile, among, doubled
from diary_app.core.tomllines import Path
from diary_app.core.visit_rules import VisitInstrument, VisitRule, anchor_faults

_LANGUAGE = re.compile(r"^[a-z]{2}$")
_LONGEST_NAME = 30
#: As wall minutes: from when on people speak of a day's end.
_AFTERNOON, _EVENING = 15 * 60, 18 * 60


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Approvals(_Frozen):
    """Until all three are named the study is a demonstration."""

    protocol_version: str = ""
    ethics_reference: str = ""
    dpia_reference: str = ""

    @property
    def complete(self) -> bool:
        """Protocol version, ethics/CTIS and DPIA references are all given."""
        return bool(self.protocol_version and self.ethics_reference and self.dpia_reference)


class Contact(_Frozen):
    """Whom a participant calls; kept on the phone for when there is no network. `emergency`: whom in an emergency."""

    phone: str
    hours: dict[str, str]
    emergency: str = Field(default="112", pattern=r"^[0-9]{2,6}$")


class Site(_Frozen):
    """One hospital department that enrols participants."""

    id: Identifier
    number: SiteNumber
    name: str
    zone: ZoneName
    contact: Contact


class AnchorRule(_Frozen):
    """A moment that diary days are counted from, such as a treatment."""

    id: Identifier
    label: dict[str, str]


class WindowRule(_Frozen):
    """One window that a participant may have. `late_until = closes` forbids late entry."""

    id: Identifier
    opens: WallMinutes
    closes: WallMinutes
    late_until: WallMinutes

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.opens >= self.closes:
            raise ValueUnfit('a window must open before it closes; past midnight, write "+1 03:00".')
        if self.late_until < self.closes:
            raise ValueUnfit("late_until must not be before closes; the same time forbids late entries.")
        if self.late_until > self.opens + 1440:
            raise ValueUnfit("a window must end before the next one of the same choice opens.")
        return self


class DiaryRule(_Frozen):
    """The daily instrument and the period in which it is expected.

    `starts_after_days`: whole days after activation and practice are both done. The diary ends `end_months` and
    `end_days` after `end_anchor`; without that anchor, `fallback_months` after `fallback_anchor`; without either,
    `longest_days` after its start.
    """

    instrument: str
    version: str
    slot: int = Field(ge=1, le=19)
    windows: tuple[WindowRule, ...] = Field(min_length=1)
    default_window: Identifier
    starts_after_days: int = Field(default=1, ge=0, le=14)
    end_anchor: Identifier | None = None
    end_months: int = Field(default=0, ge=0, le=60)
    end_days: int = Field(default=0, ge=0, le=366)
    fallback_anchor: Identifier | None = None
    fallback_months: int = Field(default=0, ge=0, le=60)
    longest_days: int = Field(ge=1, le=1830)
    late_reason: bool = True

    @property
    def is_of_evenings(self) -> bool:
        """Whether one may speak of evenings: every window opens in the afternoon or later, and ends after six."""
        return all(rule.opens >= _AFTERNOON and rule.closes > _EVENING for rule in self.windows)

    def window(self, choice: str | None) -> WindowRule:
        """The participant's window; the default when the choice is not one of the study's."""
        rules = {rule.id: rule for rule in self.windows}
        return rules.get(choice or self.default_window, rules[self.default_window])

    def faults(self, anchors: Collection[str]) -> Iterator[Fault]:
        """What is wrong with the rule, given the study's anchors."""
        ids = [rule.id for rule in self.windows]
        yield from doubled(ids, lambda number: ("windows", number, "id"))
        if self.default_window not in ids:
            there = among(self.default_window, ids)
            yield Fault(("default_window",), "there is no window {name}.", "Name one of: {known}.", there)
        for key in ("end_anchor", "fallback_anchor"):
            yield from anchor_faults(key, getattr(self, key), anchors)
        if self.fallback_anchor and not self.end_anchor:
            yield Fault(("fallback_anchor",), "a fallback needs an end_anchor.", "Add it, or remove the fallback.")
        if self.end_anchor and not self.end_months + self.end_days:
            yield Fault(("end_anchor",), "the diary would end at the anchor itself.", "Add end_months or end_days.")


class PromptRule(_Frozen):
    """When reminders may be sent, as wall times of the diary day.

    `next_channel_after_days`: closed days without an entry or a contact after which the participant's next channel is
    tried.
    """

    usual: WallMinutes
    again_after_minutes: int = Field(ge=0, le=600)
    latest: WallMinutes
    quiet_from: WallMinutes
    quiet_until: WallMinutes
    next_channel_after_days: int = Field(default=3, ge=1, le=30)

    @property
    def times(self) -> tuple[int, ...]:
        """The planned prompts as wall minutes, in order, each once."""
        return self.times_from(min(self.usual, self.latest))

    def times_from(self, usual: int) -> tuple[int, ...]:
        """The same for a participant with a usual time of their own. Raises ValueError after the latest time."""
        if usual > self.latest:
            raise ValueError("no prompt comes after the latest time")
        return tuple(sorted({usual, min(usual + self.again_after_minutes, self.latest), self.latest}))

    def faults(self, windows: Collection[WindowRule]) -> Iterator[Fault]:
        """What is wrong with the rule, given the windows that a participant may have."""
        if self.usual > self.latest:
            yield Fault(("latest",), "the latest prompt is before the usual one.", "Write a later time.")
        if self.latest >= self.quiet_from:
            yield Fault(("latest",), "the latest prompt falls into quiet hours.", "Write a time before quiet_from.")
        if self.quiet_until > self.usual:
            yield Fault(("usual",), "the usual prompt falls into quiet hours.", "Write a time after quiet_until.")
        for window in windows:
            if sum(window.opens <= time < window.closes for time in self.times) < 2:
                about = {
                    "window": window.id, "opens": wall_text(window.opens), "closes": wall_text(window.closes),
                    "times": ", ".join(map(wall_text, self.times)),
                }  # fmt: skip
                yield Fault(
                    (),
                    "window {window} gets fewer than two prompts: it is open from {opens} to {closes}, and they are "
                    "sent at {times}.",
                    "Move prompts or window.", about,
                )  # fmt: skip


class Study(_Frozen):
    """One version of one study. `text` and `sha256` are the file as it was read.

    What a phone shows: `show_scores` the participant's own scores, `own_data` their entries as a file before the diary
    has ended (after it they always can), `ask_missed_reason` once why, after evenings in a row without an entry.
    """

    id: Identifier
    version: Version
    registry: str
    studyid: StudyCode
    usubjid: UsubjidPattern
    subject_pattern: SubjectPattern
    day_zero: date
    display_name: dict[str, str]
    title: str
    languages: tuple[str, ...] = Field(min_length=1)
    show_scores: bool = False
    ask_missed_reason: bool = False
    own_data: bool = False
    approvals: Approvals = Field(default_factory=Approvals)
    sites: tuple[Site, ...] = Field(min_length=1)
    anchors: tuple[AnchorRule, ...] = ()
    diary: DiaryRule
    visits: tuple[VisitRule, ...] = ()
    instruments: tuple[VisitInstrument, ...] = ()
    prompts: PromptRule
    alert_rules: tuple[AlertRule, ...] = ()
    eligibility: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    text: str = Field(default="", exclude=True, repr=False)
    sha256: str = Field(default="", exclude=True)

    @property
    def is_demonstration(self) -> bool:
        """Every screen then says: not for participants."""
        return not self.approvals.complete

    def visit_instrument(self, visit: str, code: str) -> VisitInstrument | None:
        """The questionnaire as this study uses it at that visit; None when it is not asked there."""
        asked = any(rule.id == visit and code in rule.instruments for rule in self.visits)
        return next((one for one in self.instruments if asked and one.code == code), None)

    def site(self, site_id: str) -> Site:
        """Raises KeyError."""
        return {site.id: site for site in self.sites}[site_id]

    def usubjid_for(self, site_number: str, subject: str) -> str:
        """The unique participant id that leaves with an export."""
        return self.usubjid.format(studyid=self.studyid, site=site_number, subject=subject)

    def accepts_subject(self, subject: str) -> bool:
        """Whether a participant number has the form of the trial's own list."""
        return re.fullmatch(self.subject_pattern, subject) is not None

    def faults(self) -> Iterator[Fault]:
        """Everything that the types cannot say: ids that must exist, be unique, or be given in each language."""
        anchors = [anchor.id for anchor in self.anchors]
        listed = [one.code for one in self.instruments]
        yield from (fault.within("diary") for fault in self.diary.faults(anchors))
        for number, visit in enumerate(self.visits):
            yield from (fault.within("visits", number) for fault in visit.faults(anchors, listed))
        yield from (fault.within("prompts") for fault in self.prompts.faults(self.diary.windows))
        yield from self._doubled_faults()
        yield from self._language_faults()

    def _doubled_faults(self) -> Iterator[Fault]:
        yield from doubled([site.id for site in self.sites], lambda number: ("sites", number, "id"))
        yield from doubled([site.number for site in self.sites], lambda number: ("sites", number, "number"))
        yield from doubled([anchor.id for anchor in self.anchors], lambda number: ("anchors", number, "id"))
        yield from doubled([visit.id for visit in self.visits], lambda number: ("visits", number, "id"))
        yield from doubled([rule.id for rule in self.alert_rules], lambda number: ("alert_rules", number, "id"))
        codes = [self.diary.instrument, *(one.code for one in self.instruments)]
        slots = [self.diary.slot, *(one.slot for one in self.instruments)]
        yield from doubled(codes, lambda number: ("instruments", number - 1, "code"))
        yield from doubled(slots, lambda number: ("instruments", number - 1, "slot"))

    def _language_faults(self) -> Iterator[Fault]:
        for number, language in enumerate(self.languages):
            if not _LANGUAGE.match(language):
                about = {"language": language}
                yield Fault(
                    ("languages", number), "{language} is no language code.", "Write two letters, as da.", about
                )
        yield from doubled(self.languages, lambda number: ("languages", number))
        for path, texts in self.texts():
            for language in self.languages:
                if not texts.get(language):
                    about = {"language": language}
                    yield Fault(path, "the text in {language} is missing.", 'Add {language} = "...".', about)
        for language, name in self.display_name.items():
            if len(name) > _LONGEST_NAME:
                longest = {"number": _LONGEST_NAME}
                yield Fault(("display_name", language), "a phone cuts long names.", "Use {number} letters.", longest)

    def texts(self) -> Iterator[tuple[Path, Mapping[str, object]]]:
        """Every text that people read, by the place where its languages stand."""
        yield ("display_name",), self.display_name
        for number, site in enumerate(self.sites):
            yield ("sites", number, "contact", "hours"), site.contact.hours
        for number, anchor in enumerate(self.anchors):
            yield ("anchors", number, "label"), anchor.label
        for number, visit in enumerate(self.visits):
            yield ("visits", number, "label"), visit.label
        if self.eligibility:
            yield ("eligibility",), self.eligibility


@lru_cache(maxsize=16)
def parse_study(text: str, *, file: str) -> Study:
    """Read a study file. Raises `FileInvalid` (study_invalid) with every fault: file, line, key, remedy."""
    toml = TomlFile.read(text, file=file, code=Code.STUDY_INVALID, head="study")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    study = toml.validate(Study, {**toml.merged(), "text": text, "sha256": sha256})
    toml.refuse(study.faults())
    return study
