"""What should not be asked of anybody as it stands: questions without their translation, and what no export can tell.

A study may bring questionnaires of its own; those that come along pass all of this.
"""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import combinations

from diary_app.core.instruments import Instrument, Item, ScoreRule, Wording
from diary_app.core.study import Study
from diary_app.core.tomlfile import Fault
from diary_app.core.tomllines import Path

#: Whether the app has a text, named by its English words, in a language.
Translated = Callable[[str, str], bool]
_IN_THE_FILE = "Correct the questionnaire's own file."


def instrument_faults(
    study: Study, live: Sequence[Study], instruments: Collection[Instrument], translated: Translated
) -> Iterator[Fault]:
    """What is wrong with the questionnaires that the study asks; one that a live version asked is frozen as it is."""
    known = {(one.code, one.version): one for one in instruments}
    asked = {named for version in live for _, named in _used(version)}
    used = [(path, known[named]) for path, named in _used(study) if named in known]
    new = [(path, one) for path, one in used if (one.code, one.version) not in asked]
    for path, instrument in used:
        yield from _translation_faults(path, instrument, _new_languages(study, live, instrument), translated)
    for path, instrument in new:
        yield from _letter_faults(path, instrument)
        for score in instrument.scores:
            yield from _range_faults(path, instrument, score)
    for first, second in combinations(used, 2):
        if first in new or second in new:
            yield from _shared_faults(second[0], first[1], second[1])


def _new_languages(study: Study, live: Sequence[Study], instrument: Instrument) -> list[str]:
    """Those in which no live version asked it."""
    named = instrument.code, instrument.version
    asked = [one for one in live if any(found == named for _, found in _used(one))]
    return [language for language in study.languages if not any(language in one.languages for one in asked)]


def _used(study: Study) -> Iterator[tuple[Path, tuple[str, str]]]:
    yield ("diary", "version"), (study.diary.instrument, study.diary.version)
    for number, one in enumerate(study.instruments):
        if one.active:
            yield ("instruments", number, "version"), (one.code, one.version)


def _translation_faults(
    path: Path, instrument: Instrument, languages: Collection[str], translated: Translated
) -> Iterator[Fault]:
    if instrument.wording is Wording.LICENSED:
        return  # the holder's words come with a file for each language
    for language in languages:
        lacking = [text for text in instrument.messages if not translated(language, text)]
        if lacking:
            about = {"name": _name(instrument), "number": len(lacking), "language": language, "text": lacking[0]}
            yield Fault(
                path, "{name} has {number} texts that are not translated into {language}; the first is “{text}”.",
                "Add them to the translations of the app, and build it anew.", about,
            )  # fmt: skip


def _letter_faults(path: Path, instrument: Instrument) -> Iterator[Fault]:
    """Names that stand in transport files, which hold plain letters only."""
    names = [instrument.category, *(item.short for item in instrument.items), *(one.label for one in instrument.scores)]
    for name in names:
        if not (name.isascii() and name.isprintable()):
            about = {"name": _name(instrument), "text": name}
            yield Fault(path, "{name}: “{text}” has letters that transport files cannot hold.", _IN_THE_FILE, about)


def _range_faults(path: Path, instrument: Instrument, score: ScoreRule) -> Iterator[Fault]:
    """A score that is mapped from another range than its answers have comes out wrong."""
    raw = score_range(instrument, score)
    if score.from_range is not None and score.from_range != raw:
        about = {
            "name": _name(instrument), "score": score.code, "lowest": raw[0], "highest": raw[1],
            "from": "{} to {}".format(*score.from_range),
        }  # fmt: skip
        yield Fault(
            path, "{name}: {score} is mapped from {from}, and its answers give {lowest} to {highest}.", _IN_THE_FILE,
            about,
        )  # fmt: skip


def _shared_faults(path: Path, one: Instrument, other: Instrument) -> Iterator[Fault]:
    """Exports tell questions and scores by code, and codes by name, over all questionnaires."""
    for mine, theirs in ((_codes(one), _codes(other)), (_shorts(one), _shorts(other))):
        for shared in sorted(mine & theirs):
            about = {"name": _name(other), "other": _name(one), "text": shared}
            yield Fault(
                path, "{name} and {other} both have “{text}”; exports could not tell them apart.", _IN_THE_FILE, about
            )


def _codes(instrument: Instrument) -> set[str]:
    return {*instrument.item_codes, *(one.code for one in instrument.scores)}


def _shorts(instrument: Instrument) -> set[str]:
    return {instrument.category, *(item.short for item in instrument.items)}


def score_range(instrument: Instrument, score: ScoreRule) -> tuple[int, int]:
    """The lowest and the highest value that the answers can give, before it is mapped."""
    spans = [_span(instrument.item(code)) for code in score.items]
    lows, highs = [low for low, _ in spans], [high for _, high in spans]
    if score.method == "sum":
        return sum(lows), sum(highs)
    return min(lows), max(highs)


def _span(item: Item) -> tuple[int, int]:
    return min(item.values), max(item.values)


def _name(instrument: Instrument) -> str:
    return f"{instrument.code} {instrument.version}"
