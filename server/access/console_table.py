"""Every page and form of the console, and who may open or send it. This table is the whole of it.

`gate` reads it at each request and refuses to everybody what is not in it; a test walks it route by route and role by
role. Which sites somebody sees there follows from the same permission: it counts at the sites where they hold it.
Nobody reads an answer, a number or an address without a permission of its own, however the page is reached.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from server.access.roles import Permission


class Anyone(StrEnum):
    """Whom a route is for when no permission is needed."""

    PUBLIC = "public"
    #: The password was right; the second step may still be missing.
    ARRIVING = "arriving"
    LOGGED_IN = "logged_in"


Needed = Permission | Anyone

CONSOLE: Mapping[str, Needed] = MappingProxyType({
    # the door
    "GET /console/login": Anyone.PUBLIC,
    "HEAD /console/login": Anyone.PUBLIC,
    "POST /console/login": Anyone.PUBLIC,
    "GET /console/static/{name}": Anyone.PUBLIC,
    "GET /console/join": Anyone.PUBLIC,
    "HEAD /console/join": Anyone.PUBLIC,
    "POST /console/join": Anyone.PUBLIC,
    # a page that nobody uses: looks at the log-in itself, as to open it is no use of it
    "GET /console/resting": Anyone.PUBLIC,
    "HEAD /console/resting": Anyone.PUBLIC,
    # the second step of a log-in, and the way out
    "GET /console/login/step": Anyone.ARRIVING,
    "POST /console/login/step": Anyone.ARRIVING,
    "POST /console/login/step/recovery": Anyone.ARRIVING,
    "POST /console/login/step/set-up": Anyone.ARRIVING,
    "POST /console/logout": Anyone.ARRIVING,
    # everybody's own
    "POST /console/language": Anyone.LOGGED_IN,
    "GET /console/me": Anyone.LOGGED_IN,
    "POST /console/me/password": Anyone.LOGGED_IN,
    "POST /console/me/sessions": Anyone.LOGGED_IN,
    "GET /console/me/notices": Anyone.LOGGED_IN,
    "POST /console/me/notices": Anyone.LOGGED_IN,
    "GET /console/me/second-factor": Anyone.LOGGED_IN,
    "POST /console/me/second-factor": Anyone.LOGGED_IN,
    "POST /console/me/second-factor/confirm": Anyone.LOGGED_IN,
    "POST /console/me/second-factor/off": Anyone.LOGGED_IN,
    "POST /console/me/recovery-codes": Anyone.LOGGED_IN,
    # overview: whoever has no site gets a calm word instead
    "GET /console/": Anyone.LOGGED_IN,
    # the paper back-up
    "GET /console/paper": Permission.TRANSCRIBE_PAPER,
    "GET /console/paper/blank": Permission.TRANSCRIBE_PAPER,
    "GET /console/paper/transcribe": Permission.TRANSCRIBE_PAPER,
    "GET /console/paper/transcribe/{participant}": Permission.TRANSCRIBE_PAPER,
    "POST /console/paper/transcribe/{participant}": Permission.TRANSCRIBE_PAPER,
    # call list: who only watches sees whom to call and why, and has no button
    "GET /console/calls": Permission.SEE_STATES,
    "GET /console/calls/{participant}": Permission.LOG_CONTACT,
    "POST /console/calls/{participant}/number": Permission.SEE_CONTACT_DETAILS,
    "POST /console/calls/{participant}/contacts": Permission.LOG_CONTACT,
    # inbox: what waits at a site
    "GET /console/inbox": Permission.LOG_CONTACT,
    "POST /console/inbox/alerts": Permission.RECORD_FACT,
    "GET /console/inbox/set-aside": Permission.SETTLE_SET_ASIDE,
    "GET /console/inbox/set-aside/{item}": Permission.SETTLE_SET_ASIDE,
    "POST /console/inbox/set-aside/{item}/contents": Permission.SEE_ANSWERS,
    "POST /console/inbox/set-aside/{item}/settle": Permission.SETTLE_SET_ASIDE,
    "POST /console/inbox/set-aside/{item}/reopen": Permission.SETTLE_SET_ASIDE,
    # how the study goes
    "GET /console/compliance": Permission.SEE_STATES,
    "GET /console/compliance/weeks.svg": Permission.SEE_STATES,
    "GET /console/visits": Permission.SEE_STATES,
    # the server itself; what is said of its alerts asks for the permission at every site
    "GET /console/health": Permission.SEE_SYSTEM,
    "POST /console/health/alerts": Permission.MANAGE_ACCOUNTS,
    # the log of breaches of data protection
    "GET /console/incidents": Permission.SEE_INCIDENTS,
    "POST /console/incidents": Permission.KEEP_INCIDENTS,
    "GET /console/incidents/new": Permission.KEEP_INCIDENTS,
    "GET /console/incidents/{number}": Permission.SEE_INCIDENTS,
    "POST /console/incidents/{number}": Permission.KEEP_INCIDENTS,
    "GET /console/incidents/{number}/more": Permission.KEEP_INCIDENTS,
    # whether anything has changed since a page was made; asked by the page
    "GET /console/news": Permission.SEE_STATES,
    "GET /console/news/health": Permission.SEE_SYSTEM,
    "GET /console/news/trail": Permission.SEE_TRAIL,
    # keys of the keyboard
    "GET /console/keys": Anyone.LOGGED_IN,
    # taking participants in, and their phones
    "GET /console/enrol": Permission.ADD_PARTICIPANT,
    "POST /console/enrol": Permission.ADD_PARTICIPANT,
    "GET /console/participants/{participant}/start": Permission.ISSUE_CODE,
    "POST /console/participants/{participant}/letter": Permission.ISSUE_CODE,
    "POST /console/participants/{participant}/lost": Permission.MANAGE_PHONE,
    "POST /console/participants/{participant}/lent": Permission.MANAGE_PHONE,
    # the study
    "GET /console/study": Permission.SEE_STUDY,
    "GET /console/study/ahead": Permission.SEE_STUDY,
    "GET /console/study/rehearsal": Permission.REHEARSE_STUDY,
    "POST /console/study/rehearsal": Permission.REHEARSE_STUDY,
    # rescue files
    "GET /console/rescue": Permission.MANAGE_PHONE,
    "POST /console/rescue": Permission.MANAGE_PHONE,
    # participants, and the pages of one of them; answers are on pages of their own
    "GET /console/participants": Permission.SEE_STATES,
    "GET /console/participants/{participant}": Permission.SEE_STATES,
    "GET /console/participants/{participant}/entries": Permission.SEE_STATES,
    "GET /console/participants/{participant}/answers": Permission.SEE_ANSWERS,
    "GET /console/participants/{participant}/reminders": Permission.SEE_STATES,
    "GET /console/participants/{participant}/phone": Permission.SEE_STATES,
    "GET /console/participants/{participant}/contact": Permission.SEE_STATES,
    "POST /console/participants/{participant}/contact": Permission.SEE_CONTACT_DETAILS,
    "POST /console/participants/{participant}/reminders": Permission.RECORD_FACT,
    "GET /console/participants/{participant}/treatments": Permission.SEE_STATES,
    "POST /console/participants/{participant}/treatments/preview": Permission.RECORD_FACT,
    "POST /console/participants/{participant}/status/preview": Permission.RECORD_FACT,
    "POST /console/participants/{participant}/treatments": Permission.RECORD_FACT,
    "POST /console/participants/{participant}/status": Permission.RECORD_FACT,
    "POST /console/participants/{participant}/status/revoke": Permission.RECORD_FACT,
    "POST /console/participants/{participant}/excuses": Permission.EXCUSE_DAY,
    "POST /console/participants/{participant}/safety": Permission.RECORD_FACT,
    "GET /console/participants/{participant}/corrections": Permission.SEE_STATES,
    "GET /console/participants/{participant}/corrections/{correction}": Permission.SEE_ANSWERS,
    "POST /console/participants/{participant}/corrections": Permission.REQUEST_CORRECTION,
    "POST /console/participants/{participant}/corrections/{correction}/waive": Permission.APPROVE_CORRECTION,
    "POST /console/participants/{participant}/corrections/{correction}/approve": Permission.APPROVE_CORRECTION,
    "POST /console/participants/{participant}/corrections/{correction}/refuse": Permission.APPROVE_CORRECTION,
    "POST /console/participants/{participant}/corrections/{correction}/withdraw": Permission.REQUEST_CORRECTION,
    "GET /console/participants/{participant}/signatures": Permission.SEE_STATES,
    "POST /console/participants/{participant}/sign": Permission.SIGN,
    "POST /console/participants/{participant}/lock": Permission.LOCK_DAYS,
    "POST /console/participants/{participant}/unlock": Permission.LOCK_DAYS,
    "GET /console/participants/{participant}/signals": Permission.SEE_TRAIL,
    "POST /console/participants/{participant}/signals": Permission.SIGN,
    "GET /console/participants/{participant}/trail": Permission.SEE_TRAIL,
    "GET /console/participants/{participant}/sheet": Permission.SEE_STATES,
    # the trail of all participants and sites
    "GET /console/trail": Permission.SEE_TRAIL,
    "POST /console/trail/export": Permission.SEE_TRAIL,
    "POST /console/trail/verify": Permission.SEE_TRAIL,
    # data taken out; answers are asked for apart
    "GET /console/exports": Permission.EXPORT_STATES,
    "POST /console/exports": Permission.EXPORT_STATES,
    "POST /console/exports/test": Permission.EXPORT_STATES,
    "GET /console/exports/{job}/progress": Permission.EXPORT_STATES,
    "GET /console/exports/{job}/file": Permission.EXPORT_STATES,
    # accounts of others: who answers for a site or inspects it reads the register, and has no button
    "GET /console/people": Permission.SEE_ACCOUNTS,
    "GET /console/people/invite": Permission.MANAGE_ACCOUNTS,
    "POST /console/people/invite": Permission.MANAGE_ACCOUNTS,
    "GET /console/people/{account}": Permission.MANAGE_ACCOUNTS,
    "POST /console/people/{account}/roles": Permission.MANAGE_ACCOUNTS,
    "POST /console/people/{account}/roles/take": Permission.MANAGE_ACCOUNTS,
    "POST /console/people/{account}/link": Permission.MANAGE_ACCOUNTS,
    "POST /console/people/{account}/sessions": Permission.MANAGE_ACCOUNTS,
    "POST /console/people/{account}/second-factor": Permission.MANAGE_ACCOUNTS,
    "POST /console/people/{account}/close": Permission.MANAGE_ACCOUNTS,
})  # fmt: skip


def needed_for(method: str, path: str) -> Needed | None:
    """What a route asks for; None when the table does not know it. `path`: as the route was declared."""
    return CONSOLE.get(f"{'GET' if method == 'HEAD' else method} {path}")
