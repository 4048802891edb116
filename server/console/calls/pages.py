"""The pages of the call list: the list, one participant to be called, and the forms that both have."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Form, Response
from sqlalchemy import Connection

from diary_app.core.errors import RequestRefused
from diary_app.core.staff_acts import ContactOutcome
from server.access.roles import Permission
from server.console.calls import finding
from server.console.calls.standing import CONTACT_KINDS, ToCall
from server.console.calls.words import OUTCOMES, CallWords, Card, PastContact, spaced
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.marks import Watched
from server.db import accounts, staff_facts
from server.db.overview import seen
from server.db.participants import Participant
from server.intake import calling
from server.intake.known import fact_from_row
from server.intake.staff import refused

PATH = "/console/calls"
PAGE = 25
SNOOZES = (1, 2, 7)
#: Of those who are not called, as something waits to be decided about them.
NAMED = 12
_SHOWN_CONTACTS = 5

router = routes()


@dataclass(frozen=True)
class Asked:
    """What the address asks for: a site, a piece of a number, a page."""

    site: str | None
    find: str
    page: int


@router.get("/calls")
def show_list(desk: DeskDep) -> Response:
    """Whom to call now, the most urgent first; those who are left alone for a while below."""
    sites = [site.id for site in desk.site(desk.query.get("site"))]
    with desk.reading() as connection:
        found = finding.call_list(connection, desk.services.study, sites, desk.calendar.today, desk.now)
        find = desk.query.get("find", "").strip()[:20]
        calls = [one for one in found.now if find in one.participant]
        asked = Asked(desk.query.get("site"), find, _page(desk, len(calls)))
        shown = calls[(asked.page - 1) * PAGE : asked.page * PAGE]
        away = [one for one in found.snoozed if asked.find in one.participant]
        cards = _cards(connection, desk, [*shown, *away[:PAGE]])
    return desk.page(
        "calls/list.html", cards=cards[: len(shown)], away=cards[len(shown) :], found=found, asked=asked,
        matching=len(calls), away_count=len(away), pages=max(1, -(-len(calls) // PAGE)), named=NAMED,
        as_of=desk.calendar.time_with_zone(found.at), watched=Watched(found.mark, site=asked.site), **_form(desk),
    )  # fmt: skip


@router.get("/calls/{participant}")
def show_one(desk: DeskDep, participant: str) -> Response:
    """One participant: why to call, what came of earlier calls, and the form to log one."""
    return _one(desk, participant, number=None)


@router.post("/calls/{participant}/number")
def show_number(desk: FormDeskDep, participant: str) -> Response:
    """The same with the telephone number, once: the trail says who was shown it."""
    with desk.reading() as connection:
        desk.participant(connection, participant)
    number = desk.write(
        participant,
        lambda connection: calling.show_number(connection, desk.services, participant, who=desk.acting, at=desk.now),
    )
    return _one(desk, participant, number=number)


@router.post("/calls/{participant}/contacts")
def log_contact(
    desk: FormDeskDep,
    participant: str,
    id: Annotated[str, Form(max_length=64)] = "",
    outcome: Annotated[str, Form(max_length=40)] = "",
    days: Annotated[str, Form(max_length=3)] = "",
) -> Response:
    """Keep what came of a call, then back to the list; the same form sent again changes nothing."""
    with desk.reading() as connection:
        desk.participant(connection, participant)
    try:
        chosen = _outcome(outcome)
        desk.write(
            participant,
            lambda connection: calling.log_contact(
                connection, participant, chosen, id=id, today=desk.calendar.today,
                days=int(days) if days.isdecimal() else None, who=desk.acting, at=desk.now,
            ),
        )  # fmt: skip
    except RequestRefused as refusal:
        return _one(desk, participant, number=None, refusal=refusal, typed={"outcome": outcome, "days": days})
    return desk.to(PATH, "contact_logged")


def _one(
    desk: Desk, number_of: str, *, number: str | None, refusal: RequestRefused | None = None,
    typed: Mapping[str, str] | None = None,
) -> Response:  # fmt: skip
    with desk.reading() as connection:
        person = desk.participant(connection, number_of)
        found = finding.call_list(connection, desk.services.study, desk.site_ids, desk.calendar.today, desk.now)
        call = next((one for one in (*found.now, *found.snoozed) if one.participant == person.id), None)
        (card,) = _cards(connection, desk, [call]) if call else [_quiet(connection, desk, person)]
    waits = bool(call and call.undecided) or person.id in found.undecided
    return desk.page(
        "calls/one.html", refusal=refusal, card=card, phone=number, spaced=spaced, waits=waits, typed=typed or {},
        **_form(desk),
    )  # fmt: skip


def _form(desk: Desk) -> dict[str, Any]:
    return {
        "outcomes": [(one.value, desk.say(words)) for one, words in OUTCOMES.items()],
        "snoozes": [(str(days), _snooze(desk, days)) for days in SNOOZES],
        "new_id": desk.services.environment.new_id,
    }


def _snooze(desk: Desk, days: int) -> str:
    match days:
        case 1:
            return desk.say("tomorrow")
        case 7:
            return desk.say("in a week")
    return desk.texts.count("in {number} day", "in {number} days", days)


def _cards(connection: Connection, desk: Desk, calls: Sequence[ToCall]) -> list[Card]:
    people = [one.participant for one in calls]
    words = CallWords(desk.texts, desk.calendar, desk.services.study)
    about, contacts = seen(connection, people), _contacts(connection, words, people)
    return [
        Card(
            number=one.participant,
            may_call=desk.may(Permission.LOG_CONTACT, about[one.participant][0]),
            reason=words.reason(one, about[one.participant][1]),
            last=_last(contacts[one.participant]),
            back=words.back(one.back) if one.back else "",
            contacts=contacts[one.participant],
        )
        for one in calls
    ]


def _quiet(connection: Connection, desk: Desk, person: Participant) -> Card:
    """Somebody without a reason to be called."""
    words = CallWords(desk.texts, desk.calendar, desk.services.study)
    contacts = _contacts(connection, words, [person.id])[person.id]
    quiet = desk.say("There is no reason to call just now.")
    return Card(person.id, True, quiet, _last(contacts), "", contacts)


def _last(contacts: Sequence[PastContact]) -> str:
    return f"{contacts[0].outcome}, {contacts[0].when}" if contacts else ""


def _contacts(connection: Connection, words: CallWords, people: Sequence[str]) -> Mapping[str, list[PastContact]]:
    """The latest contacts of each, newest first."""
    rows = staff_facts.of_kinds(connection, people, CONTACT_KINDS) if people else []
    names = accounts.names(connection, {row.author for row in rows})
    found: dict[str, list[PastContact]] = defaultdict(list)
    for row in reversed(rows):
        if len(found[row.participant]) < _SHOWN_CONTACTS:
            outcome = words.outcome(fact_from_row(row).detail.outcome)
            found[row.participant].append(PastContact(outcome, words.when(row.at), words.who(names, row.author)))
    return found


def _page(desk: Desk, found: int) -> int:
    """The page that the address asks for, or the nearest there is."""
    page = desk.query.get("page", "1")
    wanted = int(page) if page.isdecimal() and len(page) < 7 else 1
    return min(max(wanted, 1), max(1, -(-found // PAGE)))


def _outcome(text: str) -> ContactOutcome:
    """Raises `RequestRefused`."""
    try:
        return ContactOutcome(text)
    except ValueError:
        raise refused("Nothing says what came of the call.", "Choose what came of it.") from None
