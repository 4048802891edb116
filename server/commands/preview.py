"""`xerodiary study preview`: evenings and prompts of any range of days, laid out by the engine that runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.facts import Fact, ParticipantAdded, PhoneActivated, Trained
from diary_app.core.preview import explain
from diary_app.core.prompts import Prompt, prompts
from diary_app.core.study import Study
from diary_app.core.study_versions import expand_through
from diary_app.core.times import UnknownZone, local, zone
from diary_app.core.windows import DiaryDay, expand
from diary_app.core.wishes import wishes
from server.commands.surroundings import say, services, table
from server.db.engine import reading
from server.intake.known import facts_of, pauses_of

HEADINGS = ("day", "zone", "opens", "closes", "late until", "prompts", "remarks")


@dataclass(frozen=True)
class Span:
    """First and last day."""

    start: date
    end: date

    def days_of(self, days: Sequence[DiaryDay]) -> tuple[DiaryDay, ...]:
        """Those inside."""
        return tuple(day for day in days if self.start <= day.day <= self.end)


def of_anybody(study: Study, span: Span, *, window: str | None, home: str | None, usual: int | None) -> None:
    """For somebody who begins the day before the span, with that window and zone. Raises `CommandRefused`."""
    rules = {rule.id for rule in study.diary.windows}
    if window is not None and window not in rules:
        raise CommandRefused(
            Code.NOT_FOUND, f"{window} is no window of this study.", f"Name one of {', '.join(sorted(rules))}."
        )
    facts = _newcomer(study, span, window, home or study.sites[0].zone)
    try:
        _show(span, expand(study, facts, span.end), lambda days: prompts(study.prompts, days, usual=usual))
    except ValueError as error:
        raise CommandRefused(Code.SETTING_INVALID, f"{error}.".capitalize(), "Name an earlier usual time.") from error


def of_participant(participant: str, span: Span) -> None:
    """For a participant as the database knows them. Raises `CommandRefused`."""
    with services() as opened, reading(opened.engine) as connection:
        facts = facts_of(connection, participant)
        if not facts:
            raise CommandRefused(
                Code.NOT_FOUND, f"There is no participant {participant}.", "xerodiary participant list names them."
            )
        days, pauses = expand_through(opened.versions, facts, span.end), pauses_of(connection, participant)
    rule, wanted = opened.study.prompts, wishes(facts)
    if wanted.channels:
        say(f"Reminders by {', then '.join(wanted.channels)}.")
    _show(span, days, lambda shown: prompts(rule, shown, usual=wanted.usual_within(rule), pauses=pauses))


def _newcomer(study: Study, span: Span, window: str | None, home: str) -> tuple[Fact, ...]:
    try:
        zone(home)
    except UnknownZone as error:
        raise CommandRefused(Code.NOT_FOUND, str(error), "Name a zone of the IANA list.") from error
    began = span.start - timedelta(days=study.diary.starts_after_days + 1)
    at = datetime.combine(began, time(12), UTC)
    choices = {study.diary.instrument: window} if window else {}
    details = (
        ParticipantAdded(site=study.sites[0].id, zone=home, choices=choices),
        PhoneActivated(device="preview"),
        Trained(),
    )
    return tuple(Fact(str(number), at, number, detail) for number, detail in enumerate(details, 1))


def _show(span: Span, days: Sequence[DiaryDay], plan: Callable[[Sequence[DiaryDay]], Sequence[Prompt]]) -> None:
    shown, peculiar = span.days_of(days), explain(days)
    planned = plan(shown)
    rows: list[tuple[object, ...]] = []
    for day in shown:
        walls = [_wall(moment, day) for moment in day.window]
        told = ", ".join(_told(prompt, day) for prompt in planned if prompt.day == day.day)
        rows.append((day.day, day.zone, *walls, told, ", ".join(peculiar.get(day.day, ()))))
    table(HEADINGS, rows)


def _told(prompt: Prompt, day: DiaryDay) -> str:
    return f"({_wall(prompt.at, day)} {prompt.dropped})" if prompt.dropped else _wall(prompt.at, day)


def _wall(moment: datetime, day: DiaryDay) -> str:
    wall = local(moment, day.zone)
    later = (wall.date() - day.day).days
    return f"{wall:%H:%M}" + (f"+{later}" if later else "")
