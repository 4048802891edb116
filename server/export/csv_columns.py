"""Which CSV files there are, and the columns of each, from the dictionary."""

from collections.abc import Iterable, Iterator

from diary_app.core.entries import Skip
from diary_app.core.instruments import Instrument, Item, ScoreRule
from diary_app.core.study import Study
from server.export import dictionary
from server.export.dictionary import Column
from server.export.score_words import words_of_scores
from server.export.weeks import main_measures

EXPECTED_DAYS = "expected_days.csv"
VISITS = "visits.csv"
LONG = "long.csv"
WIDE = "wide.csv"
WEEKLY_MEANS = "weekly_means.csv"
COMPLIANCE = "compliance.csv"
COMPLIANCE_BY_DAY = "compliance_by_day.csv"
DICTIONARY = "dictionary.csv"


def columns_of(study: Study, instruments: Iterable[Instrument]) -> dict[str, tuple[Column, ...]]:
    """The columns of every file; the first is the same in all of them."""
    known = tuple(instruments)
    labelled = (*dictionary.IDENTIFIERS, *dictionary.DAY, *dictionary.labels(study))
    entry = entry_columns(study)
    means = dictionary.mean_columns(main_measures(known, study.diary.instrument))
    pair = dictionary.pair_columns()
    files = {
        EXPECTED_DAYS: (*labelled, *dictionary.WINDOW, *dictionary.STATE, dictionary.COUNTED),
        VISITS: (*dictionary.IDENTIFIERS, *dictionary.VISITS),
        LONG: (*entry, *dictionary.ANSWER),
        WIDE: (*entry, *answer_columns(known)),
        WEEKLY_MEANS: (*dictionary.IDENTIFIERS, *dictionary.WEEK, *means),
        COMPLIANCE: (dictionary.IDENTIFIERS[0], *dictionary.COMPLIANCE, *dictionary.rate_columns()),
        COMPLIANCE_BY_DAY: (dictionary.IDENTIFIERS[0], *dictionary.BY_DAY, *pair, dictionary.REACHED),
    }
    return {name: (dictionary.TRANSFER, *columns) for name, columns in files.items()}


def entry_columns(study: Study) -> tuple[Column, ...]:
    """What `long` and `wide` both say of an entry."""
    of_visits = (*dictionary.IDENTIFIERS, *dictionary.DAY, dictionary.VISIT, *dictionary.labels(study))
    return (*of_visits, dictionary.STATE[0], *dictionary.CAPTURE)


def answer_columns(instruments: Iterable[Instrument]) -> tuple[Column, ...]:
    """Answer and score columns of `wide`, each once, over all versions of the instruments."""
    return tuple(_answers_and_scores(tuple(instruments)))


def _answers_and_scores(instruments: tuple[Instrument, ...]) -> Iterator[Column]:
    seen: dict[str, Column] = {}
    for instrument in instruments:
        for item in instrument.items:
            seen.setdefault(item.code, _answer_column(item))
    words = words_of_scores(instruments)
    for instrument in instruments:
        for rule in instrument.scores:
            for suffix, kind, meaning in (
                ("score", "decimal", f"{_called(rule)}: {words[rule.code]}"),
                ("answered", "whole number", f"How many of its {len(rule.items)} items were answered"),
                ("scoring_version", "text", "Version of the scoring rule"),
            ):
                name = f"{rule.code}_{suffix}"
                seen.setdefault(name, Column(name, kind, meaning))
    yield from seen.values()


def _answer_column(item: Item) -> Column:
    meaning = f"{item.short}; or why there is no answer: {', '.join(Skip)}"
    return Column(item.code, dictionary.NUMBER_OR_CODE, meaning)


def _called(rule: ScoreRule) -> str:
    return f"{rule.label} (exploratory)" if rule.exploratory and "xploratory" not in rule.label else rule.label
