"""The folder of licence and wording files: read whole at the start, or the start is refused with every fault.

No word of it is logged, exported or kept in the database: phones get the files as they are, and nothing else does.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Protocol, TypeVar

from diary_app.core.errors import Code, FileInvalid, FileProblem
from diary_app.core.instruments import Instrument
from diary_app.core.licences import (
    Ending,
    Licence,
    WordedInstrument,
    WordingKey,
    allowing,
    check_activation,
    endings,
    last_day,
    parse_licence,
    read_wording,
)
from diary_app.core.study import Study
from diary_app.core.wire import Wordings, WordingText
from diary_app.resources import LANGUAGES, instruments
from server.settings import SettingInvalid

#: Time to renew a licence, or to tell the sites.
WARNED_BEFORE = timedelta(days=30)
LICENCE, WORDING = ".licence.toml", ".wording.toml"
Parsed_co = TypeVar("Parsed_co", covariant=True)


class Reader(Protocol[Parsed_co]):
    """Reads one kind of file. Raises `FileInvalid`."""

    def __call__(self, text: str, *, file: str) -> Parsed_co: ...


@dataclass(frozen=True)
class WordingFile:
    """One wording file as it lies in the folder, and what is in it."""

    name: str
    text: str = field(repr=False)
    worded: WordedInstrument = field(repr=False)

    @cached_property
    def as_sent(self) -> WordingText:
        """As a phone gets it."""
        return WordingText(sha256=sha256(self.text.encode()).hexdigest(), text=self.text)


@dataclass(frozen=True)
class Licensed:
    """Everything in the folder."""

    licences: tuple[Licence, ...] = ()
    files: tuple[WordingFile, ...] = ()

    def activation_problems(
        self, study: Study, known: Collection[Instrument], today: date, *, file: str = ""
    ) -> tuple[FileProblem, ...]:
        """Why the study's active questionnaires may not be used yet; empty when all may."""
        fingerprints = {one.worded.key: one.worded.fingerprint for one in self.files}
        return check_activation(study, known, self.licences, fingerprints, today, file=file)

    def endings(self, study: Study, known: Collection[Instrument], today: date) -> tuple[Ending, ...]:
        """Licences of active questionnaires that end soon, or have ended while the server ran; the soonest first."""
        fingerprints = {one.worded.key: one.worded.fingerprint for one in self.files}
        return endings(study, known, self.licences, fingerprints, today + WARNED_BEFORE)

    def wordings(self, study: Study, held: Collection[str], today: date) -> Wordings:
        """What a phone of the study may show on that day, and the texts that it does not hold yet."""
        if not self.files:
            return _NO_WORDINGS
        active = {(one.code, one.version) for one in study.instruments if one.active}
        files = [one for one in self.files if _is_asked(one.worded.key, active, study) and self._may(one, today)]
        sent = [one.as_sent for one in files]
        ends = {one.as_sent.sha256: self._last_day(one, today) for one in files}
        return Wordings(
            in_use=tuple(one.sha256 for one in sent),
            texts=tuple(one for one in sent if one.sha256 not in held),
            last_days={digest: last for digest, last in ends.items() if last != date.max},
        )

    def _last_day(self, file: WordingFile, today: date) -> date:
        return last_day(file.worded.key, self.licences, file.worded.fingerprint, today)

    def _may(self, file: WordingFile, today: date) -> bool:
        return allowing(file.worded.key, file.worded.fingerprint, self.licences, today)


_NO_WORDINGS = Wordings()


def read_folder(folder: Path | None) -> Licensed:
    """Every licence and wording in the folder. Raises `FileInvalid` with all faults of all files, `SettingInvalid`."""
    if folder is None:
        return Licensed()
    problems: list[FileProblem] = []
    texts = {path.name: text for path in _files(folder) if (text := _text(path, problems)) is not None}
    licences = [_parsed(parse_licence, text, name, problems) for name, text in texts.items() if name.endswith(LICENCE)]
    files = [_wording(text, name, problems) for name, text in texts.items() if name.endswith(WORDING)]
    found = [one for one in files if one]
    problems += _doubled(found)
    if problems:
        raise FileInvalid(Code.LICENCE_INVALID, problems)
    return Licensed(tuple(one for one in licences if one), tuple(found))


def _is_asked(key: WordingKey, active: Collection[tuple[str, str]], study: Study) -> bool:
    return (key.instrument, key.version) in active and key.language in study.languages


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise SettingInvalid(
            Code.SETTING_INVALID,
            f"XERODIARY_LICENCE_FOLDER: {folder} is not a folder.",
            "Name the folder with the licence and wording files, or remove the setting.",
        )
    return sorted(path for path in folder.iterdir() if path.name.endswith((LICENCE, WORDING)))


def _text(path: Path, problems: list[FileProblem]) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = f"the file cannot be read ({type(error).__name__})."
        problems.append(FileProblem(path.name, None, "file", why, "Save it as UTF-8 where this user may read it."))
        return None


def _wording(text: str, name: str, problems: list[FileProblem]) -> WordingFile | None:
    worded = _parsed(_read_wording, text, name, problems)
    return WordingFile(name, text, worded) if worded else None


def _read_wording(text: str, *, file: str) -> WordedInstrument:
    worded = read_wording(text, instruments(), file=file)
    if worded.key.language not in LANGUAGES:
        why = f"the app does not speak {worded.key.language}."
        problem = FileProblem(file, None, "language", why, f"Use one of: {', '.join(LANGUAGES)}.")
        raise FileInvalid(Code.LICENCE_INVALID, [problem])
    return worded


def _parsed(read: Reader[Parsed_co], text: str, name: str, problems: list[FileProblem]) -> Parsed_co | None:
    try:
        return read(text, file=name)
    except FileInvalid as invalid:
        problems.extend(invalid.problems)
        return None


def _doubled(files: Iterable[WordingFile]) -> list[FileProblem]:
    """Of two wordings for the same questionnaire and language nobody can tell which is meant."""
    first: dict[WordingKey, str] = {}
    problems = []
    for one in files:
        other = first.setdefault(one.worded.key, one.name)
        if other != one.name:
            why = f"{other} has the same questionnaire and language."
            problems.append(FileProblem(one.name, None, "language", why, "Keep one of the two."))
    return problems
