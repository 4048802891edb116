"""The file that is rehearsed: read from what was handed over, and refused with every fault; it is kept nowhere."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from diary_app.core.errors import Code, FileInvalid, FileProblem, RequestRefused
from diary_app.core.study import Study, parse_study
from diary_app.core.study_check import check_study
from diary_app.core.study_frozen import amendment_problems
from diary_app.core.study_versions import InForce
from diary_app.core.tomlfile import Fault, TomlFile
from diary_app.resources import LANGUAGES, instruments
from server.licensing import Licensed
from server.live_study import not_sensible

#: The study that comes along has three kilobytes.
MAX_FILE_BYTES = 128 * 1024
_LONGEST_NAME = 80


class ProposalRefused(RequestRefused):
    """A file that could not go live, with its faults where it could be read."""

    def __init__(
        self, code: Code, message: str, remedy: str, problems: Sequence[FileProblem] = (), **named: object
    ) -> None:
        super().__init__(code, message, remedy, None, **named)
        self.problems = tuple(problems)


@dataclass(frozen=True)
class Ground:
    """What a new version is held against. `versions`: oldest first, at least one; `inhabited`: sites with people."""

    versions: Sequence[InForce]
    licensed: Licensed
    inhabited: Collection[str]
    today: date

    @property
    def live(self) -> Study:
        """The version in use."""
        return self.versions[-1].study


def read_proposed(raw: bytes, file: str, ground: Ground) -> Study:
    """The study as it would go live. Raises `ProposalRefused`; refuses whatever the start of a server refuses."""
    study = _parsed(_text(raw), _shown(file))
    if study.sha256 == ground.live.sha256:
        raise ProposalRefused(
            Code.ALREADY_EXISTS, "Version {version} is in use already.", "Choose the file of the version to come.",
            version=study.version,
        )  # fmt: skip
    _refuse(study, ground, _shown(file))
    return study


def too_large() -> ProposalRefused:
    """What is so large is no study file."""
    return ProposalRefused(
        Code.BODY_TOO_LARGE, "The file is larger than {size} kB.", "Choose the study file.", size=MAX_FILE_BYTES // 1024
    )


def _text(raw: bytes) -> str:
    if len(raw) > MAX_FILE_BYTES:
        raise too_large()
    if not raw.strip():
        raise ProposalRefused(Code.STUDY_INVALID, "There is nothing in the file.", "Choose the study file.")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise ProposalRefused(
            Code.STUDY_INVALID, "This is no text.", "Choose a study file in TOML that was saved as UTF-8."
        )
    return text.replace("\r\n", "\n").replace("\r", "\n")  # as a server reads its file, so that the hash agrees


def _shown(file: str) -> str:
    """The name without folders and without what cannot be printed."""
    name = file.replace("\\", "/").rpartition("/")[2]
    return "".join(letter for letter in name if letter.isprintable())[:_LONGEST_NAME] or "study.toml"


def _parsed(text: str, file: str) -> Study:
    try:
        return parse_study(text, file=file)
    except FileInvalid as invalid:
        raise _faulty(Code.STUDY_INVALID, invalid.problems) from invalid


def _refuse(study: Study, ground: Ground, file: str) -> None:
    """Raises `ProposalRefused` with every fault of every kind; the code is that of the first kind."""
    if study.id != ground.live.id:
        raise _faulty(Code.AMENDMENT_FORBIDDEN, _another(study, ground.live, file))
    live = [one.study for one in ground.versions]
    found = {
        Code.STUDY_INVALID: (
            *check_study(study, instruments(), LANGUAGES, file=file),
            *not_sensible(study, live, ground.today, file=file),
        ),
        Code.AMENDMENT_FORBIDDEN: (
            *_followed(study, ground, file),
            *amendment_problems(live, study, instruments(), ground.inhabited, file=file),
        ),
        Code.WORDING_NOT_INSTALLED: ground.licensed.activation_problems(study, instruments(), ground.today, file=file),
    }
    if codes := [code for code, problems in found.items() if problems]:
        raise _faulty(codes[0], [problem for problems in found.values() for problem in problems])


def _another(study: Study, live: Study, file: str) -> Iterable[FileProblem]:
    fault = Fault(
        ("id",), "this is study {study}; here runs {live}.", "Choose a file of the study that runs here.",
        {"study": study.id, "live": live.id},
    )  # fmt: skip
    return _problems(study, file, fault)


def _followed(study: Study, ground: Ground, file: str) -> Iterable[FileProblem]:
    if study.sha256 not in {one.study.sha256 for one in ground.versions}:
        return ()
    fault = Fault(
        ("version",), "version {version} was followed by version {live}.",
        "To go back to what it said, give the file a new version number.",
        {"version": study.version, "live": ground.live.version},
    )  # fmt: skip
    return _problems(study, file, fault)


def _problems(study: Study, file: str, fault: Fault) -> tuple[FileProblem, ...]:
    toml = TomlFile.read(study.text, file=file, code=Code.AMENDMENT_FORBIDDEN, head="study")
    return toml.problems([fault])


def _faulty(code: Code, problems: Iterable[FileProblem]) -> ProposalRefused:
    return ProposalRefused(
        code, "This file cannot go live as it is.", "Correct the lines named, and rehearse it again.", tuple(problems)
    )
