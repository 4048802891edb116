"""Corrections of what was saved: asked for, waived, approved, refused, withdrawn. Values have a page of their own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, assert_never

from fastapi import Response
from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.correction_facts import (
    CorrectionChange,
    CorrectionReason,
    CorrectionSource,
    DayMove,
    ItemChange,
    RefusalReason,
    Voided,
    WaiverReason,
)
from diary_app.core.corrections import APPROVABLE, Correction, CorrectionState
from diary_app.core.entries import Answer, Skip
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.instruments import Item
from diary_app.core.staff_acts import SeenWhere
from server.access.roles import Permission
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.person.acts import Typed, TypedDep, attempt, chosen, day_in, unclear
from server.console.person.coded import capital, coded
from server.console.person.coded import options as options_of
from server.console.person.entries import Stands, Version
from server.console.person.entry_lines import answer, choices_of, question, questions_of
from server.console.person.header import page
from server.console.person.person import Person, person_at
from server.intake import corrections as intake
from server.intake.corrected import corrections_of
from server.intake.corrections import Wanted
from server.intake.looking import note_view

TAB = "/corrections"
_DIGITS = 9
router = routes()

_STEPS = {
    "correction_confirmation_waived": message("the participant need not be asked"),
    "correction_approved": message("approved"),
    "correction_refused": message("refused"),
    "correction_withdrawn": message("withdrawn"),
}


@dataclass(frozen=True)
class Line:
    """One correction, without a value. `about_values`: it is about an answer, which stands on a page of its own."""

    id: str
    what: str
    state: str
    asked: str
    by: str
    source: str
    steps: tuple[str, ...]
    about_values: bool
    may_approve: bool
    may_waive: bool
    is_open: bool


@router.get("/participants/{participant}/corrections")
def show_corrections(desk: DeskDep, participant: str) -> Response:
    """All of them, and the form to ask for one."""
    return _page(desk, participant, {})


@router.get("/participants/{participant}/corrections/{correction}")
def show_values(desk: DeskDep, participant: str, correction: str) -> Response:
    """What an answer is and was meant to be; the trail says who looked."""
    with person_at(desk, participant) as person:
        found = next((one for one in corrections_of(person.connection, person.id) if one.id == correction), None)
        if found is None or not isinstance(found.wanted.change, ItemChange):
            raise RequestRefused(
                Code.NOT_FOUND, "This participant has no such correction.", "Look at the list of corrections."
            )
        change = found.wanted.change
        about = _question(person, found.wanted.entry, change.item)
        item = _named(person, about) if about else change.item
        made = page(
            person, "correction", TAB, line=_line(person, found), item=item,
            old=_said(person, about, change.old), new=_said(person, about, change.new), **_choices(desk),
        )  # fmt: skip
    span = (found.wanted.diary_day, found.wanted.diary_day)
    desk.write(
        participant,
        lambda connection: note_view(
            connection, desk.services, participant, SeenWhere.CORRECTION, span, 1, who=desk.acting, at=desk.now
        ),
    )
    return made


@router.post("/participants/{participant}/corrections")
def ask(desk: FormDeskDep, typed: TypedDep, participant: str) -> Response:
    """Ask for one; what an answer is now is read here and never typed."""

    def work(connection: Connection) -> None:
        person = Person(desk, connection, desk.participant(connection, participant))
        intake.request(connection, desk.services, participant, _wanted(person, typed), who=desk.acting, at=desk.now)

    return _attempt(desk, participant, typed, work, "correction_asked")


@router.post("/participants/{participant}/corrections/{correction}/waive")
def waive(desk: FormDeskDep, typed: TypedDep, participant: str, correction: str) -> Response:
    """Why the participant is not asked in the app."""
    return _attempt(
        desk, participant, typed,
        lambda connection: intake.waive(
            connection, desk.services, participant, correction, chosen(WaiverReason, typed.get("reason", "")),
            who=desk.acting, at=desk.now,
        ),
    )  # fmt: skip


@router.post("/participants/{participant}/corrections/{correction}/approve")
def approve(desk: FormDeskDep, typed: TypedDep, participant: str, correction: str) -> Response:
    """Let it count."""
    return _attempt(
        desk, participant, typed,
        lambda connection: intake.approve(
            connection, desk.services, participant, correction, who=desk.acting, at=desk.now
        ),
        "correction_approved",
    )  # fmt: skip


@router.post("/participants/{participant}/corrections/{correction}/refuse")
def refuse(desk: FormDeskDep, typed: TypedDep, participant: str, correction: str) -> Response:
    """The entry stays as it was."""
    return _attempt(
        desk, participant, typed,
        lambda connection: intake.refuse(
            connection, desk.services, participant, correction, chosen(RefusalReason, typed.get("reason", "")),
            who=desk.acting, at=desk.now,
        ),
    )  # fmt: skip


@router.post("/participants/{participant}/corrections/{correction}/withdraw")
def withdraw(desk: FormDeskDep, typed: TypedDep, participant: str, correction: str) -> Response:
    """Ask for it no longer."""
    return _attempt(
        desk, participant, typed,
        lambda connection: intake.withdraw(
            connection, desk.services, participant, correction, who=desk.acting, at=desk.now
        ),
    )  # fmt: skip


def _attempt(
    desk: Desk, participant: str, typed: Typed, work: Callable[[Connection], object], said: str = "saved"
) -> Response:
    return attempt(
        desk, participant, lambda: desk.write(participant, work),
        show=lambda refusal: _page(desk, participant, typed, refusal), to=TAB, said=said,
    )  # fmt: skip


def _page(desk: Desk, participant: str, typed: Typed, refusal: RequestRefused | None = None) -> Response:
    with person_at(desk, participant) as person:
        counting = [one for one in person.versions if one.stands is Stands.COUNTS]
        asked = questions_of(counting)
        found = [_line(person, one) for one in reversed(corrections_of(person.connection, person.id))]
        return page(
            person, "corrections", TAB, refusal=refusal, typed=typed, lines=found,
            entries=[(one.id, _entry(person, one)) for one in counting],
            items=[(one.code, _with_scale(person, one)) for one in asked],
            meant=[
                (f"{one.code}:{value}", f"{one.code} · {words}")
                for one in asked
                for value, words in choices_of(person, one).items()
            ],
            skips=options_of(desk.texts, Skip), sources=options_of(desk.texts, CorrectionSource),
            reasons=options_of(desk.texts, CorrectionReason),
            may_ask=person.may(Permission.REQUEST_CORRECTION), **_choices(desk),
        )  # fmt: skip


def _choices(desk: Desk) -> dict[str, Any]:
    return {
        "waivers": options_of(desk.texts, WaiverReason),
        "refusals": options_of(desk.texts, RefusalReason),
    }


def _with_scale(person: Person, item: Item) -> str:
    """From which number to which it is answered, as the answer that was meant is typed."""
    named = _named(person, item)
    match item.kind:
        case "scale":
            return f"{named} · {item.lowest}–{item.highest}"
        case "choice":
            return named
        case _:
            assert_never(item.kind)


def _entry(person: Person, one: Version) -> str:
    assert one.body is not None
    saved = person.desk.say("saved {moment}", moment=person.calendar.moment(one.body.captured_at))
    return f"{person.calendar.short_day(one.day)} · {one.body.instrument} · {saved}"


def _named(person: Person, item: Item) -> str:
    return f"{item.code} · {question(person, item)}"


def _question(person: Person, entry: str, code: str) -> Item | None:
    """The question as that entry was asked it; None where the entry cannot be read."""
    asked = questions_of([one for one in person.versions if one.id == entry])
    return next((item for item in asked if item.code == code), None)


def _said(person: Person, item: Item | None, value: Answer) -> str:
    """An answer as the participant reads it: the number of a choice is no number of times."""
    words = choices_of(person, item) if item else {}
    return words[value] if isinstance(value, int) and value in words else answer(person, value)


def _line(person: Person, one: Correction) -> Line:
    wanted, may = one.wanted, person.may(Permission.APPROVE_CORRECTION)
    texts, day = person.desk.texts, person.calendar.short_day
    reference = f" · {wanted.reference}" if wanted.reference else ""
    return Line(
        id=one.id,
        what=f"{day(wanted.diary_day)}: {_change(person, wanted.entry, wanted.change)}",
        state=capital(coded(texts, one.state)),
        asked=person.calendar.moment(one.at),
        by=person.who(person.authors.get(one.id, "")),
        source=f"{capital(coded(texts, wanted.source))}, {day(wanted.stated_on)}: "
        f"{coded(texts, wanted.reason)}{reference}",
        steps=tuple(_steps(person, one.id)),
        about_values=isinstance(wanted.change, ItemChange),
        may_approve=may and one.is_open and one.state in APPROVABLE,
        may_waive=may and one.state is CorrectionState.ASKED,
        is_open=one.is_open,
    )


def _change(person: Person, entry: str, change: CorrectionChange) -> str:
    match change:
        case ItemChange(item=item):
            about = _question(person, entry, item)
            return person.desk.say("another answer to {item}", item=_named(person, about) if about else item)
        case DayMove(day=day):
            return person.desk.say("belongs to {day}", day=person.calendar.short_day(day))
        case Voided():
            return person.desk.say("void: entered in error")


def _steps(person: Person, correction: str) -> list[str]:
    """What has been said of it so far, oldest first; the participant's own word stands in the state."""
    found = []
    for fact in person.facts:
        kind = str(getattr(fact.detail, "kind", ""))
        if kind in _STEPS and fact.detail.correction == correction:
            why = coded(person.desk.texts, getattr(fact.detail, "reason", None))
            parts = (person.desk.say(_STEPS[kind]), person.by(fact), person.calendar.moment(fact.at), why)
            found.append(" · ".join(filter(None, parts)))
    return found


def _wanted(person: Person, typed: Typed) -> Wanted:
    version = next((one for one in person.versions if one.id == typed.get("entry")), None)
    if version is None or version.body is None:
        raise unclear()
    return Wanted(
        version.id, _asked_change(person, version, typed), chosen(CorrectionSource, typed.get("source", "")),
        day_in(typed, "stated_on"), chosen(CorrectionReason, typed.get("reason", "")), typed.get("reference", ""),
    )  # fmt: skip


def _asked_change(person: Person, version: Version, typed: Typed) -> CorrectionChange:
    match typed.get("what"):
        case "item":
            item = typed.get("item", "")
            if version.body is None or item not in version.body.answers:
                raise RequestRefused(
                    Code.FACT_INVALID, "The entry does not have this question.", "Choose one of its questions."
                )
            return ItemChange(
                item=item, old=version.body.answers[item], new=_new(typed, _question(person, version.id, item))
            )
        case "day":
            return DayMove(day=day_in(typed, "day"))
        case "void":
            return Voided()
    raise unclear()


def _new(typed: Typed, about: Item | None) -> Answer:
    number, skip, meant = (typed.get(name, "") for name in ("new", "skip", "meant"))
    if sum(map(bool, (number, skip, meant))) != 1:
        raise RequestRefused(
            Code.FACT_INVALID, "The new answer is missing or given twice.", "Give one answer, or why there is none."
        )
    if skip:
        return chosen(Skip, skip)
    if meant:
        item, _, number = meant.partition(":")
        if about is None or item != about.code:
            raise RequestRefused(
                Code.FACT_INVALID, "The answer belongs to another question.", "Choose an answer of the question above."
            )
    elif about is not None and any(choice.label for choice in about.choices):
        # A number here would be read as how many times, and stand for another answer.
        raise RequestRefused(
            Code.FACT_INVALID, "This question is answered with words, not with a number.", "Choose one of its answers."
        )
    if not (number.isdecimal() and len(number) <= _DIGITS):
        raise RequestRefused(Code.FACT_INVALID, "An answer is a whole number.", "Type the number that was meant.")
    return int(number)
