"""How a participant is reached: what was done, when reminders come, and contact details, whose values no page shows."""

from collections.abc import Mapping
from typing import Any

from fastapi import Response
from sqlalchemy import Connection

from diary_app.core.errors import RequestRefused
from diary_app.core.facts import Channel, ContactDetailChanged, ContactField, Fact, RemindersChosen
from diary_app.core.staff_acts import ContactMade
from diary_app.core.wishes import wishes
from server.access.acting import role_of
from server.access.roles import Permission
from server.console.calls.words import OUTCOMES
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.person.acts import Typed, TypedDep, attempt, built, chosen, one_of, record, unclear
from server.console.person.coded import capital, coded
from server.console.person.coded import options as options_of
from server.console.person.header import page
from server.console.person.person import Person, person_at
from server.console.shared_reach import check_not_shared, to_confirm
from server.db import contact_details
from server.intake.known import SERVER
from server.intake.reaching import change_contact, email_from, phone_from

TAB = "/contact"
#: What was done about an alert, and what a call came to.
_CONTACTS = frozenset({"alert_acknowledged", "contact_made"})
ORDER = ("first", "second", "third")
#: What the form can say of whether messages are sent at all; nothing leaves it as it is.
_STOPPED = {"": None, "none": 1, "wanted": 0}
_READ = {ContactField.EMAIL: email_from, ContactField.PHONE: phone_from}
router = routes()


@router.get("/participants/{participant}/contact")
def show_contact(desk: DeskDep, participant: str) -> Response:
    """What is recorded, never a number or an address."""
    return _page(desk, participant, {})


@router.post("/participants/{participant}/reminders")
def set_reminders(desk: FormDeskDep, typed: TypedDep, participant: str) -> Response:
    """Whether messages are sent at all, when the first reminder comes, and by which channels in which order."""

    def work(connection: Connection) -> None:
        named = [typed.get(f"channel_{place}", "") for place in ORDER]
        channels = [chosen(Channel, one) for one in named if one]
        stopped = _STOPPED[one_of(_STOPPED, typed.get("messages", ""))]
        if not (channels or typed.get("usual") or stopped is not None):
            raise unclear()
        detail = built(RemindersChosen, usual=typed.get("usual"), channels=channels or None, stopped=stopped)
        record(connection, desk, participant, detail, Permission.RECORD_FACT)

    return attempt(
        desk, participant, lambda: desk.write(participant, work),
        show=lambda refusal: _page(desk, participant, typed, refusal), to=TAB,
    )  # fmt: skip


@router.post("/participants/{participant}/contact")
def set_contact(desk: FormDeskDep, typed: TypedDep, participant: str) -> Response:
    """Set, change or erase one of them; the trail says that it changed, never what it says."""

    def work() -> None:
        field = chosen(ContactField, typed.get("field", ""))
        text = "" if typed.get("erase") else _READ[field](typed.get("value", ""))
        if not text and not typed.get("erase"):
            raise unclear()
        confirmed = typed.get("shared", "")
        desk.write(participant, lambda connection: _change(connection, desk, participant, {field: text}, confirmed))

    return attempt(
        desk, participant, work, show=lambda refusal: _page(desk, participant, typed, refusal), to=TAB,
    )  # fmt: skip


def _change(
    connection: Connection, desk: Desk, participant: str, given: Mapping[ContactField, str], confirmed: str
) -> None:
    site = desk.participant(connection, participant).site
    role_of(connection, desk.acting, Permission.SEE_CONTACT_DETAILS, site)
    check_not_shared(connection, desk, given, but=participant, confirmed=confirmed)
    change_contact(connection, desk.services, participant, given, author=desk.staff.account, at=desk.now)


def _page(desk: Desk, participant: str, typed: Typed, refusal: RequestRefused | None = None) -> Response:
    with person_at(desk, participant) as person:
        return page(
            person, "contact", TAB, refusal=refusal, typed=typed, made=_made(person), order=ORDER,
            reminders=_reminders(person), channels=options_of(desk.texts, Channel),
            fields=options_of(desk.texts, ContactField), known=_known(person),
            messages=[("none", desk.say("Send no messages")), ("wanted", desk.say("Send messages"))],
            may_record=person.may(Permission.RECORD_FACT), may_reach=person.may(Permission.SEE_CONTACT_DETAILS),
            shared=to_confirm(refusal),
        )  # fmt: skip


def _made(person: Person) -> list[tuple[str, str]]:
    """Contacts that were made with the participant, and what came of each, newest first."""
    made = [fact for fact in person.facts if getattr(fact.detail, "kind", "") in _CONTACTS]
    return [(person.calendar.moment(fact.at), _said(person, fact)) for fact in reversed(made)]


def _said(person: Person, fact: Fact) -> str:
    if isinstance(fact.detail, ContactMade):
        said = person.desk.say(OUTCOMES[fact.detail.outcome])
    else:
        said = capital(coded(person.desk.texts, getattr(fact.detail, "action", "")))
    return f"{said} · {person.by(fact)}"


def _reminders(person: Person) -> list[tuple[str, str]]:
    found, say = wishes(person.facts), person.desk.say
    rule = person.desk.services.study.prompts
    minutes = rule.usual if found.usual is None else found.usual
    separator = person.calendar.separator
    channels = [coded(person.desk.texts, one) for one in found.channels or ()]
    return [
        (say("First reminder"), f"{minutes // 60 % 24:02d}{separator}{minutes % 60:02d}"),
        (say("Channels"), ", ".join(channels) or say("not chosen")),
        *([(say("Messages"), _stopped(person))] if found.stopped else []),
    ]


def _stopped(person: Person) -> str:
    """By whom and since when; whoever used the link in a mail was nobody of the staff."""
    said = [fact for fact in person.facts if isinstance(fact.detail, RemindersChosen) and fact.detail.stopped]
    moment = person.calendar.moment(said[-1].at)
    if person.authors.get(said[-1].id) == SERVER:
        return person.desk.say("stopped by the participant, by the link in a mail, {moment}", moment=moment)
    return person.desk.say("stopped by {name}, {moment}", name=person.by(said[-1]), moment=moment)


def _known(person: Person) -> list[tuple[str, str]]:
    """Whether there is one, and since when; nothing for whoever may not reach the participant."""
    if not person.may(Permission.SEE_CONTACT_DETAILS):
        return []
    reach: Mapping[Any, str] = contact_details.of(person.connection, person.id)
    refused = contact_details.refused(person.connection, [person.id]).get(person.id, {})
    since = {fact.detail.field: fact.at for fact in person.facts if isinstance(fact.detail, ContactDetailChanged)}
    return [
        (
            capital(coded(person.desk.texts, field)),
            person.desk.say(
                "refused since {moment}: nothing is sent there", moment=person.calendar.moment(refused[field])
            )
            if field in refused
            else person.desk.say("there is one, since {moment}", moment=person.calendar.moment(since[field]))
            if reach[field] and field in since
            else person.desk.say("there is one") if reach[field] else person.desk.say("none"),
        )
        for field in ContactField
    ]  # fmt: skip
