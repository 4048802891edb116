"""What happened to an account since its holder was last here, shown after the log-in where no mail tells of it.

What the log-in itself has brought about waits for the next one: shown at once, it would be shown to whom it warns of.
"""

import json
from dataclasses import dataclass
from typing import Annotated

from fastapi import Form, Response
from fastapi.responses import RedirectResponse

from server.access import sessions
from server.access.account_facts import TOLD, Happened
from server.access.dependencies import HeldDep
from server.access.sessions import LoggedIn
from server.alerts import account_mail
from server.alerts.account_words import WHAT, advice, named
from server.console.desk import Desk, DeskDep, FormDeskDep, routes
from server.console.pages import HOME, safe
from server.db import notices, site_facts
from server.db.engine import reading
from server.db.notices import Notice
from server.services import Services

NOTICES = "/console/me/notices"
#: So many are listed on one's own page; all of them are in the trail.
_LISTED = 10

router = routes()


@dataclass(frozen=True)
class Shown:
    """One thing that happened, in words. `browser`: of the log-in that it is about, or empty."""

    moment: str
    what: str
    browser: str = ""


def is_to_be_told(services: Services, logged_in: LoggedIn) -> bool:
    """Whether there is anything to show to whoever has just logged in."""
    now = services.environment.now()
    with reading(services.engine) as connection:
        began = sessions.held_by(connection, services.settings, logged_in.secret, now).session.created_at
        return bool(account_mail.to_show(connection, services, logged_in.staff.account, began))


@router.get("/me/notices")
def show(desk: DeskDep, held: HeldDep, next: str = HOME) -> Response:
    """All of it, with what to do about it; on to where somebody was going where there is nothing."""
    with desk.reading() as connection:
        found = account_mail.to_show(connection, desk.services, desk.staff.account, held.session.created_at)
    if not found:
        return RedirectResponse(safe(next), 303)
    return desk.page(
        "people/notices.html", shown=[_shown(desk, one) for one in found], facts=[one.fact for one in found],
        advice=[desk.say(one) for one in _advice(found)], next=safe(next),
    )  # fmt: skip


@router.post("/me/notices")
def have_read(
    desk: FormDeskDep, held: HeldDep,
    fact: Annotated[list[str] | None, Form()] = None, next: Annotated[str, Form()] = HOME,
) -> Response:  # fmt: skip
    """Those that were on the page are told; what has come since is shown at the next log-in."""
    wanted = frozenset(fact or ())
    with desk.reading() as connection:
        found = account_mail.to_show(connection, desk.services, desk.staff.account, held.session.created_at)
    read = [one for one in found if one.fact in wanted]
    desk.write("", lambda connection: notices.remove(connection, *read))
    return RedirectResponse(safe(next), 303)


def lately(desk: Desk) -> list[Shown]:
    """What happened to one's own log-in, the newest first, whether or not it was told in another way."""
    with desk.reading() as connection:
        facts = site_facts.of_kinds(connection, [kind.value for kind in TOLD])
    mine = [one for one in facts if json.loads(one.body)["account"] == desk.staff.account]
    return [
        Shown(desk.calendar.moment(one.at), desk.say(WHAT[Happened(one.kind)])) for one in mine[: -_LISTED - 1 : -1]
    ]


def _shown(desk: Desk, notice: Notice) -> Shown:
    both = desk.say("{browser} on {system}", browser=notice.browser, system=notice.system)
    what = desk.say(WHAT[Happened(notice.kind)])
    return Shown(desk.calendar.moment(notice.at), what, named(both, notice))


def _advice(found: list[Notice]) -> tuple[str, str]:
    """That of the gravest: whoever may be in is more than whoever only guesses."""
    kinds = {Happened(one.kind) for one in found}
    return advice(next(iter(kinds - {Happened.PASSWORDS_TRIED}), Happened.PASSWORDS_TRIED))
