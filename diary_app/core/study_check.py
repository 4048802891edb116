"""Whether a study file fits what the program has: instruments, their versions and items, and languages.

Together with `parse_study` and `check_activation` this is what `xerodiary study check` reports.
"""

from collections.abc import Collection, Iterator

from diary_app.core.errors import Code, FileProblem
from diary_app.core.instruments import Instrument
from diary_app.core.study import Study
from diary_app.core.tomlfile import Fault, TomlFile, among
from diary_app.core.tomllines import Path


def check_study(
    study: Study, instruments: Collection[Instrument], languages: Collection[str], *, file: str = ""
) -> tuple[FileProblem, ...]:
    """What the study asks for and the program does not have; empty when everything is there."""
    faults = [
        *_instrument_faults(study, instruments),
        *_score_faults(study, instruments),
        *_language_faults(study, languages),
    ]
    if not faults:
        return ()
    toml = TomlFile.read(study.text, file=file or f"{study.id}.toml", code=Code.STUDY_INVALID, head="study")
    return toml.problems(faults)


def _instrument_faults(study: Study, instruments: Collection[Instrument]) -> Iterator[Fault]:
    yield from _version_faults(("diary",), "instrument", study.diary.instrument, study.diary.version, instruments)
    for number, one in enumerate(study.instruments):
        path: Path = ("instruments", number)
        yield from _version_faults(path, "code", one.code, one.version, instruments)
        yield from _extract_faults((*path, "items"), one.items, _items(one.code, one.version, instruments))


def _score_faults(study: Study, instruments: Collection[Instrument]) -> Iterator[Fault]:
    diary = (study.diary.instrument, study.diary.version)
    found = next((one for one in instruments if (one.code, one.version) == diary), None)
    known = [rule.code for rule in found.scores] if found else []
    for number, rule in enumerate(study.alert_rules):
        if known and rule.score not in known:
            path: Path = ("alert_rules", number, "score")
            yield Fault(path, "there is no score {name}.", "Name one of: {known}.", among(rule.score, known))


def _version_faults(
    path: Path, key: str, code: str, version: str, instruments: Collection[Instrument]
) -> Iterator[Fault]:
    versions = sorted(one.version for one in instruments if one.code == code)
    if not versions:
        there = among(code, sorted({one.code for one in instruments}))
        yield Fault((*path, key), "there is no instrument {name}.", "Name one of: {known}.", there)
    elif version not in versions:
        there = {"instrument": code, **among(version, versions)}
        yield Fault((*path, "version"), "{instrument} has no version {name}.", "Name one of: {known}.", there)


def _extract_faults(path: Path, items: Collection[str], known: Collection[str]) -> Iterator[Fault]:
    for number, item in enumerate(items):
        if known and item not in known:
            yield Fault((*path, number), "there is no item {name}.", "Name some of: {known}.", among(item, known))


def _items(code: str, version: str, instruments: Collection[Instrument]) -> tuple[str, ...]:
    return next((one.item_codes for one in instruments if (one.code, one.version) == (code, version)), ())


def _language_faults(study: Study, languages: Collection[str]) -> Iterator[Fault]:
    for number, language in enumerate(study.languages):
        if language not in languages:
            there = among(language, languages)
            yield Fault(("languages", number), "the app does not speak {name}.", "Use some of: {known}.", there)
