"""One's own account: password, second factor, recovery codes, and where one is logged in."""

from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import Form, Response

from diary_app.core.errors import CommandRefused, RequestRefused, XerodiaryError
from server.access import own_account, passwords, second_factor, sessions
from server.access.dependencies import HeldDep, set_cookie
from server.access.proving import prove
from server.access.sessions import Held
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.people import notices
from server.console.people.join import differ
from server.console.people.step import offer
from server.console.people.words import browser, moment, roles_of
from server.db import accounts, log_ins, second_factors
from server.dependencies import AddressDep

ME = "/console/me"
SET_UP = f"{ME}/second-factor"
_OTHERS = "others"

router = routes()
Password = Annotated[str, Form(max_length=1000)]


@dataclass(frozen=True)
class Place:
    """A browser where the account is logged in, in words."""

    id: str
    browser: str
    since: str
    seen: str
    is_this: bool


@router.get("/me")
def show_me(desk: DeskDep, held: HeldDep) -> Response:
    """All of it on one page."""
    return _page(desk, held)


@router.post("/me/password")
def change_password(
    desk: FormDeskDep, held: HeldDep, address: AddressDep,
    old: Password = "", new: Password = "", again: Password = "",
) -> Response:  # fmt: skip
    """A new password; every other log-in ends, and this one goes on with a new secret."""
    services, me = desk.services, desk.staff
    try:
        if new != again:
            raise differ()
        passwords.check_choice(new, me.username)
        prove(services, username=me.username, password=old, address=address)
        renewed = own_account.change_password(services, held, new)
    except (RequestRefused, CommandRefused) as refusal:
        return _page(desk, held, refusal)
    response = desk.to(ME, said="password")
    set_cookie(response, services.settings, renewed.secret)
    return response


@router.post("/me/sessions")
def end_sessions(desk: FormDeskDep, held: HeldDep, session: Annotated[str, Form()] = "") -> Response:
    """Log out in one other place, or in all of them."""
    me = desk.staff.account
    if session == _OTHERS:
        desk.write("", lambda connection: log_ins.remove_of(connection, me, but=held.session.secret_sha256))
    elif session != held.session.id:
        desk.write("", lambda connection: log_ins.remove_one_of(connection, me, session))
    return desk.to(ME, said="ended")


@router.post("/me/second-factor")
def begin_second_factor(desk: FormDeskDep, held: HeldDep, address: AddressDep, password: Password = "") -> Response:
    """Offer one, the first or another, to whoever has just shown the password."""
    try:
        prove(desk.services, username=desk.staff.username, password=password, address=address)
    except RequestRefused as refusal:
        return _page(desk, held, refusal)
    second_factor.offered(desk.services, held)
    return desk.to(SET_UP)


@router.get("/me/second-factor")
def show_second_factor(desk: DeskDep, held: HeldDep) -> Response:
    """What is being set up; nothing is offered without the password."""
    return _offered(desk, held) if held.session.offered else desk.to(ME)


@router.post("/me/second-factor/confirm")
def confirm_second_factor(
    desk: FormDeskDep, held: HeldDep, address: AddressDep, code: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    """The authenticator has it; from now on it is asked for."""
    if not held.session.offered:
        return desk.to(ME)
    try:
        passed, codes = second_factor.set_up(desk.services, held, code, address)
    except RequestRefused as refusal:
        return _offered(desk, held, refusal)
    page = replace(desk, staff=passed.staff).page("people/own_codes.html", codes=codes)
    set_cookie(page, desk.services.settings, passed.secret)
    return page


@router.post("/me/second-factor/off")
def take_off(desk: FormDeskDep, held: HeldDep, address: AddressDep, password: Password = "") -> Response:
    """Back to the password alone, where the study leaves it to everybody."""
    try:
        prove(desk.services, username=desk.staff.username, password=password, address=address)
        second_factor.take_off(desk.services, desk.staff.account)
    except RequestRefused as refusal:
        return _page(desk, held, refusal)
    return desk.to(ME, said="factor-off")


@router.post("/me/recovery-codes")
def make_codes(desk: FormDeskDep, held: HeldDep, address: AddressDep, password: Password = "") -> Response:
    """Ten new ones, shown this once; the old ones are worth nothing any more."""
    try:
        prove(desk.services, username=desk.staff.username, password=password, address=address)
        codes = second_factor.make_codes_anew(desk.services, desk.staff.account)
    except RequestRefused as refusal:
        return _page(desk, held, refusal)
    return desk.page("people/own_codes.html", codes=codes)


def _page(desk: Desk, held: Held, refusal: XerodiaryError | None = None) -> Response:
    me = desk.staff
    with desk.reading() as connection:
        account = accounts.of_id(connection, me.account)
        factor = second_factors.of(connection, me.account)
        left = second_factors.codes_left(connection, me.account)
        open_ones = log_ins.of_account(connection, me.account)
    places = [
        _place(desk, one, held) for one in open_ones
        if not sessions.has_lapsed(one, desk.services.settings, desk.now)
    ]  # fmt: skip
    return desk.page(
        "people/me.html", refusal=refusal, policy=desk.services.settings.second_factor,
        factor_since=moment(desk, factor.since) if factor else "", codes_left=left,
        places=sorted(places, key=lambda place: not place.is_this), roles=roles_of(desk, me.rights.held),
        email=account.email if account else None, happened=notices.lately(desk),
        shortest=passwords.SHORTEST, longest=passwords.LONGEST,
    )  # fmt: skip


def _place(desk: Desk, one: log_ins.Session, held: Held) -> Place:
    seen, since = moment(desk, one.last_seen_at), moment(desk, one.created_at)
    return Place(one.id, browser(desk, one), since, seen, one.id == held.session.id)


def _offered(desk: Desk, held: Held, refusal: RequestRefused | None = None) -> Response:
    shown: dict[str, Any] = offer(desk.services, held, desk.staff.language)
    return desk.page("people/own_set_up.html", refusal=refusal, replaces=held.has_second_factor, **shown)
