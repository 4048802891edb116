"""One breach of data protection as it is known by now: facts, effects, what was done, and who was told. Pure.

Every fact holds all that was known when it was added, so that what was thought before stays readable beside it.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from diary_app.core.entries import Instant
from diary_app.core.errors import Code, Phrase, RequestRefused
from diary_app.core.references import identifying

KIND = "incident"
#: How long there is to tell the authority once a breach was noticed (GDPR article 33(1)).
TO_TELL = timedelta(hours=72)
#: An alert says that nobody has decided by then; a night and a morning are left.
TO_DECIDE = timedelta(hours=48)
LONGEST_TEXT = 2000
#: An earlier year is a slip that would stay for good, such as 26 for 2026.
_FIRST_YEAR = 2000
#: `14.05` alone; in a row of such pairs, `20.30 40.50`, each may be part of a telephone number.
_TIME = re.compile(r"\b\d{1,2}:\d{2}\b|(?<![\d.])(?<!\d\s)(?<!\d\s\s)(?:[01]?\d|2[0-3])\.[0-5]\d(?!\d|\.\d|\s{1,2}\d)")
_DATE = re.compile(
    r"(?<![\d./])(?:0?[1-9]|[12]\d|3[01])"
    r"(?:\.(?:0?[1-9]|1[0-2])\.20\d\d|/(?:0?[1-9]|1[0-2])(?:[/\s-]20\d\d|(?!\s{1,2}\d)))(?![\d/])"
)
#: Of a case at an authority, which proves that it was told.
_CASE = re.compile(r"\b20\d\d-\d{2,4}-\d{2,6}\b")
_WEEK = re.compile(r"\b(?:uge|week)\s\d{1,2}(?!\d|\s{1,2}\d)", re.IGNORECASE)


class Harm(StrEnum):
    """What was broken (EDPB guidelines 9/2022): read by others, changed or lost; several are possible."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"


class Data(StrEnum):
    """Which data it was about."""

    ANSWERS = "answers"
    DIARY_DAYS = "diary_days"
    CONTACT_DATA = "contact_data"
    STAFF_ACCOUNTS = "staff_accounts"
    KEYS = "keys"
    OTHER = "other"


class Told(StrEnum):
    """Whether somebody was told, or need not be."""

    UNDECIDED = "undecided"
    TOLD = "told"
    NOT_NEEDED = "not_needed"


Text = Annotated[str, Field(max_length=LONGEST_TEXT)]


class Said(BaseModel):
    """All that is known of one. `happened`: absent while nobody knows. `participants`: about how many; absent likewise.

    `authority_why`, `people_why`: why they need not be told; of the authority also why it was told after 72 hours.
    """

    model_config = ConfigDict(frozen=True, extra="allow")

    number: int
    what: Text
    happened: Instant | None = None
    noticed: Instant
    harms: tuple[Harm, ...] = ()
    data: tuple[Data, ...] = ()
    participants: int | None = Field(default=None, ge=0, lt=2**31)
    effects: Text = ""
    done: Text = ""
    authority: Told = Told.UNDECIDED
    authority_at: Instant | None = None
    authority_why: Text = ""
    people: Told = Told.UNDECIDED
    people_at: Instant | None = None
    people_why: Text = ""

    @property
    def until(self) -> datetime:
        """By when the authority has to be told."""
        return self.noticed + TO_TELL

    @property
    def is_open(self) -> bool:
        """Whether something about telling is still to be decided."""
        return Told.UNDECIDED in (self.authority, self.people)


@dataclass(frozen=True)
class Step:
    """What somebody added. `id`: of the fact; `author`: account, or what stands for it."""

    id: str
    at: datetime
    author: str
    said: Said


@dataclass(frozen=True)
class Incident:
    """One breach: `steps`, the first to the last."""

    number: int
    steps: tuple[Step, ...]

    @property
    def last(self) -> Step:
        """What holds now."""
        return self.steps[-1]

    @property
    def said(self) -> Said:
        """As it is known now."""
        return self.last.said


def check(said: Said, at: datetime) -> None:
    """Whether it can be kept as it is. Raises `RequestRefused`, which names what to change. `at`: now."""
    if not said.what.strip():
        raise _refused("Nothing says what happened.", "Write it down in a sentence or two.")
    for text in (said.what, said.effects, said.done, said.authority_why, said.people_why):
        _check_text(text)
    moments = (said.happened, said.noticed, said.authority_at, said.people_at)
    for moment in moments:
        if moment is not None:
            require_likely(moment)
    if any(moment is not None and moment > at for moment in moments):
        raise _refused("A time is still to come.", "Look at the dates and times again.")
    if said.happened is not None and said.happened > said.noticed:
        raise _refused("It was noticed before it happened.", "Look at both times again.")
    _check_told(said.authority, said.authority_at, said.authority_why, said.noticed)
    _check_told(said.people, said.people_at, said.people_why, said.noticed)
    if said.authority_at is not None and said.authority_at > said.until and not said.authority_why.strip():
        raise _refused("The authority was told after more than 72 hours.", "Write why, as article 33(1) asks for.")


def require_likely(day: date) -> None:
    """Raises `RequestRefused` for a year that nobody meant. Asked of what was typed too: some cannot even be kept."""
    if day.year < _FIRST_YEAR:
        raise _refused("A date is before the year 2000.", "Give the year with four digits, as 2026-11-30.")


def _check_told(told: Told, told_at: datetime | None, why: str, noticed: datetime) -> None:
    if told is Told.TOLD and told_at is None:
        raise _refused("Nothing says when they were told.", "Give date and time.")
    if told is not Told.TOLD and told_at is not None:
        raise _refused("There is a time of telling, and nobody was told.", "Choose that they were told, or empty it.")
    if told_at is not None and told_at < noticed:
        raise _refused("Somebody was told before it was noticed.", "Look at both times again.")
    if told is Told.NOT_NEEDED and not why.strip():
        raise _refused("Nothing says why nobody need be told.", "Write why: whoever inspects the log asks for it.")


def _check_text(text: str) -> None:
    """It stays for good, so nobody may be named in it by number or address; times, dates and weeks are neither."""
    if not text.replace("\n", "").isprintable():
        raise _refused("The text holds characters that cannot be read.", "Type it anew.")
    if found := identifying(_without_moments(_CASE.sub("case", text))):
        raise RequestRefused(
            Code.REFERENCE_IDENTIFIES,
            "The text looks as if it held {found}.",
            "What is written here stays for good: leave out whatever leads to a person. Write dates as 2026-11-30 "
            "and times as 14:05.",
            found=Phrase(found),
        )


def _without_moments(text: str) -> str:
    return _WEEK.sub("week", _TIME.sub("time", _DATE.sub("date", text)))


def _refused(message: str, remedy: str) -> RequestRefused:
    return RequestRefused(Code.FACT_INVALID, message, remedy)
