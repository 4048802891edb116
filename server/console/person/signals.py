"""Signals for review, and the signed word of whoever has looked at them; nothing here says what was answered."""

from collections.abc import Mapping

from fastapi import Response

from diary_app.core.catalogue import message
from diary_app.core.errors import RequestRefused
from diary_app.core.signals import Signal, SignalKind, digest
from diary_app.core.staff_acts import ReviewOutcome
from server.access.roles import Permission
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.listing import Column, table
from server.console.person.acts import Typed, TypedDep, attempt, chosen
from server.console.person.coded import capital, coded
from server.console.person.coded import options as options_of
from server.console.person.header import page
from server.console.person.person import Person, person_at
from server.console.person.signatures import proven
from server.dependencies import AddressDep
from server.trail.reviewing import Review, review, reviews, signals_of

TAB = "/signals"
KINDS: Mapping[SignalKind, str] = {
    SignalKind.FAST: message("filled in within 10 seconds"),
    SignalKind.TOGETHER: message("several days filled in within 5 minutes"),
    SignalKind.FLAT: message("the same answers day after day"),
    SignalKind.LAST_MINUTE: message("always in the last 10 minutes"),
    SignalKind.AT_VISIT: message("filled in during a visit to the clinic"),
    SignalKind.BACKWARDS: message("the phone's clock ran backwards between two entries"),
}
router = routes()


@router.get("/participants/{participant}/signals")
def show_signals(desk: DeskDep, participant: str) -> Response:
    """What there is to look at, and who has."""
    return _page(desk, participant, {})


@router.post("/participants/{participant}/signals")
def review_signals(desk: FormDeskDep, typed: TypedDep, address: AddressDep, participant: str) -> Response:
    """Sign what came of looking at them."""

    def work() -> None:
        outcome = chosen(ReviewOutcome, typed.get("outcome", ""))
        review(desk.services, participant, outcome, typed.get("seen", ""), by=proven(desk, typed, address))

    return attempt(
        desk, participant, work, show=lambda refusal: _page(desk, participant, typed, refusal), to=TAB, said="signed"
    )


def _page(desk: Desk, participant: str, typed: Typed, refusal: RequestRefused | None = None) -> Response:
    with person_at(desk, participant) as person:
        found = signals_of(person.connection, desk.services.study, person.id)
        made = table(_columns(person), list(reversed(found)), f"{person.path}{TAB}", desk.query)
        if made.wants_csv:
            return made.csv(f"signals-{person.id}", desk.say)
        return page(
            person, "signals", TAB, refusal=refusal, typed=typed, seen=digest(found),
            table=made,
            reviews=[_review(person, one) for one in reversed(reviews(person.facts, found))],
            outcomes=options_of(desk.texts, ReviewOutcome), may_sign=person.may(Permission.SIGN),
        )  # fmt: skip


def _columns(person: Person) -> list[Column[Signal]]:
    """Days, what is unusual, how many entries, and where they stand."""
    day = person.calendar.short_day

    def days(one: Signal) -> str:
        return day(one.first) if one.first == one.last else f"{day(one.first)} – {day(one.last)}"

    return [
        Column("days", message("Days"), days, lambda one: f"{one.first}/{one.last}", lambda one: (one.first, one.last),
               link=lambda one: f"{person.path}/entries?month={one.first:%Y-%m}#day-{one.first}"),
        Column("what", message("What is unusual"), lambda one: capital(person.desk.say(KINDS[one.kind]))),
        Column("entries", message("Entries"), lambda one: str(len(one.entries)), order=lambda one: len(one.entries),
               is_number=True),
    ]  # fmt: skip


def _review(person: Person, one: Review) -> tuple[str, str, bool]:
    said = coded(person.desk.texts, one.said.outcome)
    signed = person.desk.texts.count("{number} signal", "{number} signals", one.said.count)
    by = f"{one.said.name} ({one.said.by_role}), {person.calendar.moment(one.fact.at)} · {signed}"
    return capital(said), by, one.is_current
