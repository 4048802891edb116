"""What was set aside: the list of it, one thing, what is in it, and what is to become of it; by password each time."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from json import dumps
from typing import Annotated

from fastapi import Form, Response

from diary_app.core.catalogue import message
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.staff_acts import Outcome, SettlingReason
from server.access.proving import Person, prove
from server.access.roles import Permission
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.inbox.shaping import shaping
from server.console.inbox.words import (
    ASSIGNING,
    FOLLOWING,
    OUTCOMES,
    REASONS,
    REOPENING,
    SETTLING,
    SETTLING_SCHEDULE,
    SHAPING,
)
from server.console.listing import Column, table
from server.db import set_aside
from server.db.set_aside import SetAside
from server.dependencies import AddressDep
from server.intake import settling
from server.intake.set_aside_words import why
from server.intake.settling import Contents, Wanted
from server.intake.staff import refused

PATH = "/console/inbox/set-aside"

router = routes()
Password = Annotated[str, Form(max_length=200)]


@dataclass(frozen=True)
class Typed:
    """What a refused form keeps."""

    outcome: str = ""
    reason: str = ""
    instrument: str = ""
    day: str = ""


@router.get("/inbox/set-aside")
def show_all(desk: DeskDep) -> Response:
    """Everything that was ever set aside at somebody's sites, settled or not."""
    with desk.reading() as connection:
        rows = set_aside.at(connection, desk.site_ids)
    shown = table(_columns(desk), rows, PATH, desk.query, sort="received", down=True)
    if shown.wants_csv:
        return shown.csv("set-aside", desk.say)
    return desk.page("inbox/set_aside_list.html", table=shown)


@router.get("/inbox/set-aside/{item}")
def show_one(desk: DeskDep, item: str) -> Response:
    """One of them, without what is in it."""
    return _page(desk, _one(desk, item))


@router.post("/inbox/set-aside/{item}/contents")
def look_inside(desk: FormDeskDep, address: AddressDep, item: str, password: Password = "") -> Response:
    """What is in it, once; the trail says who looked."""
    one = _one(desk, item)
    try:
        inside = settling.look_inside(desk.services, item, by=_proven(desk, password, address))
    except RequestRefused as refusal:
        return _page(desk, one, refusal=refusal)
    return _page(desk, one, inside=_readable(inside))


@router.post("/inbox/set-aside/{item}/settle")
def settle(
    desk: FormDeskDep,
    address: AddressDep,
    item: str,
    outcome: Annotated[str, Form(max_length=40)] = "",
    reason: Annotated[str, Form(max_length=40)] = "",
    instrument: Annotated[str, Form(max_length=40)] = "",
    day: Annotated[str, Form(max_length=10)] = "",
    password: Password = "",
) -> Response:
    """Settle it; the same form sent again finds it settled."""
    typed = Typed(outcome, reason, instrument, day)

    def work(by: Person) -> None:
        settling.settle(desk.services, item, _wanted(typed), by=by)

    return _act(desk, address, item, password, work, typed, "settled")


@router.post("/inbox/set-aside/{item}/reopen")
def reopen(
    desk: FormDeskDep,
    address: AddressDep,
    item: str,
    reason: Annotated[str, Form(max_length=40)] = "",
    password: Password = "",
) -> Response:
    """Take a settlement back."""
    typed = Typed(reason=reason)

    def work(by: Person) -> None:
        settling.reopen(desk.services, item, _reason(reason), by=by)

    return _act(desk, address, item, password, work, typed, "reopened")


def _act(
    desk: Desk, address: str, item: str, password: str, work: Callable[[Person], None], typed: Typed, said: str
) -> Response:
    one = _one(desk, item)
    try:
        work(_proven(desk, password, address))
    except RequestRefused as refusal:
        return _page(desk, one, refusal=refusal, typed=typed)
    desk.changed()
    return desk.to(f"{PATH}/{item}", said)


def _proven(desk: Desk, password: str, address: str) -> Person:
    return prove(desk.services, username=desk.staff.username, password=password, address=address)


def _one(desk: Desk, item: str) -> SetAside:
    """Raises `RequestRefused` (not_found): what is at another site is not there at all."""
    with desk.reading() as connection:
        found = set_aside.one(connection, item)
    if found is None or found.site not in desk.site_ids:
        raise RequestRefused(Code.NOT_FOUND, "There is no such thing at your sites.", "Go back to the inbox.")
    return found


def _wanted(typed: Typed) -> Wanted:
    """Raises `RequestRefused`."""
    try:
        outcome = Outcome(typed.outcome)
        day = date.fromisoformat(typed.day) if typed.day and outcome is Outcome.ASSIGNED else None
    except ValueError:
        raise refused("Nothing says what it is.", "Choose what it is, and its day where it has one.") from None
    instrument = typed.instrument or None if outcome is Outcome.ASSIGNED else None
    return Wanted(outcome, _reason(typed.reason), instrument, day)


def _reason(text: str) -> SettlingReason:
    try:
        return SettlingReason(text)
    except ValueError:
        raise refused("Nothing says why.", "Choose a reason.") from None


def _page(
    desk: Desk, one: SetAside, *, inside: str | None = None, refusal: RequestRefused | None = None,
    typed: Typed | None = None,
) -> Response:  # fmt: skip
    with desk.reading() as connection:
        shapes = shaping(desk, connection, one)
    may_accept = desk.may(Permission.ACCEPT_SET_ASIDE, one.site)
    # What names its day is of that day or none: to give it to its day would only take it out of the inbox.
    withheld = {Outcome.ASSIGNED} if one.diary_day else set()
    withheld |= set() if may_accept else {Outcome.ACCEPTED}
    outcomes = [
        (value.value, desk.say(words))
        for value, words in (FOLLOWING if shapes else OUTCOMES).items()
        if value not in withheld
    ]
    reasons = [
        value
        for value in (SETTLING_SCHEDULE if shapes else SETTLING)
        if value not in ASSIGNING or Outcome.ASSIGNED not in withheld
    ]
    study = desk.services.study
    instruments = dict.fromkeys([study.diary.instrument, *(visit.code for visit in study.instruments)])
    return desk.page(
        "inbox/set_aside.html", refusal=refusal, one=one, inside=inside, typed=typed or Typed(),
        why=desk.say(why(one.code)), day=_day(desk, one), received=desk.calendar.moment(one.received_at),
        settled=_settled(desk, one), outcomes=outcomes, instruments=[(name, name) for name in instruments],
        reasons=[(value.value, desk.say(REASONS[value])) for value in reasons], names_day=one.diary_day is not None,
        stays_open=one.outcome == Outcome.ASSIGNED,
        shapes=shapes, may_accept=may_accept,
        reopening=[(value.value, desk.say(REASONS[value])) for value in REOPENING],
        may_look=desk.may(Permission.SEE_ANSWERS, one.site),
    )  # fmt: skip


def _columns(desk: Desk) -> list[Column[SetAside]]:
    return [
        Column("participant", message("Number"), lambda one: one.participant, link=lambda one: f"{PATH}/{one.id}"),
        Column(
            "received", message("Received"), lambda one: desk.calendar.moment(one.received_at),
            raw=lambda one: one.received_at.isoformat(), order=lambda one: one.received_at,
        ),
        Column("why", message("Why"), lambda one: _why(desk, one), raw=lambda one: one.code),
        Column("day", message("May be about"), lambda one: _day(desk, one), order=lambda one: str(one.diary_day or "")),
        Column("settled", message("Settled"), lambda one: _settled(desk, one), raw=lambda one: one.outcome or ""),
    ]  # fmt: skip


def _why(desk: Desk, one: SetAside) -> str:
    return desk.say("because {reason}", reason=desk.say(why(one.code)))


def _day(desk: Desk, one: SetAside) -> str:
    day = one.settled_day or one.diary_day
    if day is None:
        return desk.say(SHAPING[one.kind]) if one.kind and one.kind in SHAPING else desk.say("any day or none")
    return f"{one.settled_instrument or one.instrument} {desk.calendar.short_day(day)}"


def _settled(desk: Desk, one: SetAside) -> str:
    if one.outcome:
        outcome = Outcome(one.outcome)
        return desk.say(FOLLOWING.get(outcome, OUTCOMES[outcome]) if one.kind in SHAPING else OUTCOMES[outcome])
    return desk.say("it has joined its chain") if one.joined else desk.say("waits")


def _readable(inside: Contents) -> str:
    if inside.body is not None:
        return dumps(inside.body, ensure_ascii=False, indent=2, sort_keys=True)
    text = inside.data.decode("utf-8", "backslashreplace")
    return "".join(letter if letter.isprintable() or letter == "\n" else ascii(letter)[1:-1] for letter in text)
