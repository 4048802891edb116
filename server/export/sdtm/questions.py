"""Every question that QS can hold, once over all versions of all questionnaires, and its visits."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from diary_app import resources
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.instruments import Instrument, Item, Wording
from server.export.content import About
from server.export.fitness import refuse_unfit
from server.export.numbering import Numbering, newest_last, numbering, oldest_first

_LONGEST_NAME = 40


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

    `categories`: by code of the questionnaire. `visits`: by identifier.
    """

    questions: Mapping[str, Question]
    instruments: Mapping[tuple[str, str], Instrument]
    categories: Mapping[str, str]
    visits: Mapping[str, VisitName]
    numbering: Numbering


def catalogue(about: About) -> Catalogue:
    """Raises `CommandRefused` for names that SDTM cannot hold or that would mean two things."""
    versions, numbers = newest_last(about.instruments), numbering(about)
    newest = {one.code: one for one in versions}
    found = Catalogue(
        questions={one.code: one for one in _questions(versions, newest)},
        instruments=about.by_version,
        categories=_categories(about, newest),
        visits={one: VisitName(place, one.upper()) for one, place in numbers.visits.items()},
        numbering=numbers,
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
    for study in oldest_first(about):
        for one in study.instruments:
            if one.code not in found:
                found[one.code] = resources.instrument(one.code, one.version).category
    return found
