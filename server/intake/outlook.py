"""Evenings and prompts of a range of days, laid out by the engine that runs: for anybody, or for one participant."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Fact, ParticipantAdded, PhoneActivated, Trained, ZoneConfirmed
from diary_app.core.preview import Peculiarity, explain
from diary_app.core.prompts import Pause, Prompt, prompts
from diary_app.core.study import Study
from diary_app.core.study_versions import InForce, expand_through
from diary_app.core.times import local, wall_to_utc
from diary_app.core.windows import DiaryDay, expand
from diary_app.core.wishes import wishes
from server.intake.known import facts_of, pauses_of
from server.intake.zones import require_zone

#: When somebody who travels confirms the new zone.
_ARRIVES_AT = 12 * 60


@dataclass(frozen=True)
class Span:
    """First and last day."""

    start: date
    end: date

    def days_of(self, days: Sequence[DiaryDay]) -> tuple[DiaryDay, ...]:
        """Those inside."""
        return tuple(day for day in days if self.start <= day.day <= self.end)


@dataclass(frozen=True)
class Journey:
    """At noon of that day, by the clocks there, the participant says that the diary follows this zone from now on."""

    day: date
    zone: str


@dataclass(frozen=True)
class Newcomer:
    """Somebody who begins the day before the span. `usual`: wall minutes of the first prompt; None: the study's."""

    home: str
    window: str | None = None
    usual: int | None = None
    journeys: tuple[Journey, ...] = ()


@dataclass(frozen=True)
class Outlook:
    """One diary day with its prompts, those that are dropped included, and what is peculiar about it."""

    day: DiaryDay
    prompts: tuple[Prompt, ...]
    peculiar: tuple[Peculiarity, ...]


def of_anybody(study: Study, span: Span, who: Newcomer) -> list[Outlook]:
    """As this version of the study lays it out. Raises `RequestRefused` for a window, zone or time it does not have."""
    rules = {rule.id for rule in study.diary.windows}
    if who.window is not None and who.window not in rules:
        raise RequestRefused(
            Code.NOT_FOUND, "{window} is no window of this study.", "Name one of {windows}.",
            window=who.window, windows=", ".join(sorted(rules)),
        )  # fmt: skip
    if who.usual is not None and who.usual > study.prompts.latest:
        raise RequestRefused(
            Code.SETTING_INVALID, "No prompt comes after the latest time of the study.", "Name an earlier usual time."
        )
    days = expand(study, _facts(study, span, who), span.end)
    return _laid_out(study, span, days, usual=who.usual)


def of_participant(connection: Connection, versions: Sequence[InForce], participant: str, span: Span) -> list[Outlook]:
    """Of somebody who is there, as the database knows them."""
    facts = facts_of(connection, participant)
    days = expand_through(versions, facts, span.end)
    return of_days(versions[-1].study, days, facts, pauses_of(connection, participant), span)


def of_days(
    study: Study, days: Sequence[DiaryDay], facts: Sequence[Fact], pauses: Iterable[Pause], span: Span
) -> list[Outlook]:
    """Days of somebody about whom this is known, with the reminders of this version of the study."""
    return _laid_out(study, span, days, usual=wishes(facts).usual_within(study.prompts), pauses=pauses)


def _laid_out(
    study: Study, span: Span, days: Sequence[DiaryDay], *, usual: int | None, pauses: Iterable[Pause] = ()
) -> list[Outlook]:
    shown = span.days_of(days)
    peculiar = explain([*[day for day in days if day.day < span.start][-1:], *shown])
    planned = prompts(study.prompts, shown, usual=usual, pauses=pauses)
    return [
        Outlook(day, tuple(one for one in planned if one.day == day.day), peculiar.get(day.day, ())) for day in shown
    ]


def wall_on(moment: datetime, day: DiaryDay, separator: str = ":") -> str:
    """Wall time where the day is lived: 03:00+1 is on the day after."""
    wall = local(moment, day.zone)
    later = (wall.date() - day.day).days
    return f"{wall:%H}{separator}{wall:%M}" + (f"+{later}" if later else "")


def _facts(study: Study, span: Span, who: Newcomer) -> tuple[Fact, ...]:
    for name in (who.home, *(journey.zone for journey in who.journeys)):
        require_zone(name)
    began = span.start - timedelta(days=study.diary.starts_after_days + 1)
    at = datetime.combine(began, time(12), UTC)
    choices = {study.diary.instrument: who.window} if who.window else {}
    begun = (
        ParticipantAdded(site=study.sites[0].id, zone=who.home, choices=choices),
        PhoneActivated(device="preview"),
        Trained(),
    )
    facts = [Fact(str(number), at, number, detail) for number, detail in enumerate(begun, 1)]
    for number, journey in enumerate(sorted(who.journeys, key=lambda one: one.day), len(facts) + 1):
        arrives = wall_to_utc(journey.day, _ARRIVES_AT, journey.zone, last=False)
        facts.append(Fact(str(number), arrives, number, ZoneConfirmed(zone=journey.zone)))
    return tuple(facts)
