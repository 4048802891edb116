"""Accounts of others, for administrators: the register, an invitation, and one page for each account."""

from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from fastapi import Form, Response
from sqlalchemy import Connection

from diary_app.core.errors import Code, CommandRefused, RequestRefused, XerodiaryError
from diary_app.resources import LANGUAGES
from server.access import managing, sessions
from server.access.invitations import Invited, Wanted
from server.access.rights import Right
from server.access.roles import Permission, Role
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.listing import table
from server.console.people import letter
from server.console.people.register import Person, columns, end_of, people
from server.console.people.words import MEANINGS, ROLES, moment, role_at, site_name, standing_of
from server.db import log_ins, second_factors
from server.db.site_facts import EVERYWHERE
from server.intake.reaching import email_from

PEOPLE = "/console/people"
_NOTHING_TYPED = {
    "username": "", "display_name": "", "email": "", "language": "", "role": "", "site": "", "by_mail": True,
}  # fmt: skip

router = routes()
RoleField = Annotated[str, Form(max_length=40)]
SiteField = Annotated[str, Form(max_length=100)]


@router.get("/people")
def show_people(desk: DeskDep) -> Response:
    """The list, now or as of a past day; as a file too."""
    day = _day(desk)
    with desk.reading() as connection:
        found = people(connection, desk, end_of(desk, day) if day else None)
    listed = table(columns(desk, is_past=day is not None), found, PEOPLE, desk.query, sort="name")
    if listed.wants_csv:
        return listed.csv("accounts", desk.say)
    shown = desk.calendar.day(day) if day else ""
    return desk.page("people/people.html", table=listed, day=day, shown_day=shown, today=desk.calendar.today)


@router.get("/people/invite")
def show_invite(desk: DeskDep) -> Response:
    """Who is to come, and as what."""
    return _invite_page(desk)


@router.post("/people/invite")
def invite(
    desk: FormDeskDep,
    username: Annotated[str, Form(max_length=200)] = "",
    display_name: Annotated[str, Form(max_length=200)] = "",
    email: Annotated[str, Form(max_length=300)] = "",
    language: Annotated[str, Form()] = "da",
    role: RoleField = "",
    site: SiteField = "",
    by_mail: Annotated[bool, Form()] = False,
) -> Response:
    """Make the account; the link goes by e-mail, or is shown this once."""
    typed = {
        "username": username, "display_name": display_name, "email": email, "language": language,
        "role": role, "site": site, "by_mail": by_mail,
    }  # fmt: skip
    try:
        wanted = Wanted(
            username, display_name, language if language in LANGUAGES else LANGUAGES[0],
            [(_role(role), site)], email_from(email),
        )  # fmt: skip
        invited = desk.write(
            "", lambda connection: managing.invite(connection, desk.services, wanted, by=desk.staff.account)
        )
    except XerodiaryError as refusal:
        return _invite_page(desk, refusal, typed)
    return _link_page(desk, invited, by_mail=by_mail)


@router.get("/people/{account}")
def show_person(desk: DeskDep, account: str) -> Response:
    """One account, and what can be done to it."""
    return _person_page(desk, account)


@router.post("/people/{account}/roles")
def give_role(desk: FormDeskDep, account: str, role: RoleField = "", site: SiteField = "") -> Response:
    """One role more."""
    return _changed(
        desk, account, "role-given",
        lambda connection: managing.give(
            connection, desk.services, Right(account, _role(role), site), by=desk.staff.account
        ),
    )  # fmt: skip


@router.post("/people/{account}/roles/take")
def take_role(desk: FormDeskDep, account: str, role: RoleField = "", site: SiteField = "") -> Response:
    """One role less."""
    return _changed(
        desk, account, "role-taken",
        lambda connection: managing.take(
            connection, desk.services, Right(account, _role(role), site), by=desk.staff.account
        ),
    )  # fmt: skip


@router.post("/people/{account}/link")
def new_link(desk: FormDeskDep, account: str, by_mail: Annotated[bool, Form()] = False) -> Response:
    """Another link, by e-mail or shown this once; whose account has a password gets it by e-mail and no other way."""
    try:
        invited = desk.write(
            "", lambda connection: managing.new_link(connection, desk.services, account, by=desk.staff.account)
        )
    except XerodiaryError as refusal:
        return _person_page(desk, account, refusal)
    return _link_page(desk, invited, by_mail=by_mail or bool(invited.account.password_hash))


@router.post("/people/{account}/sessions")
def end_sessions(desk: FormDeskDep, account: str) -> Response:
    """Log them out everywhere."""
    return _managed(desk, account, "sessions-ended", managing.end_sessions)


@router.post("/people/{account}/second-factor")
def reset_second_factor(desk: FormDeskDep, account: str) -> Response:
    """For whoever has lost it."""
    return _managed(desk, account, "factor-reset", managing.reset_second_factor)


@router.post("/people/{account}/close")
def close(desk: FormDeskDep, account: str) -> Response:
    """For good."""
    return _managed(desk, account, "closed", managing.close)


def _managed(desk: Desk, account: str, said: str, act: Callable[..., None]) -> Response:
    return _changed(
        desk, account, said, lambda connection: act(connection, desk.services, account, by=desk.staff.account)
    )


def _changed(desk: Desk, account: str, said: str, work: Callable[[Connection], None]) -> Response:
    try:
        desk.write("", work)
    except XerodiaryError as refusal:
        return _person_page(desk, account, refusal)
    return desk.to(f"{PEOPLE}/{account}", said=said)


def _invite_page(desk: Desk, refusal: XerodiaryError | None = None, typed: dict[str, Any] | None = None) -> Response:
    return desk.page(
        "people/invite.html", refusal=refusal, typed=typed or _NOTHING_TYPED, roles=_role_choices(desk),
        meanings=[(desk.say(ROLES[role]), desk.say(MEANINGS[role])) for role in ROLES],
        sites=_site_choices(desk), can_be_mailed=letter.can_be_mailed(desk.services),
    )  # fmt: skip


def _link_page(desk: Desk, invited: Invited, *, by_mail: bool) -> Response:
    is_mailed = by_mail and letter.mail(desk.services, invited)
    is_shown = not is_mailed and not invited.account.password_hash
    return desk.page(
        "people/link.html", account=invited.account, is_mailed=is_mailed, was_to_be_mailed=by_mail,
        link=invited.link(desk.services) if is_shown else "", until=moment(desk, invited.until),
    )  # fmt: skip


def _person_page(desk: Desk, account: str, refusal: XerodiaryError | None = None) -> Response:
    with desk.reading() as connection:
        person = _seen(connection, desk, account)
        open_ones = log_ins.of_account(connection, account)
        left = second_factors.codes_left(connection, account)
    settings = desk.services.settings
    places = [one for one in open_ones if not sessions.has_lapsed(one, settings, desk.now)]
    may_take = [right for right in sorted(person.held) if desk.may(Permission.MANAGE_ACCOUNTS, right.site)]
    return desk.page(
        "people/person.html", refusal=refusal, person=person,
        standing=standing_of(desk, person.standing, person.waits_until),
        held=[(right, role_at(desk, right), right in may_take) for right in sorted(person.held)],
        is_own=account == desk.staff.account, is_managed=managing.is_managed(desk.staff.rights, person.held),
        roles=_role_choices(desk), sites=_site_choices(desk), places=len(places), codes_left=left,
        seen=moment(desk, person.account.last_log_in_at), added=moment(desk, person.account.created_at),
        closed=moment(desk, person.account.disabled_at), until=moment(desk, person.invited_until),
        can_be_mailed=letter.can_be_mailed(desk.services),
    )  # fmt: skip


def _seen(connection: Connection, desk: Desk, account: str) -> Person:
    for person in people(connection, desk):
        if person.account.id == account:
            return person
    raise RequestRefused(Code.NOT_FOUND, "There is no such account.", "Look at the list.")


def _role(name: str) -> Role:
    try:
        return Role(name)
    except ValueError:
        raise CommandRefused(Code.SETTING_INVALID, "No role is chosen.", "Choose what they will be.") from None


def _role_choices(desk: Desk) -> list[tuple[str, str]]:
    return [(role.value, desk.say(name)) for role, name in ROLES.items()]


def _site_choices(desk: Desk) -> list[tuple[str, str]]:
    everywhere = [EVERYWHERE] if desk.may(Permission.MANAGE_ACCOUNTS, EVERYWHERE) else []
    return [(site, site_name(desk, site)) for site in [*(site.id for site in desk.sites), *everywhere]]


def _day(desk: Desk) -> date | None:
    """The past day that is asked for; one that is none, or has not ended, is now."""
    try:
        day = date.fromisoformat(desk.query.get("on", ""))
    except ValueError:
        return None
    return day if date(2000, 1, 1) < day < desk.calendar.today else None
