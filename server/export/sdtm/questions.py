"""Every question that QS can hold, once over all versions of all questionnaires, and the numbers of its rows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from diary_app import resources
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.instruments import Instrument, Item, Wording
from diary_app.core.study import Study
from server.export.content import About
from server.export.sdtm.fitness import refuse_unfit

_LONGEST_NAME = 40
#: Numbers of one day in QSSEQ, and of one questionnaire in it. Slots are less than 20 and 50.
_OF_A_DAY = 1000
_OF_A_QUESTIONNAIRE = 50


@dataclass(frozen=True)
class Question:
    """One question. `name` and `category`: as the newest version has them. `answers`: of all versions, with the words
    of the newest that are the study's own, else none; empty for a scale, which goes from `lowest` to `highest`.
    """

    code: str
    name: str
    category: str
    lowest: int
    highest: int
    answers: Mapping[int, str]


@dataclass(frozen=True)
class VisitName:
    """One visit: its number from 1 and its name."""

    number: int
    name: str


@dataclass(frozen=True)
class Catalogue:
    """What can be in QS. `questions`: by QSTESTCD. `instruments`: by code and version.

    `categories`: by code of the questionnaire. `slots`: likewise, from the study file. `visits`: by identifier.
    """

    questions: Mapping[str, Question]
    instruments: Mapping[tuple[str, str], Instrument]
    categories: Mapping[str, str]
    visits: Mapping[str, VisitName]
    slots: Mapping[str, int]
    day_zero: date

    def sequence(self, who: str, instrument: str, day: date, item_slot: int = 0) -> int:
        """QSSEQ: a function of the fact alone, so that nothing is renumbered when later data arrive.

        Raises `CommandRefused` for a day before the study's day zero, whose number would not be positive.
        """
        days = (day - self.day_zero).days
        if days < 0:
            raise CommandRefused(
                Code.NOT_EXPORTABLE,
                f"QSSEQ: participant {who} has something for {day}, before the study's day_zero {self.day_zero}.",
                "Correct the diary day, or have the study file name an earlier day_zero before the first export.",
            )
        if instrument not in self.slots:
            raise CommandRefused(
                Code.NOT_EXPORTABLE,
                f"QSSEQ: no version of the study names a slot for questionnaire {instrument} (participant {who}).",
                "List the questionnaire in the study file, inactive if it is not asked any more.",
            )
        return days * _OF_A_DAY + self.slots[instrument] * _OF_A_QUESTIONNAIRE + item_slot


def catalogue(about: About) -> Catalogue:
    """Raises `CommandRefused` for names that SDTM cannot hold or that would mean two things."""
    versions = sorted(about.instruments, key=lambda one: (one.code, _as_numbers(one.version)))
    newest = {one.code: one for one in versions}
    found = Catalogue(
        questions={one.code: one for one in _questions(versions, newest)},
        instruments=about.by_version,
        categories=_categories(about, newest),
        visits=_visits(about),
        slots=_slots(about),
        day_zero=_oldest_first(about)[0].day_zero,
    )
    _check(found)
    return found


def _questions(versions: Sequence[Instrument], newest: Mapping[str, Instrument]) -> Iterable[Question]:
    gathered: dict[str, list[tuple[Instrument, Item]]] = {}
    for instrument in versions:
        for item in instrument.items:
            gathered.setdefault(item.code, []).append((instrument, item))
    for code, uses in sorted(gathered.items()):
        owners = sorted({instrument.code for instrument, _ in uses})
        if len(owners) > 1:
            raise CommandRefused(
                Code.NOT_EXPORTABLE,
                f"QSTESTCD: the question {code} is in the questionnaires {', '.join(owners)}.",
                "Give the questions of one of them other codes in a new version.",
            )
        _, latest = uses[-1]
        scales = [item for _, item in uses if item.kind == "scale"]
        answers = {one.value: _words(instrument, one.label) for instrument, item in uses for one in item.choices}
        yield Question(
            code=code,
            name=latest.short,
            category=newest[owners[0]].category,
            lowest=min((item.lowest for item in scales), default=min(answers, default=0)),
            highest=max((item.highest for item in scales), default=max(answers, default=0)),
            answers={} if scales else dict(sorted(answers.items())),
        )


def _words(instrument: Instrument, label: str) -> str:
    return label if instrument.wording is Wording.OWN else ""


def _check(found: Catalogue) -> None:
    codes_of: dict[str, list[str]] = {}
    for one in found.questions.values():
        refuse_unfit(one.name, f"QSTEST of question {one.code}", _LONGEST_NAME)
        refuse_unfit(one.category, f"QSCAT of question {one.code}")
        codes_of.setdefault(one.name, []).append(one.code)
    for name, codes in codes_of.items():
        if len(codes) > 1:
            raise CommandRefused(
                Code.NOT_EXPORTABLE,
                f"QSTEST: the questions {' and '.join(codes)} have the same short label {name!r}.",
                "Give one of them another short label in a new version.",
            )


def _categories(about: About, newest: Mapping[str, Instrument]) -> Mapping[str, str]:
    """Also of questionnaires that nobody has answered yet: a visit may have been missed."""
    found = {code: one.category for code, one in newest.items()}
    for study in _oldest_first(about):
        for one in study.instruments:
            if one.code not in found:
                found[one.code] = resources.instrument(one.code, one.version).category
    return found


def _visits(about: About) -> Mapping[str, VisitName]:
    """In the order in which versions of the study brought them, so that an amendment renumbers none."""
    ids = list(dict.fromkeys(visit.id for study in _oldest_first(about) for visit in study.visits))
    return {one: VisitName(number, one.upper()) for number, one in enumerate(ids, 1)}


def _slots(about: About) -> Mapping[str, int]:
    """Those that were named first: they are frozen, and an amendment renumbers nothing."""
    slots: dict[str, int] = {}
    for study in _oldest_first(about):
        slots.setdefault(study.diary.instrument, study.diary.slot)
        for one in study.instruments:
            slots.setdefault(one.code, one.slot)
    return slots


def _oldest_first(about: About) -> Sequence[Study]:
    return [*(one.study for one in about.versions), about.study]


def _as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
