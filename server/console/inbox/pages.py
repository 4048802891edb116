"""The inbox's own page, and what is done from it about alerts."""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Annotated

from fastapi import Form, Response
from sqlalchemy import Connection

from diary_app.core.corrections import Correction
from diary_app.core.entries import as_instant
from diary_app.core.errors import RequestRefused
from diary_app.core.facts import AlertAcknowledged, ExcuseReason
from diary_app.core.times import format_utc
from server.access.acting import role_of
from server.access.roles import Permission
from server.alerts.open_alerts import Alert, open_alerts
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.inbox import finding
from server.console.inbox.rescued import handovers
from server.console.inbox.words import ACTIONS, ALERTS, CORRECTIONS, SHAPING, action_from
from server.console.marks import Watched, of_sites
from server.console.person.coded import capital
from server.db import participants
from server.db.overview import unused_codes
from server.db.set_aside import SetAside
from server.intake import staff
from server.intake.safety import OpenSafetyReference
from server.intake.set_aside_words import why
from server.reminders.unreachable import unreachable

PATH = "/console/inbox"
SHOWN = 25

router = routes()


@dataclass(frozen=True)
class Item:
    """One thing that waits. `link`: where it is dealt with; `kind` and `moment`: of an alert, for its form."""

    number: str
    text: str
    since: str
    link: str
    kind: str = ""
    moment: str = ""


@dataclass(frozen=True)
class Section:
    """One kind of things. `empty`: what would be here. `to_do`: the one thing to do, or empty for the alerts' form."""

    id: str
    title: str
    hint: str
    empty: str
    to_do: str
    total: int
    items: tuple[Item, ...]


@router.get("/inbox")
def show_inbox(desk: DeskDep) -> Response:
    """Everything that waits at somebody's sites."""
    return _page(desk)


@router.post("/inbox/alerts")
def acknowledge(
    desk: FormDeskDep,
    participant: Annotated[str, Form(max_length=40)] = "",
    kind: Annotated[str, Form(max_length=40)] = "",
    since: Annotated[str, Form(max_length=40)] = "",
    action: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Say what was done about an alert as it stood; one that is gone by now needs nothing more."""
    with desk.reading() as connection:
        desk.participant(connection, participant)
    try:
        detail = AlertAcknowledged(alert=kind, since=_moment(since), action=action_from(action))
        desk.write(participant, partial(_note, desk, participant, detail))
    except RequestRefused as refusal:
        return _page(desk, refusal)
    return desk.to(PATH, "alert_seen_to")


def _note(desk: Desk, participant: str, detail: AlertAcknowledged, connection: Connection) -> None:
    row = participants.lock(connection, participant)
    assert row is not None, "it was there when the form was read"
    role_of(connection, desk.acting, Permission.RECORD_FACT, row.site)
    stands = [
        one
        for one in open_alerts(connection, desk.services.study, [row.site], desk.now)
        if (one.participant, one.kind) == (participant, detail.alert) and one.since <= detail.since
    ]
    if stands:
        staff.append_fact(connection, desk.services, participant, detail, author=desk.staff.account, at=desk.now)


def _moment(text: str) -> datetime:
    try:
        return as_instant(text)
    except ValueError:
        raise staff.refused("This alert cannot be read as it was sent.", "Open the page again and repeat it.") from None


def _page(desk: Desk, refusal: RequestRefused | None = None) -> Response:
    shown_sites = [site.id for site in desk.sites_for(Permission.SEE_STATES)]
    with desk.reading() as connection:
        mark = of_sites(connection, shown_sites, desk.now)
        found = finding.waiting(connection, desk.services.study, desk.site_ids, desk.now)
        rescued = handovers(connection, desk)
        unreminded = unreachable(connection, desk.services.study, desk.services.settings, desk.site_ids, desk.now)
        codes = unused_codes(connection, [one.participant for one in found.never_activated[:SHOWN]])
    return desk.page(
        "inbox/inbox.html", refusal=refusal, sections=_sections(desk, found, codes), number=found.number,
        actions=[(one.value, desk.say(words)) for one, words in ACTIONS.items()],
        as_of=desk.calendar.time_with_zone(found.at), rescued=rescued,
        unreminded=unreminded, shown=SHOWN,
        watched=Watched(mark.or_older(found.mark)),
    )  # fmt: skip


def _sections(desk: Desk, found: finding.Waiting, codes: dict[str, datetime]) -> list[Section]:
    """In the order of the page. Another kind that waits is one section more: what it is, and its list."""
    say = desk.say
    never = [_never(desk, one, codes.get(one.participant)) for one in found.never_activated[:SHOWN]]
    return [
        Section(
            "alerts", say("Alerts"), say("Say what was done; an alert comes again when its cause does."),
            say(
                "Nothing waits here just now. Silent phones, wrong clocks, phones in doubt and entries that came"
                " after a lock would be here."
            ),
            "", len(found.alerts), tuple(_alert(desk, one) for one in found.alerts[:SHOWN]),
        ),
        Section(
            "set-aside", say("Set aside"),
            say("It was received and does not count until somebody has looked. Nothing is ever thrown away."),
            say("Nothing was set aside. What arrives and cannot join a diary by itself would be here."),
            say("Look at it"), len(found.aside), tuple(_aside(desk, one) for one in found.aside[:SHOWN]),
        ),
        Section(
            "corrections", say("Corrections asked for"),
            say("The participant confirms in the app, then the investigator approves or refuses."),
            say("No correction waits. Ask for one on the page of a participant."),
            say("Look at it"), len(found.corrections),
            tuple(_correction(desk, who, one) for who, one in found.corrections[:SHOWN]),
        ),
        Section(
            "safety", say("Safety references"),
            say("A hospital stay or a death was recorded. Say where it is handled; no medical word belongs here."),
            say("None is open. A hospital stay or a death that was recorded would be here."),
            say("Look at it"), len(found.safety), tuple(_safety(desk, one) for one in found.safety[:SHOWN]),
        ),
        Section(
            "reminders", say("Reminders that do not arrive"),
            say("Check number, address and channel with the participant."),
            say("No reminder that the server sent in the last two weeks is known to have failed."),
            "", len(found.reminders), tuple(_alert(desk, one) for one in found.reminders[:SHOWN]),
        ),
        Section(
            "never-activated", say("Not activated after three days"),
            say("The diary has not been opened on a phone. Who was added later is on the overview alone."),
            say("Nobody. Everybody who was added has opened the diary, or was added less than three days ago."),
            say("Make a code"), len(found.never_activated), tuple(never),
        ),
    ]  # fmt: skip


def _alert(desk: Desk, alert: Alert) -> Item:
    words = desk.say(ALERTS[alert.kind])
    if alert.count > 1:
        words = f"{words} ({desk.texts.count('{number} time', '{number} times', alert.count)})"
    return Item(
        alert.participant, words, _since(desk, alert.since), _person(alert.participant), alert.kind.value,
        format_utc(alert.since),
    )  # fmt: skip


def _never(desk: Desk, alert: Alert, until: datetime | None) -> Item:
    if until is None:
        words = desk.say("No code is waiting.")
    else:
        day = desk.calendar.day(desk.calendar.local_date(until))
        ran_out = until <= desk.now
        words = desk.say("The code ran out on {day}.", day=day)
        words = words if ran_out else desk.say("The code can be used until {day}.", day=day)
    return Item(alert.participant, words, _since(desk, alert.since), _person(alert.participant))


def _aside(desk: Desk, one: SetAside) -> Item:
    text = desk.say("It does not count, because {reason}.", reason=desk.say(why(one.code)))
    if one.diary_day:
        text = f"{text} {desk.calendar.short_day(one.diary_day)}"
    elif one.kind is not None and one.kind in SHAPING:
        text = f"{capital(desk.say(SHAPING[one.kind]))}. {text}"
    return Item(one.participant, text, _since(desk, one.received_at), f"{PATH}/set-aside/{one.id}")


def _correction(desk: Desk, who: str, one: Correction) -> Item:
    day = desk.calendar.short_day(one.wanted.diary_day)
    is_diary = one.wanted.instrument == desk.services.study.diary.instrument
    text = f"{day if is_diary else f'{one.wanted.instrument} {day}'}: {desk.say(CORRECTIONS[one.state])}"
    return Item(who, text, _since(desk, one.at), f"{_person(who)}/corrections")


def _safety(desk: Desk, one: OpenSafetyReference) -> Item:
    day = desk.calendar.short_day(one.first)
    is_stay = one.kind == ExcuseReason.HOSPITALISED
    words = desk.say("In hospital from {day}", day=day) if is_stay else desk.say("Died {day}", day=day)
    return Item(one.participant, words, _since(desk, one.since), _person(one.participant))


def _person(number: str) -> str:
    return f"/console/participants/{number}"


def _since(desk: Desk, moment: datetime) -> str:
    """Since Fri 20 Nov, 3 days."""
    day = desk.calendar.local_date(moment)
    days = (desk.calendar.today - day).days
    if days == 0:
        return desk.say("since today {time}", time=desk.calendar.time(moment))
    ago = desk.texts.count("{number} day", "{number} days", days)
    return f"{desk.say('since {day}', day=desk.calendar.short_day(day))}, {ago}"
