"""The morning's overview of one site in at most ten lines: how the evening went, what to see to, where to look.

Counts only: no pseudonym, no answer, no score. The subject names the study's display name and nothing else, for it may
be read on a phone that lies on a table.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from diary_app.core.catalogue import message
from diary_app.core.grading import State
from diary_app.core.study import Site, Study
from diary_app.core.times import local_date, wall_to_utc
from server.access import rights
from server.access.roles import HOLDERS, Permission
from server.alerts.house_alerts import house_alerts
from server.alerts.open_alerts import OF_THE_BACKUP, OF_THE_DOORS, OF_THE_REMINDERS, Alert, Kind, open_alerts
from server.console.dates import Calendar
from server.db.overview import days_at
from server.db.site_facts import EVERYWHERE
from server.study_words import spoken_in, words_of

MOST_LINES = 10
_MOST_NEEDS = MOST_LINES - 3  # beside the day, the evening's diaries and where to look
LINES: Mapping[Kind, str] = {
    Kind.CONTACT_PROMPT: message("Participants to call by the study's own rules: {count}"),
    Kind.SET_ASIDE: message("Participants with something set aside: {count}"),
    Kind.CHAIN_GAP: message("Phones with something missing in between: {count}"),
    Kind.AFTER_LOCK: message("Participants with an entry that came after a lock: {count}"),
    Kind.PHONE_IN_DOUBT: message("Phones in doubt: {count}"),
    Kind.SILENT_PHONE: message("Phones not heard from: {count}"),
    Kind.ADDRESS_REFUSED: message("Participants whose address or number is refused: {count}"),
    Kind.REMINDER_FAILED: message("Participants whom reminders do not reach: {count}"),
    Kind.CLOCK_OFF: message("Phones with a wrong clock: {count}"),
    Kind.NEVER_ACTIVATED: message("Phones never activated: {count}"),
}
_HERE = frozenset({State.DONE.value, State.LATE.value})
_IN_NO_RATE = frozenset({State.NOT_EXPECTED.value, State.EXTRA.value})


@dataclass(frozen=True)
class Digest:
    """A message to staff."""

    sender: str
    subject: str
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """The body."""
        return "\n".join(self.lines) + "\n"


@dataclass(frozen=True)
class Morning:
    """What one site's overview is made of; the same for everybody who gets it.

    `let_in`: accounts that were given a role which opens answers, the day before. Who gives them may not read answers,
    and would need no more than an account under another name; so those who answer for the site hear of each.
    """

    site: Site
    evening: date
    expected: int
    here: int
    alerts: Sequence[Alert]
    let_in: int = 0


def morning(
    connection: Connection, study: Study, site: Site, now: datetime, *, backups_wanted: bool = False
) -> Morning:
    """How the evening before went at a site, and what nobody has seen to, of the whole study's house too."""
    evening = local_date(now, site.zone) - timedelta(days=1)
    days = [day.state for day in days_at(connection, [site.id], study.diary.instrument, evening, evening)]
    expected = [state for state in days if state not in _IN_NO_RATE]
    here = sum(state in _HERE for state in expected)
    alerts = [
        *house_alerts(connection, now, backups_wanted=backups_wanted),
        *open_alerts(connection, study, [site.id], now),
    ]
    return Morning(site, evening, len(expected), here, alerts, _let_in(connection, site, evening))


def _let_in(connection: Connection, site: Site, day: date) -> int:
    first, end = (wall_to_utc(one, 0, site.zone, last=False) for one in (day, day + timedelta(days=1)))
    given = [
        one for one in rights.given_between(connection, first, end) if one.role in HOLDERS[Permission.EXPORT_ANSWERS]
    ]
    return len({one.account for one in given if one.site in (site.id, EVERYWHERE)})


def digest(study: Study, found: Morning, language: str, public_url: str) -> Digest:
    """In words; `language` where the catalogue speaks it, else the study's first."""
    spoken = spoken_in(study, language)
    say = words_of(study, spoken).text
    counts = Counter(alert.kind for alert in found.alerts)
    needs = [say(LINES[kind], count=counts[kind]) for kind in LINES if counts[kind]]
    if found.let_in:
        needs.insert(
            0, say("Accounts that may read answers since yesterday: {count}. Was it meant?", count=found.let_in)
        )
    if any(counts[kind] for kind in OF_THE_DOORS):
        needs.insert(0, say("Unusually many log-ins or codes were refused: tell whoever runs the server"))
    if any(counts[kind] for kind in OF_THE_REMINDERS):
        needs.insert(0, say("Reminders do not leave the server: tell whoever runs it"))
    if any(counts[kind] for kind in OF_THE_BACKUP):
        needs.insert(0, say("The backup needs looking after: tell whoever runs the server"))
    if len(needs) > _MOST_NEEDS:
        rest = len(needs) - _MOST_NEEDS + 1
        needs[_MOST_NEEDS - 1 :] = [say("Other kinds of things to see to: {count}", count=rest)]
    return _composed(study, found, spoken, needs, public_url)


def _composed(study: Study, found: Morning, spoken: str, needs: Sequence[str], public_url: str) -> Digest:
    say = words_of(study, spoken).text
    lines = (
        f"{found.site.name}, {Calendar(spoken, found.site.zone, found.evening).day(found.evening)}",
        say("Diaries of the evening that are here: {here} of {expected}", here=found.here, expected=found.expected),
        *(needs or [say("Nothing needs attention just now.")]),
        f"{public_url}/console/",
    )
    return Digest(study.display_name[spoken], say("This morning's overview"), lines)
