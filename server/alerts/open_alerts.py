"""What somebody should see to now, worked out each time it is asked for; what was done about it is kept as a fact.

No alert shows an answer, and none is about one unless the study file has a rule for it. Somebody whose diary has
ended, or who died or withdrew, raises none but for what was set aside or came after a lock: it may hold an entry.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection

from diary_app.core.errors import Code
from diary_app.core.facts import AlertAcknowledged, Fact, Status
from diary_app.core.status import in_force
from diary_app.core.study import Study
from server.alerts.after_lock import after_lock
from server.alerts.contact_prompts import contact_prompts
from server.clocks import is_ahead
from server.db import alerts, staff_facts
from server.db.alerts import Case
from server.intake.known import fact_from_row
from server.reminders.channel import Trouble
from server.reminders.ledger import Standing

NEVER_ACTIVATED_AFTER = timedelta(days=3)
SILENT_AFTER = timedelta(hours=48)
#: What is missing usually comes with the next contact.
GAP_AFTER = timedelta(days=1)
#: What happened once is shown for so long, unless somebody has seen to it.
SHOWN_FOR = timedelta(days=14)
#: How a reminder fails by the address alone, which is shown as such.
_OF_ADDRESSES = (Trouble.RECIPIENT_REFUSED, Trouble.NO_ADDRESS)
_TELLING = ("participant_added", "zone", "status", "status_revoked", "alert_acknowledged")
_ENDED = frozenset(Status) - {Status.TREATMENT_STOPPED}


class Kind(StrEnum):
    """What an alert is about, the most pressing first."""

    TRAIL_BROKEN = "trail_broken"
    FACTS_FELL = "facts_fell"
    BREACH_UNDECIDED = "breach_undecided"
    BACKUP_FAILED = "backup_failed"
    BACKUP_LATE = "backup_late"
    REMINDERS_STOPPED = "reminders_stopped"
    REMINDERS_UNSENT = "reminders_unsent"
    LOG_INS_REFUSED = "log_ins_refused"
    CODES_REFUSED = "codes_refused"
    CONTACT_PROMPT = "contact_prompt"
    SET_ASIDE = "set_aside"
    CHAIN_GAP = "chain_gap"
    AFTER_LOCK = "after_lock"
    PHONE_IN_DOUBT = "phone_in_doubt"
    SILENT_PHONE = "silent_phone"
    ADDRESS_REFUSED = "address_refused"
    REMINDER_FAILED = "reminder_failed"
    CLOCK_OFF = "clock_off"
    NEVER_ACTIVATED = "never_activated"


#: About the server and the whole study; see `house_alerts`.
OF_THE_BACKUP = frozenset({Kind.TRAIL_BROKEN, Kind.FACTS_FELL, Kind.BACKUP_FAILED, Kind.BACKUP_LATE})
OF_THE_REMINDERS = frozenset({Kind.REMINDERS_STOPPED, Kind.REMINDERS_UNSENT})
OF_THE_DOORS = frozenset({Kind.LOG_INS_REFUSED, Kind.CODES_REFUSED})
_PRESSING = list(Kind)
_ALSO_AFTER_THE_END = frozenset({Kind.SET_ASIDE, Kind.CHAIN_GAP, Kind.AFTER_LOCK})


@dataclass(frozen=True)
class Alert:
    """One thing to see to; participant and site of the house's own are `*`.

    `since`: its newest cause; `count`: how many causes there are.
    """

    kind: Kind
    participant: str
    site: str
    since: datetime
    count: int


def open_alerts(connection: Connection, study: Study, sites: Collection[str], now: datetime) -> list[Alert]:
    """Everything at these sites that nobody has seen to, the most pressing first, then by pseudonym."""
    cases = _cases(connection, study, sites, now)
    found = [Alert(kind, one.participant, one.site, one.since, one.count) for kind, one in cases]
    known = _known(connection, {alert.participant for alert in found})
    return sorted(
        (alert for alert in found if not _is_settled(alert, known[alert.participant], now)),
        key=lambda alert: (_PRESSING.index(alert.kind), alert.participant),
    )


def _cases(connection: Connection, study: Study, sites: Collection[str], now: datetime) -> Iterator[tuple[Kind, Case]]:
    doubts = (Code.NONCE_STALE, Code.DEVICE_DOUBTFUL)
    shown = now - SHOWN_FOR
    kinds = {
        Kind.CONTACT_PROMPT: contact_prompts(connection, study, sites, now),
        Kind.SET_ASIDE: alerts.set_aside(connection, sites, gaps=False, before=now),
        Kind.CHAIN_GAP: alerts.set_aside(connection, sites, gaps=True, before=now - GAP_AFTER),
        Kind.AFTER_LOCK: after_lock(connection, study, sites),
        Kind.PHONE_IN_DOUBT: alerts.flagged_contacts(connection, sites, doubts, shown),
        Kind.SILENT_PHONE: alerts.silent_phones(connection, sites, now - SILENT_AFTER, now),
        Kind.ADDRESS_REFUSED: alerts.refused_addresses(connection, sites),
        Kind.REMINDER_FAILED: alerts.failed_reminders(connection, sites, Standing.FAILED, shown, _OF_ADDRESSES),
        Kind.CLOCK_OFF: alerts.wrong_clocks(connection, sites),
        Kind.NEVER_ACTIVATED: alerts.never_activated(connection, sites, now - NEVER_ACTIVATED_AFTER),
    }
    for kind, cases in kinds.items():
        yield from ((kind, case) for case in cases)


def _known(connection: Connection, participants: Collection[str]) -> Mapping[str, list[Fact]]:
    """What was acknowledged, and how everybody stands."""
    known: dict[str, list[Fact]] = defaultdict(list)
    for row in staff_facts.of_kinds(connection, participants, _TELLING):
        known[row.participant].append(fact_from_row(row))
    return known


def _is_settled(alert: Alert, known: Collection[Fact], now: datetime) -> bool:
    seen_to = any(
        isinstance(fact.detail, AlertAcknowledged)
        and fact.detail.alert == alert.kind
        and (
            fact.detail.since == alert.since
            or (fact.detail.since > alert.since and not is_ahead(fact.detail.since, now))
        )
        for fact in known
    )
    has_ended = any(said.status in _ENDED for said in in_force(known, now))
    return seen_to or (has_ended and alert.kind not in _ALSO_AFTER_THE_END)
