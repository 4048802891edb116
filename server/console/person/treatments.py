"""Treatments, status, days that are excused, and whether what may be a safety matter was handled."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from fastapi import Response
from sqlalchemy import Connection

from diary_app.core.anchors import DateChange, replaces_what_was_given
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import AnchorSet, Excused, ExcuseReason, Status, StatusRevoked, StatusSet
from diary_app.core.staff_acts import SafetyHandling
from server.access.roles import Permission
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.person.acts import Typed, TypedDep, attempt, built, chosen, day_in, one_of, record, unclear
from server.console.person.coded import EXCUSE_SOURCES, NOT_GIVEN, REVOKE_REASONS, STATUS_REASONS, capital, coded
from server.console.person.coded import options as options_of
from server.console.person.header import page, treatment
from server.console.person.person import Person, person_at
from server.console.person.preview import preview
from server.console.person.shown_first import preview_or_form, require_as_shown
from server.console.person.trails import by_source, trail_of
from server.console.person.visits import visits_of
from server.db import days
from server.intake import safety
from server.intake.staff import EXCUSE_DAYS
from server.trail.fields import TrailRow

TAB = "/treatments"
LONGEST_STAY = 31
router = routes()


@dataclass(frozen=True)
class StatusLine:
    """One status that was recorded. `id`: of the fact while it holds; empty once it is revoked."""

    id: str
    words: str
    effective: str
    recorded: str
    by: str
    revoked: str
    trail: tuple[TrailRow, ...]


@router.get("/participants/{participant}/treatments")
def show_treatments(desk: DeskDep, participant: str) -> Response:
    """Everything that is recorded, and the forms for what their role may record."""
    return treatments_page(desk, participant, {})


@router.post("/participants/{participant}/treatments/preview")
def preview_treatment(desk: FormDeskDep, typed: TypedDep, participant: str) -> Response:
    """What would change; nothing is saved."""
    return preview_or_form(
        lambda: _previewed(desk, participant, typed),
        lambda refusal: treatments_page(desk, participant, typed, refusal),
    )


@router.post("/participants/{participant}/treatments")
def save_treatment(desk: FormDeskDep, typed: TypedDep, participant: str) -> Response:
    """Save what was shown; where it would change something else by now, it is shown again."""

    def work(connection: Connection) -> None:
        person = Person(desk, connection, desk.participant(connection, participant))
        wanted = _wanted(person, typed)
        require_as_shown(person, wanted, typed)
        record(connection, desk, participant, wanted, Permission.RECORD_FACT)

    return attempt(
        desk, participant, lambda: desk.write(participant, work),
        show=lambda refusal: _shown_again(desk, participant, typed, refusal),
        to=TAB, said="treatment_saved",
    )  # fmt: skip


@router.post("/participants/{participant}/excuses")
def excuse(desk: FormDeskDep, typed: TypedDep, participant: str) -> Response:
    """Accept empty days for a coded reason: seven days back, or longer with the investigator and a source."""

    def work(connection: Connection) -> None:
        found = _days_to_excuse(connection, desk, participant, typed)
        reason = chosen(ExcuseReason, typed.get("excuse_reason", ""))
        person = Person(desk, connection, desk.participant(connection, participant))
        made = []
        for day in found:
            is_old = (person.today - day).days > EXCUSE_DAYS
            more = _approval(desk, typed) if is_old else {}
            detail = built(
                Excused, instrument=desk.services.study.diary.instrument, diary_day=day, reason=reason, **more
            )
            permission = Permission.EXCUSE_OLD_DAY if is_old else Permission.EXCUSE_DAY
            made.append(record(connection, desk, participant, detail, permission).id)
        if reason is ExcuseReason.HOSPITALISED:
            answer_now(connection, desk, participant, made, typed)

    return attempt_here(desk, participant, typed, work, said="days_excused")


@router.post("/participants/{participant}/safety")
def answer_safety(desk: FormDeskDep, typed: TypedDep, participant: str) -> Response:
    """Where the hospital stay or the death stands in the safety system, or that it is none of its matters."""

    def work(connection: Connection) -> None:
        about = [one for one in typed.get("about", "").split(",") if one]
        _answer(connection, desk, participant, about, typed)

    return attempt_here(desk, participant, typed, work)


def attempt_here(desk: Desk, participant: str, typed: Typed, work: Any, said: str = "saved") -> Response:
    """Do it and come back to this page; a refusal shows it with what was typed."""
    return attempt(
        desk, participant, lambda: desk.write(participant, work),
        show=lambda refusal: treatments_page(desk, participant, typed, refusal), to=TAB, said=said,
    )  # fmt: skip


def treatments_page(desk: Desk, participant: str, typed: Typed, refusal: RequestRefused | None = None) -> Response:
    """Everything that is recorded, and the forms with what was typed. Raises `RequestRefused` (not_found)."""
    with person_at(desk, participant) as person:
        texts, trail = desk.texts, by_source(trail_of(person))
        return page(
            person, "treatments", TAB, refusal=refusal, typed=typed,
            treatments=[
                (person.treatments[one.id], treatment(person, one), _trail_of_anchor(person, trail, one.id))
                for one in person.course.treatments.values()
            ],
            choices=list(person.treatments.items()), visits=visits_of(person),
            statuses=_statuses(person, trail), excused=_excused(person, trail),
            waiting_safety=list(safety.open_of(person.id, person.row.site, person.facts)),
            may_record=person.may(Permission.RECORD_FACT), may_excuse=person.may(Permission.EXCUSE_DAY),
            may_excuse_old=person.may(Permission.EXCUSE_OLD_DAY),
            not_given=options_of(texts, NOT_GIVEN), status_options=options_of(texts, Status),
            status_reasons=options_of(texts, STATUS_REASONS), revoke_reasons=options_of(texts, REVOKE_REASONS),
            excuse_reasons=options_of(texts, ExcuseReason), sources=options_of(texts, EXCUSE_SOURCES),
            handling=options_of(texts, SafetyHandling),
        )  # fmt: skip


def _previewed(desk: Desk, participant: str, typed: Typed, refusal: RequestRefused | None = None) -> Response:
    with person_at(desk, participant) as person:
        wanted = _wanted(person, typed)
        new = {**person.course.treatments}[wanted.anchor]
        changed = type(new)(wanted.anchor, wanted.planned, wanted.actual, wanted.actual_time, wanted.not_given)
        return page(
            person, "preview", TAB, refusal=refusal, typed=typed, found=preview(person, wanted),
            name=person.treatments[wanted.anchor], before=treatment(person, new), after=treatment(person, changed),
            why_changed=_why_changed(person, typed),
            from_midnight=wanted.actual_time is None and wanted.not_given is None,
        )  # fmt: skip


def _why_changed(person: Person, typed: Typed) -> list[tuple[str, str]]:
    """What to choose from; nothing where no date or time of giving is replaced, or the form says why already."""
    said = _said(person, typed)
    if said.reason or not replaces_what_was_given(person.course.treatments[said.anchor], said):
        return []
    return options_of(person.desk.texts, DateChange)


def _shown_again(desk: Desk, participant: str, typed: Typed, refusal: RequestRefused) -> Response:
    """What it would change, where that can be worked out; else the form."""
    return preview_or_form(
        lambda: _previewed(desk, participant, typed, refusal),
        lambda _: treatments_page(desk, participant, typed, refusal),
    )


def _wanted(person: Person, typed: Typed) -> AnchorSet:
    """What the form says; a planned date stays known when the treatment is given. Raises `RequestRefused`."""
    said = _said(person, typed)
    is_asked = said.reason is None and replaces_what_was_given(person.course.treatments[said.anchor], said)
    if not (is_asked and typed.get("why_changed")):
        return said  # without the reason it is asked for, and refused when it is saved
    return said.model_copy(update={"reason": chosen(DateChange, typed["why_changed"]).value})


def _said(person: Person, typed: Typed) -> AnchorSet:
    known = person.course.treatments.get(typed.get("anchor", ""))
    if known is None:
        raise unclear()
    day = day_in(typed, "day")
    match typed.get("what"):
        case "planned":
            return built(AnchorSet, anchor=known.id, planned=day, actual_time=typed.get("time") or None)
        case "actual":
            if day > person.today:
                raise RequestRefused(
                    Code.FACT_INVALID, "A treatment cannot have been given on a day to come.", "Record it as planned."
                )
            if not typed.get("time"):
                raise RequestRefused(
                    Code.FACT_INVALID, "Nothing says at what time the treatment began.",
                    "Type the time that the source has, by the clock at the site.",
                )  # fmt: skip
            return built(AnchorSet, anchor=known.id, planned=known.planned, actual=day, actual_time=typed["time"])
        case "not_given":
            if day > person.today:
                raise RequestRefused(
                    Code.FACT_INVALID, "Nobody can have decided that on a day to come.",
                    "Type the day on which it was decided that the treatment is not given.",
                )  # fmt: skip
            reason = one_of(NOT_GIVEN, typed.get("not_given_reason", ""))
            return built(AnchorSet, anchor=known.id, planned=known.planned, not_given=day, reason=reason)
    raise unclear()


def _days_to_excuse(connection: Connection, desk: Desk, participant: str, typed: Typed) -> Sequence[date]:
    first = day_in(typed, "first")
    last = day_in(typed, "last") if typed.get("last") else first
    if not first <= last < first + timedelta(days=LONGEST_STAY):
        raise RequestRefused(
            Code.FACT_INVALID, "The last day is before the first, or more than a month after it.", "Check both days."
        )
    wanted = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    instrument = desk.services.study.diary.instrument
    rows = days.named(connection, participant, [(instrument, day) for day in wanted])
    expected = [row.diary_day for row in rows if row.not_expected is None]
    if not expected:
        raise RequestRefused(
            Code.FACT_INVALID, "None of these is an expected day of this diary.", "Look at the calendar."
        )
    return sorted(expected)


def _approval(desk: Desk, typed: Typed) -> dict[str, object]:
    if not typed.get("source"):
        return {}  # the fact is refused with its reason
    return {"approved_by": desk.staff.account, "source": one_of(EXCUSE_SOURCES, typed["source"])}


def answer_now(connection: Connection, desk: Desk, participant: str, about: Sequence[str], typed: Typed) -> None:
    """An answer that is given with what asks for it; without one, the question stays open."""
    if typed.get("handled"):
        _answer(connection, desk, participant, about, typed)


def _answer(connection: Connection, desk: Desk, participant: str, about: Sequence[str], typed: Typed) -> None:
    safety.answer(
        connection, desk.services, participant, about, chosen(SafetyHandling, typed.get("handled", "")),
        typed.get("reference", ""), who=desk.acting, at=desk.now,
    )  # fmt: skip


def _statuses(person: Person, trail: Mapping[str, Sequence[TrailRow]]) -> list[StatusLine]:
    revoked = {fact.detail.revokes: fact for fact in person.facts if isinstance(fact.detail, StatusRevoked)}
    found = []
    for fact in reversed([one for one in person.facts if isinstance(one.detail, StatusSet)]):
        undone = revoked.get(fact.id)
        said = coded(person.desk.texts, fact.detail.status)
        found.append(
            StatusLine(
                id="" if undone else fact.id,
                words=f"{capital(said)}: {coded(person.desk.texts, fact.detail.reason)}",
                effective=_effective(person, fact.detail),
                recorded=person.calendar.moment(fact.at),
                by=person.by(fact),
                revoked=f"{person.calendar.moment(undone.at)}: {coded(person.desk.texts, undone.detail.reason)}"
                if undone
                else "",
                trail=tuple(trail.get(fact.id, ())) + tuple(trail.get(undone.id, ()) if undone else ()),
            )
        )
    return found


def _trail_of_anchor(person: Person, trail: Mapping[str, Sequence[TrailRow]], anchor: str) -> list[TrailRow]:
    about = [fact.id for fact in person.facts if isinstance(fact.detail, AnchorSet) and fact.detail.anchor == anchor]
    return [row for fact in about for row in trail.get(fact, ())]


def _effective(person: Person, said: StatusSet) -> str:
    if said.effective_at:
        return person.calendar.moment(said.effective_at)
    return person.calendar.short_day(said.effective)


def _excused(person: Person, trail: Mapping[str, Sequence[TrailRow]]) -> list[tuple[str, str, str, list[TrailRow]]]:
    latest: dict[date, tuple[str, str, str]] = {}
    rows: dict[date, list[TrailRow]] = defaultdict(list)
    for fact in person.facts:
        if isinstance(fact.detail, Excused):
            words = capital(coded(person.desk.texts, fact.detail.reason))
            by = f"{person.by(fact)}, {person.calendar.moment(fact.at)}"
            rows[fact.detail.diary_day] += trail.get(fact.id, ())
            latest[fact.detail.diary_day] = (person.calendar.short_day(fact.detail.diary_day), words, by)
    return [(*latest[day], rows[day]) for day in sorted(latest, reverse=True)]
