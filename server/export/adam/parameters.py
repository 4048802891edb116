"""Which parameters ADQS has: each question and each score of several questions, once over all versions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.instruments import Instrument
from diary_app.core.study import Study
from server.export.content import About
from server.export.fitness import LONGEST_TEXT, is_fit
from server.export.numbering import Numbering, newest_last, numbering, oldest_first

_BEFORE_VISITS = 1000


@dataclass(frozen=True)
class Parameter:
    """One PARAMCD. `item_slot`: of the question in QSSEQ; None for a score. `is_averaged`: it has weekly means.

    Codes of a choice (none, 1 to 10 times, ...) are ranks: they are kept by day and not averaged.
    """

    code: str
    label: str
    category: str
    number: int
    instrument: str
    item_slot: int | None
    is_averaged: bool


@dataclass(frozen=True)
class Catalogue:
    """`parameters`: by code, in order of PARAMN. `visits`: AVISIT and AVISITN by id of the visit."""

    parameters: Mapping[str, Parameter]
    visits: Mapping[str, tuple[str, int]]
    numbering: Numbering

    def of(self, instrument: str) -> tuple[Parameter, ...]:
        """The parameters of a questionnaire."""
        return tuple(one for one in self.parameters.values() if one.instrument == instrument)


def catalogue(about: About) -> Catalogue:
    """Raises `CommandRefused` for a questionnaire that no version of the study has a slot for."""
    numbers = numbering(about)
    found: dict[str, Parameter] = {}
    for instrument in newest_last(about.instruments):
        if instrument.code not in numbers.slots:
            raise CommandRefused(
                Code.STUDY_INVALID,
                f"No version of the study names a slot for questionnaire {instrument.code}.",
                "List the questionnaire in the study file, inactive if it is not asked any more.",
            )
        found |= {
            one.code: one for one in _of(instrument, numbers.slots[instrument.code], about.study.diary.instrument)
        }
    ordered = sorted(found.values(), key=lambda one: (one.number, one.code))
    return Catalogue({one.code: one for one in ordered}, _visits(oldest_first(about)), numbers)


def _of(instrument: Instrument, slot: int, diary: str) -> Iterator[Parameter]:
    """A score that is one question alone is that question."""
    is_daily = instrument.code == diary
    for item in instrument.items:
        is_averaged = is_daily and item.kind == "scale"
        number = slot * 100 + item.slot
        yield Parameter(
            item.code, item.short, instrument.category, number, instrument.code, item.slot, is_averaged
        )  # fmt: skip
    for place, rule in enumerate(instrument.scores, 1):
        if rule.method != "item":
            number = slot * 100 + 50 + place
            yield Parameter(rule.code, rule.label, instrument.category, number, instrument.code, None, is_daily)


def _visits(studies: Sequence[Study]) -> Mapping[str, tuple[str, int]]:
    labels: dict[str, str] = {}
    for study in studies:
        for visit in study.visits:
            label = visit.label.get("en", visit.id)[:LONGEST_TEXT]
            labels.setdefault(visit.id, label if is_fit(label) else visit.id)
    return {one: (label, _BEFORE_VISITS + place) for place, (one, label) in enumerate(labels.items(), 1)}
