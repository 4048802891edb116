"""Visit questionnaires on the phone: which are due, which are done, and filling one in.

A questionnaire is offered only while its window is open and its words are on the phone in the language shown. Both
come from the server; until a treatment has a date there is nothing to offer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from diary_app import resources
from diary_app.core.entries import EntryVersion
from diary_app.core.environment import Environment
from diary_app.core.errors import FileInvalid
from diary_app.core.history import home_zone, zone_at
from diary_app.core.instruments import Instrument
from diary_app.core.licences import WordedInstrument, WordingKey, read_wording
from diary_app.core.merge import counting
from diary_app.core.study import Study
from diary_app.core.times import local_date
from diary_app.core.visits import ExpectedVisit, VisitWindow, expected_visits
from diary_app.core.wire import VisitDone
from diary_app.questionnaire import Filling

if TYPE_CHECKING:
    from diary_app.storage.diary import Diary

SECONDS_AN_ITEM = 10


@dataclass(frozen=True)
class VisitSlot:
    """What a visit questionnaire is filled in for; it has no late, so its window's end is the end.

    `day` is the date on which the window opens at home: a draft is kept under it, so that a treatment that moves does
    not bring back what was begun for an earlier week. An entry is for the date of its own capture.
    """

    visit: str
    instrument: str
    day: date
    zone: str
    opens: datetime
    closes: datetime

    @property
    def late_until(self) -> datetime:
        """The end."""
        return self.closes


@dataclass(frozen=True)
class DueQuestionnaire:
    """One questionnaire whose window is open. `entry`: the version on this phone that counts.

    `done`: this phone or an earlier one saved it; `received`: the study has it. `study_version`: which asks for it.
    """

    slot: VisitSlot
    instrument: Instrument
    begun: bool = False
    done: bool = False
    received: bool = False
    study_version: str = ""
    entry: EntryVersion | None = None


@dataclass(frozen=True)
class DueVisit:
    """One visit with its questionnaires whose windows are open, in the study's order."""

    visit: str
    label: Mapping[str, str]
    closes: datetime
    zone: str
    questionnaires: tuple[DueQuestionnaire, ...]

    @property
    def to_do(self) -> tuple[DueQuestionnaire, ...]:
        """Those not saved yet."""
        return tuple(one for one in self.questionnaires if not one.done)

    @property
    def minutes(self) -> int:
        """How long those not saved yet will take, about."""
        items = sum(len(one.instrument.items) for one in self.to_do)
        return max(1, round(items * SECONDS_AN_ITEM / 60))


class Visiting:
    """The visit questionnaires of the participant on this phone."""

    def __init__(self, diary: Diary, environment: Environment) -> None:
        self._diary = diary
        self._environment = environment

    def due(self, language: str) -> tuple[DueVisit, ...]:
        """Every visit with a questionnaire that can be filled in now, or was and can still be changed."""
        now, study, facts = self._environment.now(), self._diary.study(), self._diary.facts()
        expected = [one for one in expected_visits(study, facts) if one.is_due(now)]
        if not expected:
            return ()
        worded = self._worded(study, language)
        zone, home = zone_at(facts, now) or "", home_zone(facts)
        found: dict[str, list[DueQuestionnaire]] = {}
        for one in expected:
            key = WordingKey(one.instrument.code, one.instrument.version, language)
            if key in worded and one.window:
                slot = _slot(one, one.window, zone, home)
                asked = worded[key].extract(one.instrument.items)
                found.setdefault(one.visit, []).append(self._stands(slot, asked, study.version))
        return tuple(_visit(study, visit, tuple(questionnaires)) for visit, questionnaires in found.items())

    def begin(self, due: DueQuestionnaire) -> Filling:
        """Fill it in."""
        return Filling(due.instrument, due.slot, study_version=due.study_version)

    def amend(self, due: DueQuestionnaire) -> Filling:
        """Change what was saved on this phone."""
        assert due.entry is not None, "only what was saved here can be changed here"
        return replace(self.begin(due).begun_with(due.entry.body.answers), replaces=due.entry)

    def _stands(self, slot: VisitSlot, instrument: Instrument, version: str) -> DueQuestionnaire:
        told = _told(self._diary.visits_told().done, slot)
        entry = current_of(self._diary.entries_of(slot.instrument), slot)
        received = told is not None and (entry is None or told.entry == entry.id)
        begun = self._diary.draft(slot.instrument, slot.day) is not None
        return DueQuestionnaire(slot, instrument, begun, bool(entry or told), received, version, entry)

    def _worded(self, study: Study, language: str) -> dict[WordingKey, Instrument]:
        """The words on this phone; those that only another version of the app can place are passed over."""
        asked = tuple((one.code, one.version) for one in study.instruments if one.active)
        read = (_read(text, asked) for text in self._diary.visits_told().wordings)
        return {one.key: one.instrument for one in read if one and one.key.language == language}


def entry_day(filling: Filling, now: datetime) -> date:
    """The diary day of an entry: of a visit the local date of its first version, else the day that was asked about."""
    if not isinstance(filling.day, VisitSlot):
        return filling.day.day
    return filling.replaces.body.diary_day if filling.replaces else local_date(now, filling.day.zone)


def visit_of(filling: Filling) -> str:
    """The visit that is filled in for; empty for the diary."""
    return filling.day.visit if isinstance(filling.day, VisitSlot) else ""


def current_of(entries: Collection[EntryVersion], slot: VisitSlot) -> EntryVersion | None:
    """Of the versions for that visit that were saved within the window they showed, the one that counts."""
    in_time = (one for one in entries if one.body.visit == slot.visit and one.body.captured_at < one.body.closes)
    found = counting(in_time)
    return found.current if found else None


@lru_cache(maxsize=32)
def _read(text: str, asked: tuple[tuple[str, str], ...]) -> WordedInstrument | None:
    """Today is looked at again and again; each file is read once."""
    try:
        return read_wording(text, [resources.instrument(*one) for one in asked], file="wording on this phone")
    except (FileInvalid, KeyError):
        return None


def _slot(expected: ExpectedVisit, window: VisitWindow, zone: str, home: str) -> VisitSlot:
    day = local_date(window.opens, home)
    return VisitSlot(expected.visit, expected.instrument.code, day, zone, window.opens, window.closes)


def _visit(study: Study, visit: str, questionnaires: tuple[DueQuestionnaire, ...]) -> DueVisit:
    rule = next(one for one in study.visits if one.id == visit)
    slot = questionnaires[0].slot
    return DueVisit(visit, rule.label, slot.closes, slot.zone, questionnaires)


def _told(done: Collection[VisitDone], slot: VisitSlot) -> VisitDone | None:
    return next((one for one in done if (one.visit, one.instrument) == (slot.visit, slot.instrument)), None)
