"""Corrections on the participant's phone: those to say yes or no to, and what the approved ones do to the entries."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from diary_app import resources
from diary_app.core.correction_facts import ItemChange, ParticipantAnswer
from diary_app.core.corrections import Overlay, answer_body, answer_in
from diary_app.core.entries import EntryVersion
from diary_app.core.instruments import Instrument, Item
from diary_app.core.records import RecordKind
from diary_app.core.wire import CorrectionTold

if TYPE_CHECKING:
    from diary_app.storage.diary import Diary

Versions = Collection[EntryVersion]


class _Corrected(Mapping[date, Versions]):
    """Some days as they are now, the others read when they are looked at."""

    def __init__(self, entries: Mapping[date, Versions], corrected: Mapping[date, Versions]) -> None:
        self._entries = entries
        self._corrected = corrected
        filled = {day for day, versions in corrected.items() if versions}
        self._days = [*(day for day in entries if day not in corrected), *sorted(filled)]

    def __getitem__(self, day: date) -> Versions:
        return self._corrected[day] if day in self._corrected else self._entries[day]

    def __iter__(self) -> Iterator[date]:
        return iter(self._days)

    def __len__(self) -> int:
        return len(self._days)


@dataclass(frozen=True)
class Question:
    """One correction to say yes or no to; `item` is the question of the diary whose answer would change."""

    asked: CorrectionTold
    item: Item | None = None


class Correcting:
    """As last told by the study; the participant's answers are records of this phone."""

    def __init__(self, diary: Diary) -> None:
        self._diary = diary

    def waiting(self) -> tuple[Question, ...]:
        """Those that the participant has not answered on this phone; of the diary only, which is always in words."""
        asked = [one for one in self._diary.corrections_told() if not one.approved]
        if not asked:
            return ()
        said = (answer_in(record) for record in self._diary.records(RecordKind.ACKNOWLEDGEMENT))
        answered = {fact.detail.correction for fact in said if fact}
        rule = self._diary.study().diary
        asks = resources.instrument(rule.instrument, rule.version)
        ours = [one for one in asked if one.instrument == asks.code and one.correction not in answered]
        return tuple(question for one in ours if (question := _in_words(one, asks)))

    async def answer(self, asked: CorrectionTold, answer: ParticipantAnswer) -> None:
        """Keep what the participant says, as a record. Raises `DiaryUnavailable`."""
        await self._diary.write(RecordKind.ACKNOWLEDGEMENT, answer_body(asked.correction, answer))

    def over(self, entries: Mapping[date, Versions], instrument: str) -> Mapping[date, Versions]:
        """The entries by day as approved corrections have them; only days that one is about are read."""
        overlay, days = self._overlay(), self.days(instrument)
        if not days:
            return entries
        given = [version for day in sorted(days) for version in entries.get(day, ())]
        found: dict[date, list[EntryVersion]] = {day: [] for day in days}
        for version in overlay.over(given):
            found.setdefault(version.body.diary_day, []).append(version)
        return _Corrected(entries, found)

    def days(self, instrument: str) -> frozenset[date]:
        """The days that approved corrections are about."""
        return frozenset(day for code, day in self._overlay().days if code == instrument)

    def approved(self) -> tuple[CorrectionTold, ...]:
        """Those that count, in the order of approval; of every questionnaire."""
        return tuple(one for one in self._diary.corrections_told() if one.approved)

    def _overlay(self) -> Overlay:
        return Overlay(self.approved())


def _in_words(one: CorrectionTold, asks: Instrument) -> Question | None:
    """None where the diary has no such question any more."""
    if not isinstance(one.change, ItemChange):
        return Question(one)
    known = {item.code: item for item in asks.items}
    return Question(one, known[one.change.item]) if one.change.item in known else None
