"""Reminders: the events of each as facts, and where each stands."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Connection, bindparam, delete, func, select, tuple_, update

from server.db import shapes
from server.db.among import among

TABLE = shapes.table("reminder")
EVENTS = shapes.table("reminder_event")
_DAYS = shapes.table("expected_day")
_DEVICES = shapes.table("device")
_FACTS = shapes.table("participant_fact")
_REACH = shapes.table("contact_detail")

Key = tuple[str, str, date, int]


@dataclass(frozen=True, slots=True)
class Reminder:
    """A row of `reminder`."""

    participant: str
    instrument: str
    diary_day: date
    number: int
    due_at: datetime
    until: datetime
    state: str
    channel: str
    attempts: int
    rerouted: int
    sequence: int
    next_moment: datetime | None
    sent_at: datetime | None

    @property
    def key(self) -> Key:
        """Participant, instrument, diary day and number."""
        return (self.participant, self.instrument, self.diary_day, self.number)


@dataclass(frozen=True, slots=True)
class ReminderEvent:
    """A row of `reminder_event`."""

    participant: str
    instrument: str
    diary_day: date
    number: int
    sequence: int
    at: datetime
    kind: str
    channel: str = ""
    code: str = ""
    receipt: str = ""
    due_at: datetime | None = None
    until: datetime | None = None
    next_at: datetime | None = None

    @property
    def key(self) -> Key:
        """Participant, instrument, diary day and number."""
        return (self.participant, self.instrument, self.diary_day, self.number)


@dataclass(frozen=True, slots=True)
class BeforeSending:
    """What is looked at once more just before a message leaves; None for a day that has no row.

    `statuses`: how many were ever recorded; most participants have none to be weighed.
    """

    sequence: int
    state: str | None
    not_expected: str | None
    received_at: datetime | None
    email: str | None
    phone: str | None
    statuses: int


_KEY = (TABLE.c.participant, TABLE.c.instrument, TABLE.c.diary_day, TABLE.c.number)
_ALL = select(*shapes.columns(TABLE, Reminder))
_DUE = (
    _ALL.where(TABLE.c.next_moment <= shapes.given("now"))
    .order_by(TABLE.c.next_moment, *_KEY)
    .limit(shapes.given("limit"))
    .with_for_update(skip_locked=True)
)
_NAMED = _ALL.where(tuple_(*_KEY).in_(shapes.any_given("keys"))).order_by(*_KEY).with_for_update()
_SINCE = _ALL.where(among(TABLE.c.participant, "participants"), TABLE.c.diary_day >= shapes.given("first")).order_by(
    *_KEY
)
_CHANGING = ("due_at", "until", "state", "channel", "attempts", "rerouted", "sequence", "next_moment", "sent_at")
_CHANGE = (
    update(TABLE)
    .where(*(column == bindparam(f"seen_{column.name}") for column in (*_KEY, TABLE.c.sequence)))
    .values({name: bindparam(f"new_{name}") for name in _CHANGING})
)
_STATUSES = (
    select(func.count())
    .where(_FACTS.c.participant == bindparam("the_participant"), _FACTS.c.kind == "status")
    .scalar_subquery()
)
_BEFORE = (
    select(
        TABLE.c.sequence,
        _DAYS.c.state,
        _DAYS.c.not_expected,
        _DAYS.c.received_at,
        _REACH.c.email,
        _REACH.c.phone,
        _STATUSES,
    )
    .select_from(
        TABLE.outerjoin(
            _DAYS,
            (_DAYS.c.participant == TABLE.c.participant)
            & (_DAYS.c.instrument == TABLE.c.instrument)
            & (_DAYS.c.diary_day == TABLE.c.diary_day),
        ).outerjoin(_REACH, _REACH.c.participant == TABLE.c.participant)
    )
    .where(*(column == bindparam(f"the_{column.name}") for column in _KEY))
)
_SEEN = (
    select(_DEVICES.c.participant, func.max(_DEVICES.c.last_seen_at).label("seen"))
    .where(among(_DEVICES.c.participant, "participants"))
    .group_by(_DEVICES.c.participant)
    .subquery()
)
_SILENT = (
    select(_DAYS.c.participant, func.count())
    .select_from(_DAYS.outerjoin(_SEEN, _SEEN.c.participant == _DAYS.c.participant))
    .where(
        among(_DAYS.c.participant, "participants"),
        _DAYS.c.not_expected.is_(None),
        _DAYS.c.entry.is_(None),
        _DAYS.c.state != "excused",
        _DAYS.c.closes <= shapes.given("now"),
        _SEEN.c.seen.is_(None) | (_DAYS.c.closes > _SEEN.c.seen),
    )
    .group_by(_DAYS.c.participant)
)


def due(connection: Connection, now: datetime, limit: int) -> list[Reminder]:
    """Those whose moment has come, longest waiting first, locked; those held elsewhere are absent."""
    return shapes.read(connection, _DUE, Reminder, now=now, limit=limit)


def named(connection: Connection, keys: Iterable[Key]) -> dict[Key, Reminder]:
    """Those of these keys, locked."""
    found = [row for some in shapes.chunks(keys) for row in shapes.read(connection, _NAMED, Reminder, keys=some)]
    return {row.key: row for row in found}


def since(connection: Connection, participants: Collection[str], first: date) -> list[Reminder]:
    """These participants' reminders of diary days from that one on."""
    return shapes.read(connection, _SINCE, Reminder, participants=list(participants), first=first)


def record(
    connection: Connection, changes: Sequence[tuple[Reminder | None, Reminder, Sequence[ReminderEvent]]]
) -> None:
    """Add events, and write each row as they leave it: new where nothing was seen, else the one that was seen.

    The caller holds the rows, or the participants of new ones.
    """
    shapes.add(connection, EVENTS, [event for _, _, events in changes for event in events])
    shapes.add(connection, TABLE, [new for seen, new, _ in changes if seen is None])
    replaced = [_parameters(seen, new) for seen, new, _ in changes if seen is not None]
    if replaced:
        connection.execute(_CHANGE, replaced)


def before_sending(connection: Connection, key: Key) -> BeforeSending | None:
    """What decides whether a message still leaves, and where to; None when there is no such reminder."""
    named_key = {f"the_{column.name}": value for column, value in zip(_KEY, key, strict=True)}
    row = connection.execute(_BEFORE, named_key).first()
    return None if row is None else BeforeSending(*row)


def silent_days(connection: Connection, participants: Collection[str], now: datetime) -> dict[str, int]:
    """How many expected days have closed without an entry since these participants' phones were last heard of."""
    rows = connection.execute(_SILENT, {"participants": list(participants), "now": now})
    return {str(row[0]): int(row[1]) for row in rows}


def events(
    connection: Connection, *, participant: str | None, first: date | None, last: date | None
) -> list[ReminderEvent]:
    """Events of a participant, or of everybody, for a span of diary days, reminder by reminder in order."""
    statement = select(*shapes.columns(EVENTS, ReminderEvent))
    if participant is not None:
        statement = statement.where(EVENTS.c.participant == participant)
    if first is not None:
        statement = statement.where(EVENTS.c.diary_day >= first)
    if last is not None:
        statement = statement.where(EVENTS.c.diary_day <= last)
    order = (EVENTS.c.diary_day, EVENTS.c.participant, EVENTS.c.instrument, EVENTS.c.number, EVENTS.c.sequence)
    return shapes.read(connection, statement.order_by(*order), ReminderEvent)


def in_state(connection: Connection, state: str) -> list[Reminder]:
    """Every reminder in that state, newest first."""
    statement = _ALL.where(TABLE.c.state == state).order_by(TABLE.c.due_at.desc(), *_KEY)
    return shapes.read(connection, statement, Reminder)


def drop(connection: Connection, participant: str) -> None:
    """Forget where the participant's reminders stand; only a rebuild does that."""
    connection.execute(delete(TABLE).where(TABLE.c.participant == participant))


def restore(connection: Connection, rows: Iterable[Reminder]) -> None:
    """Add rows made again from their events."""
    shapes.add(connection, TABLE, rows)


def _parameters(seen: Reminder, new: Reminder) -> dict[str, object]:
    where = {f"seen_{column.name}": value for column, value in zip(_KEY, seen.key, strict=True)}
    return where | {"seen_sequence": seen.sequence} | {f"new_{name}": getattr(new, name) for name in _CHANGING}
