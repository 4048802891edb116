"""Queries for taking data out: one participant at a time, in a total order that both databases share."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from operator import itemgetter

from sqlalchemy import BigInteger, Connection, bindparam, func, select, type_coerce

from diary_app.core.entries import EntryVersion
from diary_app.core.errors import Code, CommandRefused
from diary_app.core.records import RecordKind
from server.db import ready
from server.db.columns import from_milliseconds
from server.db.quick import filled
from server.db.stored_entries import read_again
from server.db.tables import METADATA

_RECORD = METADATA.tables["record"].c
_DAY = METADATA.tables["expected_day"].c
_PARTICIPANT = METADATA.tables["participant"].c
_WHERE = select(_PARTICIPANT.id, _PARTICIPANT.site)


_ENTRIES = (
    select(_RECORD.id, _RECORD.text, _RECORD.hash, _RECORD.received_at, _RECORD.change_no)
    .where(_RECORD.participant == bindparam("participant"), _RECORD.kind == RecordKind.ENTRY.value)
    .where(_RECORD.code == "", _RECORD.practice == 0)
)
#: Moments of windows as they are stored: everybody in a zone has the same, so each is worked out once.
_DAYS = select(
    _DAY.instrument, _DAY.diary_day, type_coerce(_DAY.opens, BigInteger), type_coerce(_DAY.closes, BigInteger),
    type_coerce(_DAY.late_until, BigInteger), _DAY.not_expected, _DAY.state, _DAY.reason,
).where(_DAY.participant == bindparam("participant"))  # fmt: skip
_window_moment = lru_cache(maxsize=8192)(from_milliseconds)
_by_instrument_and_day = itemgetter(0, 1)


@dataclass(frozen=True)
class ExportedDay:
    """One graded day as it stands in the database. Moments are UTC."""

    instrument: str
    diary_day: date
    opens: datetime
    closes: datetime
    late_until: datetime
    not_expected: str | None
    state: str
    reason: str | None


@dataclass(frozen=True)
class ExportedEntry:
    """One accepted version of one entry and when the server had it; `given`: as it was made, before any correction.

    `paper_reason`: why it was written on paper or asked for; None for what a participant made on a phone. `asked`: how
    an interview was held, None for everything else.
    """

    version: EntryVersion
    received_at: datetime
    given: EntryVersion
    change_no: int
    paper_reason: str | None = None
    asked: str | None = None


def participants_in_order(connection: Connection, sites: Collection[str] | None = None) -> list[tuple[str, str]]:
    """(participant, site id) of everybody, or of those at some sites, by participant."""
    everyone = sorted(
        (str(one), str(site)) for one, site in connection.execute(select(_PARTICIPANT.id, _PARTICIPANT.site))
    )
    return [row for row in everyone if sites is None or row[1] in sites]


def records_by_participant(connection: Connection) -> dict[str, int]:
    """How much there is to read of each participant who has a record."""
    counted = select(_RECORD.participant, func.count()).group_by(_RECORD.participant)
    return {str(participant): int(number) for participant, number in connection.execute(counted)}


def days_of(connection: Connection, participant: str) -> list[ExportedDay]:
    """Every day on record for one participant, by instrument and day."""
    rows = ready.rows(connection, _DAYS, {"participant": participant})
    return [
        filled(
            ExportedDay,
            {
                "instrument": instrument,
                "diary_day": diary_day,
                "opens": _window_moment(opens),
                "closes": _window_moment(closes),
                "late_until": _window_moment(late_until),
                "not_expected": not_expected,
                "state": state,
                "reason": reason,
            },
        )
        for instrument, diary_day, opens, closes, late_until, not_expected, state, reason
        in sorted(rows, key=_by_instrument_and_day)
    ]  # fmt: skip


def entries_of(connection: Connection, participant: str) -> list[ExportedEntry]:
    """Accepted entries of one participant without practice as they were given, by device and sequence.

    Raises `CommandRefused` (trail_broken) for one that is not what had arrived.
    """
    found = []
    for record, text, digest, at, number in ready.rows(connection, _ENTRIES, {"participant": participant}):
        made = read_again(text, digest)
        if made is None:
            raise _altered(participant, record)
        entry = {
            "version": made, "received_at": at, "given": made, "change_no": number, "paper_reason": None, "asked": None
        }  # fmt: skip
        found.append(filled(ExportedEntry, entry))
    found.sort(key=in_order)
    return found


def _altered(participant: str, record: str) -> CommandRefused:
    return CommandRefused(
        Code.TRAIL_BROKEN,
        "Entry {record} of participant {participant} is not what the phone sent: its text does not come to its hash.",
        "Nothing is exported from it. `xerodiary verify` lists everything that was altered; restore it from a backup.",
        record=record,
        participant=participant,
    )


def in_order(entry: ExportedEntry) -> tuple[str, int]:
    """By device and sequence."""
    return entry.version.device, entry.version.sequence


def answered_instruments(connection: Connection) -> set[tuple[str, str]]:
    """(questionnaire, version) of every accepted entry."""
    query = (
        select(_RECORD.instrument, _RECORD.instrument_version)
        .where(_RECORD.kind == RecordKind.ENTRY.value, _RECORD.code == "", _RECORD.practice == 0)
        .distinct()
    )
    return {(str(code), str(version)) for code, version in connection.execute(query)}
