"""Licences for questionnaires that are not ours, and the wording that a study installs under them.

Without a licence in force for each language of the study, with the fingerprint of exactly the wording that is
installed, a licensed questionnaire is not activated.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from gettext import NullTranslations

from pydantic import BaseModel, ConfigDict, Field

from diary_app.core.catalogue import Catalogue
from diary_app.core.entries import Mode
from diary_app.core.errors import Code, FileInvalid, FileProblem
from diary_app.core.instruments import Instrument, Item, Wording
from diary_app.core.study import Study
from diary_app.core.tomlfile import Fault, TomlFile
from diary_app.core.tomllines import Path
from diary_app.core.wording import wording_sha256

_ON_A_SCREEN = frozenset({Mode.OWN_PHONE, Mode.LOANED_PHONE, Mode.WEB})
_INSTALL = "Install the licence file and the wording that belongs to it, or set active = false."


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Licence(_Frozen):
    """What the holder of the rights allows, for one language. `expires` is the last day; absent when it never does."""

    instrument: str
    version: str
    holder: str = Field(min_length=1)
    reference: str = Field(min_length=1)
    language: str = Field(pattern=r"^[a-z]{2}$")
    translation_version: str = Field(min_length=1)
    e_version_approved: date
    expires: date | None = None
    modes: tuple[Mode, ...] = Field(min_length=1)
    wording_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    extract_approved: bool = False

    def in_force(self, today: date) -> bool:
        """Approved for use on a screen by then, and not yet expired."""
        return self.e_version_approved <= today and (self.expires is None or today <= self.expires)


class ItemWording(_Frozen):
    """The licensed words of one item; `choices` maps each stored value to its words."""

    text: str = Field(min_length=1)
    low_label: str = ""
    high_label: str = ""
    choices: dict[str, str] = Field(default_factory=dict)


class InstalledWording(_Frozen):
    """The wording file of one instrument in one language, as the holder of the rights delivered it."""

    instrument: str
    version: str
    language: str = Field(pattern=r"^[a-z]{2}$")
    translation_version: str = Field(min_length=1)
    items: dict[str, ItemWording]


def parse_licence(text: str, *, file: str) -> Licence:
    """Read a licence file. Raises `FileInvalid` (licence_invalid) with every fault."""
    toml = TomlFile.read(text, file=file, code=Code.LICENCE_INVALID, head="licence")
    return toml.validate(Licence, toml.merged())


def install_wording(instrument: Instrument, text: str, *, file: str) -> Instrument:
    """The instrument with the words of a wording file in it, for one language.

    Raises `FileInvalid` (licence_invalid) unless the file has exactly the words that the structure needs.
    """
    return _installed(instrument, *_parsed_wording(text, file))


def _parsed_wording(text: str, file: str) -> tuple[TomlFile, InstalledWording]:
    toml = TomlFile.read(text, file=file, code=Code.LICENCE_INVALID, head="wording")
    return toml, toml.validate(InstalledWording, toml.merged())


def _installed(instrument: Instrument, toml: TomlFile, wording: InstalledWording) -> Instrument:
    toml.refuse(_wording_faults(instrument, wording))
    items = tuple(_worded(item, wording.items[item.code]) for item in instrument.items)
    return instrument.model_copy(update={"items": items})


@dataclass(frozen=True)
class WordingKey:
    """Which wording is meant: one version of one instrument in one language."""

    instrument: str
    version: str
    language: str


@dataclass(frozen=True)
class WordedInstrument:
    """A questionnaire with its licensed words in one language, and the fingerprint that a licence names."""

    key: WordingKey
    instrument: Instrument

    @cached_property
    def fingerprint(self) -> str:
        """`wording_sha256` of the words as they stand: nobody translates them again."""
        return wording_sha256(self.instrument, Catalogue(self.key.language, NullTranslations()))


def read_wording(text: str, instruments: Collection[Instrument], *, file: str) -> WordedInstrument:
    """A wording file put into the structure it belongs to. Raises `FileInvalid` (licence_invalid)."""
    toml, wording = _parsed_wording(text, file)
    known = {(one.code, one.version): one for one in instruments}
    instrument = known.get((wording.instrument, wording.version))
    if instrument is None or instrument.wording is Wording.OWN:
        why = f"there is no licensed questionnaire {wording.instrument} {wording.version}."
        toml.refuse([Fault(("instrument",), why, "Name a questionnaire and a version that the program has.")])
    assert instrument is not None
    key = WordingKey(wording.instrument, wording.version, wording.language)
    return WordedInstrument(key, _installed(instrument, toml, wording))


def _wording_faults(instrument: Instrument, wording: InstalledWording) -> Iterator[Fault]:
    if (wording.instrument, wording.version) != (instrument.code, instrument.version):
        yield Fault(("instrument",), "the file is for another instrument or version.", "Install it for that one.")
    for code in sorted(set(instrument.item_codes) - wording.items.keys()):
        yield Fault(("items",), f"the words of {code} are missing.", f"Add a table [items.{code}].")
    for code, words in wording.items.items():
        if code in instrument.item_codes:
            yield from _word_faults(instrument.item(code), words)
        else:
            yield Fault(("items", code), "the instrument has no such item.", "Remove the table.")


def _word_faults(item: Item, words: ItemWording) -> Iterator[Fault]:
    path: Path = ("items", item.code)
    values = {str(choice.value) for choice in item.choices}
    if values != words.choices.keys():
        yield Fault((*path, "choices"), "each answer needs its words, and no others.", f"Give {sorted(values)}.")
    if item.kind == "scale" and not (words.low_label and words.high_label):
        yield Fault(path, "the words at both ends of the scale are missing.", "Add low_label and high_label.")
    if any("{" in text or "}" in text for text in (words.text, words.low_label, words.high_label)):
        yield Fault(path, "the words contain a brace.", "Licensed wording has no placeholders; write it in full.")


def _worded(item: Item, words: ItemWording) -> Item:
    choices = tuple(one.model_copy(update={"label": words.choices[str(one.value)]}) for one in item.choices)
    labels = {"text": words.text, "low_label": words.low_label, "high_label": words.high_label}
    return item.model_copy(update={**labels, "choices": choices})


def check_activation(
    study: Study,
    instruments: Collection[Instrument],
    licences: Collection[Licence],
    wordings: Mapping[WordingKey, str],
    today: date,
    *,
    file: str = "",
) -> tuple[FileProblem, ...]:
    """Why the study's active questionnaires may not be used yet; empty when all may.

    `wordings` gives the fingerprint (`wording_sha256`) of each wording that is installed.
    """
    by_key = {(one.code, one.version): one for one in instruments}
    faults = []
    for path, code, version, items in _active(study):
        instrument = by_key.get((code, version))
        if instrument is None or instrument.wording is Wording.OWN:
            continue
        extract = bool(items) and set(items) != set(instrument.item_codes)
        for language in study.languages:
            key = WordingKey(code, version, language)
            why = _refusal(key, licences, wordings.get(key), today, extract=extract)
            faults += [why.within(*path)] if why else []
    if not faults:
        return ()
    toml = TomlFile.read(study.text, file=file or f"{study.id}.toml", code=Code.WORDING_NOT_INSTALLED, head="study")
    return toml.problems(faults)


def require_activation(problems: tuple[FileProblem, ...]) -> None:
    """Raises `FileInvalid` (wording_not_installed) when `check_activation` found anything."""
    if problems:
        raise FileInvalid(Code.WORDING_NOT_INSTALLED, problems)


@dataclass(frozen=True)
class Ending:
    """`last_day`: the last on which the wording may be shown to anybody."""

    key: WordingKey
    last_day: date


def endings(
    study: Study,
    instruments: Collection[Instrument],
    licences: Collection[Licence],
    wordings: Mapping[WordingKey, str],
    until: date,
) -> tuple[Ending, ...]:
    """The active questionnaires whose last licence ends by that day, or has ended; the soonest first."""
    own = {(one.code, one.version) for one in instruments if one.wording is Wording.OWN}
    keys = {
        WordingKey(code, version, language)
        for _, code, version, _ in _active(study)
        if (code, version) not in own
        for language in study.languages
    }
    ends = [Ending(key, last) for key in keys if (last := last_day(key, licences, wordings.get(key), until)) <= until]
    return tuple(sorted(ends, key=lambda one: (one.last_day, one.key.instrument, one.key.language)))


def last_day(key: WordingKey, licences: Collection[Licence], installed: str | None, until: date) -> date:
    """Of the licences that fit but for their end; `date.max` when one has none, or when nothing fits."""
    granted = [one for one in licences if WordingKey(one.instrument, one.version, one.language) == key]
    fitting = [one for one in granted if installed and _fits(one, installed, until)]
    return max((one.expires or date.max for one in fitting), default=date.max)


def _fits(licence: Licence, installed: str, today: date) -> bool:
    """But for its end."""
    return _refused_by(licence.model_copy(update={"expires": None}), installed, today) is None


def _active(study: Study) -> Iterator[tuple[Path, str, str, tuple[str, ...]]]:
    """Where each active instrument stands in the file, its code and version, and the items of an extract."""
    yield ("diary", "instrument"), study.diary.instrument, study.diary.version, ()
    for number, one in enumerate(study.instruments):
        if one.active:
            yield ("instruments", number, "code"), one.code, one.version, one.items


def allowing(key: WordingKey, fingerprint: str, licences: Collection[Licence], today: date) -> bool:
    """Whether a licence is in force on that day for exactly that wording, on a screen."""
    return _refusal(key, licences, fingerprint, today, extract=False) is None


def _refusal(
    key: WordingKey, licences: Collection[Licence], installed: str | None, today: date, *, extract: bool
) -> Fault | None:
    """Why the wording may not be shown, in the words of the licence that comes closest; None when it may."""
    granted = [one for one in licences if WordingKey(one.instrument, one.version, one.language) == key]
    if installed is None:
        return _why("the wording of {wording} in {spoken} is not installed.", key)
    if not granted:
        return _why("there is no licence for {wording} in {spoken}.", key)
    refusals = [_refused_by(licence, installed, today, extract=extract) for licence in granted]
    return None if None in refusals else refusals[-1]


def _refused_by(licence: Licence, installed: str, today: date, *, extract: bool = False) -> Fault | None:
    key = WordingKey(licence.instrument, licence.version, licence.language)
    if licence.e_version_approved > today:
        day = licence.e_version_approved
        return _why("the screen version of {wording} in {spoken} is not approved before {day}.", key, day)
    if not licence.in_force(today):
        return _why("the licence for {wording} in {spoken} ended on {day}.", key, licence.expires)
    if licence.wording_sha256 != installed:
        return _why("the installed wording of {wording} in {spoken} is not the one that the licence names.", key)
    if not _ON_A_SCREEN & set(licence.modes):
        return _why("the licence for {wording} in {spoken} does not allow use on a screen.", key)
    if extract and not licence.extract_approved:
        return _why("the licence for {wording} in {spoken} covers the whole questionnaire, not an extract.", key)
    return None


def _why(message: str, key: WordingKey, day: date | None = None) -> Fault:
    named = {"wording": f"{key.instrument} {key.version}", "spoken": key.language, "day": day}
    return Fault((), message, _INSTALL, named)
