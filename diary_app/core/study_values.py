"""Kinds of values in a study file: wall times, ids and patterns, checked when they are read."""

import re
from string import Formatter
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator

from diary_app.core.errors import ValueUnfit

_WALL = re.compile(r"^(\+1 )?([01]\d|2[0-3]):([0-5]\d)$")


def wall_minutes(text: Any) -> int:
    """`18:00` -> 1080; `+1 03:00` (the next day) -> 1620. Raises ValueError."""
    match = _WALL.match(text) if isinstance(text, str) else None
    if match is None:
        raise ValueUnfit('write a time of day in quotes, as "06:30", or "+1 03:00" for the next day.')
    return (1440 if match[1] else 0) + int(match[2]) * 60 + int(match[3])


def wall_text(minutes: int) -> str:
    """`1080` -> 18:00; `1620` -> +1 03:00: as a study file has it."""
    return f"{'+1 ' if minutes >= 1440 else ''}{minutes // 60 % 24:02d}:{minutes % 60:02d}"


WallMinutes = Annotated[int, BeforeValidator(wall_minutes)]

_USUBJID_PARTS = ("studyid", "site", "subject")
# Only plain characters, sets and counts between ^ and $; and few parts of changing length, as each further one
# multiplies in how many ways a number that does not fit can be taken apart.
_SAFE_PATTERN = re.compile(r"\^(?:(?:\[[A-Za-z0-9-]+\]|\\d|[A-Za-z0-9-])(?:\{\d{1,2}(?:,\d{1,2})?\}|\?)?)+\$")
_CHANGES_LENGTH = re.compile(r"\?|\{\d+,\d+\}")
_MOST_CHANGING = 2


def _identifier(value: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", value):
        raise ValueUnfit("use 1 to 40 of a-z, 0-9, - and _, starting with a letter or digit.")
    return value


Identifier = Annotated[str, AfterValidator(_identifier)]


def _study_code(value: str) -> str:
    if not re.fullmatch(r"[A-Z0-9-]{1,20}", value):
        raise ValueUnfit("use 1 to 20 of A-Z, 0-9 and -.")
    return value


def _site_number(value: str) -> str:
    if not re.fullmatch(r"[0-9A-Za-z]{1,8}", value):
        raise ValueUnfit("use 1 to 8 of A-Z, a-z and 0-9.")
    return value


def _version(value: str) -> str:
    if not re.fullmatch(r"[0-9]+(\.[0-9]+)*", value):
        raise ValueUnfit("write numbers with points between them, as 1 or 2.10.")
    return value


StudyCode = Annotated[str, AfterValidator(_study_code)]
SiteNumber = Annotated[str, AfterValidator(_site_number)]
Version = Annotated[str, AfterValidator(_version)]


def _usubjid_pattern(value: str) -> str:
    try:
        names = {name for _, name, _, _ in Formatter().parse(value) if name is not None}
    except ValueError as error:
        raise ValueUnfit("the braces do not match.") from error
    if names - set(_USUBJID_PARTS):
        raise ValueUnfit("only {studyid}, {site} and {subject} can be filled in.")
    if not {"site", "subject"} <= names:
        raise ValueUnfit("{site} and {subject} are both needed, or two participants could share an id.")
    return value


def safe_pattern(value: str) -> str:
    """A regular expression that no text keeps busy. Raises ValueError."""
    if len(value) > 60 or not _SAFE_PATTERN.fullmatch(value):
        raise ValueUnfit("write ^, then characters, [sets], \\d and counts such as {3}, then $.")
    if len(_CHANGES_LENGTH.findall(value)) > _MOST_CHANGING:
        raise ValueUnfit("at most two parts may change in length, with ? or a count such as {2,4}.")
    try:
        re.compile(value)
    except re.error as error:
        raise ValueUnfit("this is no regular expression: {said}.", said=error) from error
    return value


SubjectPattern = Annotated[str, AfterValidator(safe_pattern)]
UsubjidPattern = Annotated[str, AfterValidator(_usubjid_pattern)]
