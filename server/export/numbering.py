"""What never changes its number: rows of QS, and what refers to them, are counted by the fact alone.

Slots, day zero and the places of visits are those of the version of the study that named them first: an amendment
renumbers nothing, and neither do later data.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.instruments import Instrument
from diary_app.core.study import Study
from server.export.content import About

#: Numbers of one visit, of one day, and of one questionnaire in either. Slots are less than 20 and 50. A visit has
#: numbers of its own, as two may be filled in on one day; the first begin where days are some 270 years on.
_OF_A_VISIT = 100_000_000
_OF_A_DAY = 1000
_OF_A_QUESTIONNAIRE = 50


@dataclass(frozen=True)
class Numbering:
    """`slots`: of questionnaires, by code. Number 0 within a questionnaire stands for all of its questions.

    `visits`: the place of each among all that the study ever had, from 1, by its identifier.
    """

    slots: Mapping[str, int]
    day_zero: date
    visits: Mapping[str, int]

    def sequence(self, who: str, instrument: str, day: date, item_slot: int = 0, *, visit: str | None = None) -> int:
        """QSSEQ: by the visit, else by the diary day.

        Raises `CommandRefused` for a day before day zero, whose number would not be positive.
        """
        place, days = self.visits.get(visit or "", 0), (day - self.day_zero).days
        if not place and days < 0:
            raise CommandRefused(
                Code.NOT_EXPORTABLE,
                f"QSSEQ: participant {who} has something for {day}, before the study's day_zero {self.day_zero}.",
                "Correct the diary day. A study's day_zero is fixed with its first version and cannot be moved.",
            )
        if instrument not in self.slots:
            raise CommandRefused(
                Code.NOT_EXPORTABLE,
                f"QSSEQ: no version of the study names a slot for questionnaire {instrument} (participant {who}).",
                "List the questionnaire in the study file, inactive if it is not asked any more.",
            )
        begin = place * _OF_A_VISIT if place else days * _OF_A_DAY
        return begin + self.slots[instrument] * _OF_A_QUESTIONNAIRE + item_slot


def numbering(about: About) -> Numbering:
    """That of a study with all its versions."""
    slots: dict[str, int] = {}
    for study in oldest_first(about):
        slots.setdefault(study.diary.instrument, study.diary.slot)
        for one in study.instruments:
            slots.setdefault(one.code, one.slot)
    visits = dict.fromkeys(visit.id for study in oldest_first(about) for visit in study.visits)
    places = {visit: place for place, visit in enumerate(visits, 1)}
    return Numbering(slots, oldest_first(about)[0].day_zero, places)


def oldest_first(about: About) -> Sequence[Study]:
    """Every version of the study; what was named first is frozen."""
    return [*(one.study for one in about.versions), about.study]


def newest_last(instruments: Iterable[Instrument]) -> list[Instrument]:
    """By code, then by version as numbers."""
    return sorted(instruments, key=lambda one: (one.code, tuple(int(part) for part in one.version.split("."))))
