"""What whoever runs the server should see to: the backups and what they found, reminders that do not leave, who tries
the doors, and a breach of data protection of which nobody has decided yet whether the authority is told, when its 72
hours are running out.

It concerns the whole study.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

from sqlalchemy import Connection

from diary_app.core.entries import as_instant
from diary_app.core.environment import Environment
from diary_app.core.facts import AlertAction
from diary_app.core.times import format_utc
from server.alerts import refusals, unsent
from server.alerts.open_alerts import SHOWN_FOR, Alert, Kind
from server.alerts.refusals import Door
from server.backup import standing
from server.backup.standing import LONGEST, Standing
from server.clocks import is_ahead
from server.db import participants, site_facts
from server.db.site_facts import EVERYWHERE
from server.incidents import log
from server.incidents.incident import TO_DECIDE, Told

ACKNOWLEDGED = "alert_acknowledged"
_KINDS = frozenset(kind.value for kind in Kind)
_OF_DOORS = {Door.LOG_IN: Kind.LOG_INS_REFUSED, Door.CODE: Kind.CODES_REFUSED}


def house_alerts(connection: Connection, now: datetime, *, backups_wanted: bool) -> list[Alert]:
    """What nobody has seen to. `backups_wanted`: whether the server is set up to make one every night."""
    stands = standing.read(connection)
    seen = _acknowledged(connection)
    late = _late(connection, stands, now) if backups_wanted else ()
    found = [
        *_found(stands), *_undecided(connection, now), *late, *_reminders(connection, now), *_tried(connection, now)
    ]  # fmt: skip
    return [alert for alert in found if not _is_seen_to(alert, seen[alert.kind], now)]


def acknowledge(
    connection: Connection, alert: Alert, action: AlertAction, *, author: str, environment: Environment
) -> None:
    """Keep what was done about it as it stands; when it comes again it is a new one."""
    body = {"alert": alert.kind.value, "since": format_utc(alert.since), "action": action.value}
    site_facts.append(
        connection, site=EVERYWHERE, kind=ACKNOWLEDGED, body=body, author=author,
        at=environment.now(), id=environment.new_id(),
    )  # fmt: skip


def _found(stands: Standing) -> Iterator[Alert]:
    if stands.made_at is not None and stands.flaws:
        yield _alert(Kind.TRAIL_BROKEN, stands.made_at, stands.flaws)
    if stands.made_at is not None and stands.fell:
        yield _alert(Kind.FACTS_FELL, stands.made_at, len(stands.fell))
    if stands.failed_at is not None:
        yield _alert(Kind.BACKUP_FAILED, stands.failed_at, 1)


def _undecided(connection: Connection, now: datetime) -> Iterator[Alert]:
    """Since the newest of them: who has seen to the others hears of it again."""
    said = [one.said for one in log.every(connection)]
    due = [one.noticed + TO_DECIDE for one in said if one.authority is Told.UNDECIDED]
    if since := [one for one in due if one <= now]:
        yield _alert(Kind.BREACH_UNDECIDED, max(since), len(since))


def _late(connection: Connection, stands: Standing, now: datetime) -> Iterator[Alert]:
    """Where there never was one it is late from the first participant on: before, there is nothing to lose.

    One that by the clock was not made yet says nothing of the nights since.
    """
    since = stands.made_at or participants.first_added(connection)
    if since is not None and is_ahead(since, now):
        yield _alert(Kind.BACKUP_LATE, since, 1)
    elif since is not None and now - since > LONGEST:
        yield _alert(Kind.BACKUP_LATE, since + LONGEST, 1)


def _reminders(connection: Connection, now: datetime) -> Iterator[Alert]:
    """Seen to once, each is told again when reminders have left in between."""
    if since := unsent.stopped_since(connection, now):
        yield _alert(Kind.REMINDERS_STOPPED, since, 1)
    if found := unsent.unsent(connection, now):
        yield _alert(Kind.REMINDERS_UNSENT, found.since, found.participants)


def _tried(connection: Connection, now: datetime) -> Iterator[Alert]:
    stands = refusals.read(connection)
    for door, kind in _OF_DOORS.items():
        if door in stands.at and abs(now - stands.at[door]) < SHOWN_FOR:
            yield _alert(kind, stands.at[door], stands.tries[door])


def _alert(kind: Kind, since: datetime, count: int) -> Alert:
    return Alert(kind, EVERYWHERE, EVERYWHERE, since, count)


def _acknowledged(connection: Connection) -> Mapping[Kind, list[datetime]]:
    """The causes of each kind that somebody has seen to; kinds of a later release are none of ours."""
    seen: dict[Kind, list[datetime]] = defaultdict(list)
    for fact in site_facts.of_kinds(connection, (ACKNOWLEDGED,)):
        body = json.loads(fact.body)
        if body["alert"] in _KINDS:
            seen[Kind(body["alert"])].append(as_instant(body["since"]))
    return seen


def _is_seen_to(alert: Alert, seen: Iterable[datetime], now: datetime) -> bool:
    """With a cause come all before it, but a clock that was ahead must not hide those that come until then."""
    return any(since == alert.since or (alert.since < since and not is_ahead(since, now)) for since in seen)
