"""The study that this server runs: the file that is configured, and every version that was ever live."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from sqlalchemy import Connection

from diary_app.core.environment import Environment
from diary_app.core.errors import Code, FileInvalid, FileProblem
from diary_app.core.licences import require_activation
from diary_app.core.study import Study, parse_study
from diary_app.core.study_check import check_study
from diary_app.core.study_frozen import amendment_problems
from diary_app.core.study_sense import Program, sense_problems
from diary_app.core.study_versions import InForce
from diary_app.core.times import parse_utc
from diary_app.resources import LANGUAGES, instruments, is_translated, study_ids, study_text
from server.db import participants, state
from server.licensing import Licensed
from server.reminders.texts import telling_words
from server.settings import SettingInvalid, Settings


def read_study(settings: Settings) -> Study:
    """The study that is configured. Raises `FileInvalid`, `SettingInvalid`."""
    if settings.study_file is None:
        return parse_study(_shipped(settings.study), file=f"studies/{settings.study}.toml")
    try:
        text = settings.study_file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingInvalid(
            Code.SETTING_INVALID,
            f"XERODIARY_STUDY_FILE: {settings.study_file} cannot be read ({type(error).__name__}).",
            "Name a study file in TOML, saved as UTF-8, that this user may read.",
        ) from error
    return parse_study(text, file=str(settings.study_file))


def _shipped(study: str) -> str:
    if study not in study_ids():
        raise SettingInvalid(
            Code.SETTING_INVALID,
            f"XERODIARY_STUDY: there is no study {study}.",
            f"Choose one of {', '.join(study_ids())}, or name a file of your own in XERODIARY_STUDY_FILE.",
        )
    return study_text(study)


def require_usable(study: Study, licensed: Licensed, environment: Environment) -> None:
    """Refuse to run what `xerodiary study check` finds fault with; licensed questionnaires need their licence."""
    if problems := check_study(study, instruments(), LANGUAGES):
        raise FileInvalid(Code.STUDY_INVALID, problems)
    require_activation(licensed.activation_problems(study, instruments(), environment.now().date()))


def not_sensible(study: Study, live: Sequence[Study], today: date, *, file: str = "") -> tuple[FileProblem, ...]:
    """What should be changed before this version goes live, of what can be read and would be noticed too late."""
    program = Program(instruments(), is_translated, telling_words)
    return sense_problems(study, live, program, today, file=file)


def keep_study(connection: Connection, environment: Environment, study: Study, file: str) -> None:
    """Let a new version go live. Raises `FileInvalid`: study_invalid, or amendment_forbidden for what has to stay."""
    stored = state.study_sha256(connection, study.id, study.version)
    if stored is None:
        _require_fit(connection, study, file, environment.now().date())
        participants.expand_anew(connection)  # evenings to come follow the new version from its first hour on
        state.add_study(
            connection,
            study=study.id,
            version=study.version,
            sha256=study.sha256,
            text=study.text,
            at=_from_now(connection, environment),
        )
    elif stored != study.sha256:
        raise SettingInvalid(
            Code.SETTING_INVALID,
            f"Version {study.version} of study {study.id} was live before with other contents.",
            "Give the changed study file a new version number.",
        )


def _from_now(connection: Connection, environment: Environment) -> datetime:
    """When a new version goes live: not before the last sweep, so that a clock that is behind moves no past evening."""
    now, swept = environment.now(), state.value(connection, state.SWEPT_AT)
    return max(now, parse_utc(swept)) if swept is not None else now


def _require_fit(connection: Connection, study: Study, file: str, today: date) -> None:
    live = [one.study for one in versions_of(connection, study.id)]
    if problems := not_sensible(study, live, today, file=file):
        raise FileInvalid(Code.STUDY_INVALID, problems)
    if problems := amendment_problems(live, study, instruments(), participants.sites(connection), file=file):
        raise FileInvalid(Code.AMENDMENT_FORBIDDEN, problems)


def versions_in_force(connection: Connection, study: Study) -> tuple[InForce, ...]:
    """Those of the study that is run, oldest first.

    Raises `SettingInvalid` for a version that was followed by another: days would be laid out by neither.
    """
    versions = tuple(
        replace(one, study=study) if one.study.text == study.text else one for one in versions_of(connection, study.id)
    )
    newest = versions[-1].study
    if newest.version != study.version:
        raise SettingInvalid(
            Code.SETTING_INVALID,
            f"Version {study.version} of study {study.id} was followed by version {newest.version}.",
            "To go back to what it said, give the study file a new version number.",
        )
    return versions


def versions_of(connection: Connection, study: str) -> tuple[InForce, ...]:
    """Every version of a study that was ever live, oldest first."""
    return tuple(
        InForce(since, parse_study(text, file="study version in the database"))
        for since, text in state.studies_in_force(connection, study)
    )
