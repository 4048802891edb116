"""What was typed into the form of an incident, kept as typed so that a refusal loses nothing."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict

from diary_app.core.times import local, wall_to_utc
from server.console.dates import Calendar, clock
from server.incidents.incident import LONGEST_TEXT, Data, Harm, Said, Told, require_likely
from server.intake.staff import refused

_KEY = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: Spaces that come along when text is pasted from a word processor.
_BLANKS = str.maketrans(dict.fromkeys("\t\u00a0\u2007\u202f", " "))
Chosen = TypeVar("Chosen", bound=StrEnum)


class Typed(BaseModel):
    """The fields by their names, all text; a tick stands under `harm_` or `data_` and its code. Times are local.

    `form`: names the page that it was typed on, so that it is kept once. `after`: the fact that was read before the
    form was made.
    """

    model_config = ConfigDict(
        frozen=True, extra="allow", str_max_length=2 * LONGEST_TEXT
    )  # browsers send two characters for a line's end

    form: str = ""
    after: str = ""
    what: str = ""
    happened_day: str = ""
    happened_time: str = ""
    noticed_day: str = ""
    noticed_time: str = ""
    participants: str = ""
    effects: str = ""
    done: str = ""
    authority: str = Told.UNDECIDED.value
    authority_day: str = ""
    authority_time: str = ""
    authority_why: str = ""
    people: str = Told.UNDECIDED.value
    people_day: str = ""
    people_time: str = ""
    people_why: str = ""

    @classmethod
    def of(cls, said: Said, form: str, after: str, dates: Calendar) -> Self:
        """The form as it is opened to add to what is known, with times as they are written elsewhere."""
        ticks = {f"harm_{one}": "1" for one in said.harms} | {f"data_{one}": "1" for one in said.data}
        moments = {
            "happened": said.happened, "noticed": said.noticed, "authority": said.authority_at,
            "people": said.people_at,
        }  # fmt: skip
        walls = {name: local(moment, dates.zone) for name, moment in moments.items() if moment is not None}
        return cls(
            form=form, after=after, what=said.what,
            participants="" if said.participants is None else str(said.participants),
            effects=said.effects, done=said.done, authority=said.authority.value, authority_why=said.authority_why,
            people=said.people.value, people_why=said.people_why, **ticks,
            **{f"{name}_day": wall.date().isoformat() for name, wall in walls.items()},
            **{f"{name}_time": clock(wall.time(), dates.language) for name, wall in walls.items()},
        )  # fmt: skip

    @property
    def key(self) -> str:
        """Under which it is kept. Raises `RequestRefused`."""
        if not _KEY.fullmatch(self.form):
            raise refused("The page was not sent whole.", "Open it again.")
        return self.form

    def is_ticked(self, name: str) -> bool:
        """Whether that tick is set."""
        return (self.model_extra or {}).get(name) == "1"

    def known(self, zone: str, before: Said | None = None) -> Mapping[str, Any]:
        """As it is kept. Raises `RequestRefused`, which names what to change. `before`: what the form was made from."""
        moments = {
            "happened": _moment(self.happened_day, self.happened_time, zone),
            "noticed": _moment(self.noticed_day, self.noticed_time, zone),
            "authority_at": _moment(self.authority_day, self.authority_time, zone),
            "people_at": _moment(self.people_day, self.people_time, zone),
        }
        if moments["noticed"] is None:
            raise refused("Nothing says when it was noticed.", "Give date and time: 72 hours run from it.")
        return {
            **{name: _as_before(at, getattr(before, name, None)) for name, at in moments.items()},
            "what": _text(self.what), "effects": _text(self.effects), "done": _text(self.done),
            "harms": tuple(one for one in Harm if self.is_ticked(f"harm_{one}")),
            "data": tuple(one for one in Data if self.is_ticked(f"data_{one}")),
            "participants": _number(self.participants),
            "authority": _one_of(Told, self.authority), "authority_why": _text(self.authority_why),
            "people": _one_of(Told, self.people), "people_why": _text(self.people_why),
        }  # fmt: skip


def _as_before(at: datetime | None, before: datetime | None) -> datetime | None:
    """A form has minutes: what was noted with seconds and left alone stays as it was."""
    is_same = at is not None and before is not None and before.replace(second=0, microsecond=0) == at
    return before if is_same else at


def _moment(day: str, at: str, zone: str) -> datetime | None:
    """None where nothing is typed; of an hour that clocks show twice, the first time."""
    if not day.strip() and not at.strip():
        return None
    try:
        hour, minute = at.strip().replace(".", ":").split(":")
        wall, on = time(int(hour), int(minute)), date.fromisoformat(day.strip())
        moment = wall_to_utc(on, wall.hour * 60 + wall.minute, zone, last=False).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise refused("A date or a time cannot be read.", "Give both: a date, and a time as 14:05.") from error
    require_likely(on)
    return moment


def _text(typed: str) -> str:
    return typed.translate(_BLANKS).strip().replace("\r\n", "\n")


def _number(typed: str) -> int | None:
    if not typed.strip():
        return None
    if not typed.strip().isdecimal() or len(typed.strip()) > 7:
        raise refused("The number of participants cannot be read.", "Type digits, or leave it empty while unknown.")
    return int(typed)


def _one_of(kind: type[Chosen], text: str) -> Chosen:
    try:
        return kind(text)
    except ValueError as error:
        raise refused("Something is not chosen.", "Choose one from each list.") from error
