"""The log of breaches in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from diary_app.core.catalogue import message
from server.console.authors import author
from server.console.desk import Desk
from server.incidents.incident import Data, Harm, Incident, Said, Told

HARMS: Mapping[Harm, str] = {
    Harm.CONFIDENTIALITY: message("Somebody could read what is not theirs"),
    Harm.INTEGRITY: message("Something was changed that should not have been"),
    Harm.AVAILABILITY: message("Something was lost or out of reach"),
}
DATA: Mapping[Data, str] = {
    Data.ANSWERS: message("Answers of participants"),
    Data.DIARY_DAYS: message("Evenings, dates and statuses under a number"),
    Data.CONTACT_DATA: message("Telephone numbers or e-mail addresses"),
    Data.STAFF_ACCOUNTS: message("Accounts of staff"),
    Data.KEYS: message("Keys, passwords or codes"),
    Data.OTHER: message("Other data"),
}
TOLD: Mapping[Told, str] = {
    Told.UNDECIDED: message("Not decided yet"),
    Told.TOLD: message("Told"),
    Told.NOT_NEEDED: message("Need not be told"),
}
_HOUR = timedelta(hours=1)
#: In hours up to here, as the law counts to 72 of them.
_IN_HOURS = timedelta(days=4)


@dataclass(frozen=True)
class Left:
    """How it stands with the 72 hours. `is_pressing`: they run, and nobody has decided."""

    words: str
    is_pressing: bool


@dataclass(frozen=True)
class Added:
    """What somebody added: each field that changed with what it says since."""

    at: str
    by: str
    fields: Sequence[tuple[str, str]]


def left(desk: Desk, said: Said) -> Left:
    """How long there still is to tell the authority, or how it was settled."""
    say, until = desk.say, desk.calendar.moment(said.until)
    if said.authority is Told.NOT_NEEDED:
        return Left(say("need not be told"), False)
    if said.authority is Told.TOLD and said.authority_at is not None:
        took = _long(desk, said.authority_at - said.noticed)
        if said.authority_at > said.until:
            return Left(say("told after {time}: later than 72 hours", time=took), False)
        return Left(say("told after {time}", time=took), False)
    span = said.until - desk.now
    if span < timedelta():
        return Left(say("{time} over the 72 hours, which ended {moment}", time=_long(desk, -span), moment=until), True)
    return Left(say("{time} left, until {moment}", time=_long(desk, span), moment=until), True)


def fields(desk: Desk, said: Said) -> list[tuple[str, str]]:
    """All that is known, as names and words; what is not known yet says so."""
    say = desk.say
    unknown = say("not known yet")
    count = desk.texts.count("about {number} participant", "about {number} participants", said.participants or 0)
    return [
        (say("What happened"), said.what),
        (say("Happened"), _moment(desk, said.happened) or unknown),
        (say("Noticed"), _moment(desk, said.noticed)),
        (say("What was broken"), _listed(desk, [HARMS[one] for one in said.harms]) or unknown),
        (say("Which data"), _listed(desk, [DATA[one] for one in said.data]) or unknown),
        (say("How many participants"), unknown if said.participants is None else count),
        (say("Effects"), said.effects or unknown),
        (say("What was done"), said.done or unknown),
        (say("The authority"), _told(desk, said.authority, said.authority_at, said.authority_why)),
        (say("The people concerned"), _told(desk, said.people, said.people_at, said.people_why)),
    ]  # fmt: skip


def history(desk: Desk, incident: Incident, names: Mapping[str, str]) -> Iterator[Added]:
    """Who added what, the first to the last; an earlier wording stands where it was said."""
    unknown = {desk.say("not known yet"), desk.say(TOLD[Told.UNDECIDED])}
    before: list[tuple[str, str]] = []
    for step in incident.steps:
        now = fields(desk, step.said)
        changed = [one for one in now if one not in before and (before or one[1] not in unknown)]
        yield Added(desk.calendar.moment(step.at), author(desk.texts, names, step.author), changed)
        before = now


def _told(desk: Desk, told: Told, at: datetime | None, why: str) -> str:
    words = desk.say(TOLD[told])
    said = f"{words} {_moment(desk, at)}" if at else words
    return f"{said}. {why}" if why else said


def _listed(desk: Desk, patterns: Sequence[str]) -> str:
    return "; ".join(map(desk.say, patterns))


def _moment(desk: Desk, at: datetime | None) -> str:
    return desk.calendar.moment(at) if at else ""


def _long(desk: Desk, span: timedelta) -> str:
    """Minutes, hours or days; what is begun is not counted."""
    count = desk.texts.count
    if span < _HOUR:
        return count("{number} minute", "{number} minutes", int(span.total_seconds() // 60))
    if span < _IN_HOURS:
        return count("{number} hour", "{number} hours", int(span / _HOUR))
    return count("{number} day", "{number} days", span.days)
