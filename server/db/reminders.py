"""Reminders: the events of each as facts, and where each stands."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter

from sqlalchemy import Connection, and_, bindparam, case, delete, func, select

from server.db import quarantine, ready, shapes
from server.db.among import among
from server.db.bulk import Bulk

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
class Lost:
    """That a participant's reminders failed or were dropped in one way; `at`: the last time."""

    channel: str
    code: str
    participant: str
    at: datetime


@dataclass(frozen=True, slots=True)
class BeforeSending:
    """What is looked at once more just before a message leaves; None for a day that has no row.

    `said`: how often a status or a wish about reminders was recorded; most participants have none to be weighed.
    `set_aside`: how much waits to be decided that came from the participant's phone for that evening. `email`, `phone`:
    None where nothing is sent any more.
    """

    sequence: int
    state: str | None
    not_expected: str | None
    received_at: datetime | None
    email: str | None
    phone: str | None
    said: int
    set_aside: int


_KEY = (TABLE.c.participant, TABLE.c.instrument, TABLE.c.diary_day, TABLE.c.number)
_ALL = select(*shapes.columns(TABLE, Reminder))
_DUE = (
    _ALL.where(TABLE.c.next_moment <= shapes.given("now"))
    .order_by(TABLE.c.next_moment, *_KEY)
    .limit(shapes.given("limit"))
    .with_for_update(skip_locked=True)
)
_NAMED = (
    _ALL.where(among(TABLE.c.participant, "participants"), among(TABLE.c.diary_day, "days"))
    .order_by(*_KEY)
    .with_for_update()
)
_SINCE = _ALL.where(among(TABLE.c.participant, "participants"), TABLE.c.diary_day >= shapes.given("first")).order_by(
    *_KEY
)
_DROP = delete(TABLE).where(TABLE.c.participant == shapes.given("the_participant"))
_CHANGING = ("due_at", "until", "state", "channel", "attempts", "rerouted", "sequence", "next_moment", "sent_at")
_SEEN = (*(column.name for column in _KEY), "sequence")
_SEEN_OF, _CHANGING_OF = attrgetter(*_SEEN), attrgetter(*_CHANGING)
_CHANGE = Bulk(TABLE, _CHANGING, found_by=_SEEN)
_SAID = (
    select(func.count())
    .where(_FACTS.c.participant == bindparam("the_participant"), _FACTS.c.kind.in_(("status", "reminders")))
    .scalar_subquery()
)
_SET_ASIDE = (
    select(func.count())
    .select_from(quarantine.TABLE.join(_DEVICES, _DEVICES.c.device == quarantine.TABLE.c.device))
    .where(
        *(quarantine.TABLE.c[name] == bindparam(f"the_{name}") for name in ("participant", "instrument", "diary_day")),
        _DEVICES.c.state == "active",
        quarantine.WAITS,
    )
    .scalar_subquery()
)
_BEFORE = (
    select(
        TABLE.c.sequence,
        _DAYS.c.state,
        _DAYS.c.not_expected,
        _DAYS.c.received_at,
        case((_REACH.c.email_refused_at.is_(None), _REACH.c.email)).label("email"),
        case((_REACH.c.phone_refused_at.is_(None), _REACH.c.phone)).label("phone"),
        _SAID,
        _SET_ASIDE,
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
_DROPPED_AFTER = select(EVENTS.c.participant, EVENTS.c.instrument, EVENTS.c.diary_day, EVENTS.c.number).where(
    among(EVENTS.c.participant, "participants"),
    EVENTS.c.kind == "dropped",
    EVENTS.c.at > shapes.given("moment"),
    EVENTS.c.diary_day >= shapes.given("first"),
)
_HEARD = (
    select(_DEVICES.c.participant, func.max(_DEVICES.c.last_seen_at).label("seen"))
    .where(among(_DEVICES.c.participant, "participants"))
    .group_by(_DEVICES.c.participant)
    .subquery()
)
_SILENT = (
    select(_DAYS.c.participant, func.count())
    .select_from(_DAYS.outerjoin(_HEARD, _HEARD.c.participant == _DAYS.c.participant))
    .where(
        among(_DAYS.c.participant, "participants"),
        _DAYS.c.not_expected.is_(None),
        _DAYS.c.entry.is_(None),
        _DAYS.c.state != "excused",
        _DAYS.c.closes <= shapes.given("now"),
        _HEARD.c.seen.is_(None) | (_DAYS.c.closes > _HEARD.c.seen),
    )
    .group_by(_DAYS.c.participant)
)


def due(connection: Connection, now: datetime, limit: int) -> list[Reminder]:
    """Those whose moment has come, longest waiting first, locked; those held elsewhere are absent."""
    return shapes.read(connection, _DUE, Reminder, now=now, limit=limit)


def named(connection: Connection, keys: Iterable[Key]) -> dict[Key, Reminder]:
    """Those of these keys, locked; a list of keys has SQLite read the whole table, so each column gets its own."""
    wanted = set(keys)
    people, diary_days = sorted({key[0] for key in wanted}), sorted({key[2] for key in wanted})
    found = shapes.read(connection, _NAMED, Reminder, participants=people, days=diary_days) if wanted else []
    return {row.key: row for row in found if row.key in wanted}


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
    _CHANGE.run(connection, [_SEEN_OF(seen) + _CHANGING_OF(new) for seen, new, _ in changes if seen is not None])


def before_sending(connection: Connection, key: Key) -> BeforeSending | None:
    """What decides whether a message still leaves, and where to; None when there is no such reminder."""
    named_key = {f"the_{column.name}": value for column, value in zip(_KEY, key, strict=True)}
    return shapes.first(connection, _BEFORE, BeforeSending, **named_key)


def silent_days(connection: Connection, participants: Collection[str], now: datetime) -> dict[str, int]:
    """How many expected days have closed without an entry since these participants' phones were last heard of."""
    rows = ready.rows(connection, _SILENT, {"participants": list(participants), "now": now})
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


def dropped_after(connection: Connection, participants: Collection[str], first: date, moment: datetime) -> set[Key]:
    """Those of these participants' reminders, of diary days from that one on, that were dropped after that moment."""
    values = {"participants": sorted(set(participants)), "first": first, "moment": moment}
    rows = ready.rows(connection, _DROPPED_AFTER, values)
    return {(row[0], row[1], row[2], row[3]) for row in rows}


def left_last(connection: Connection, since: datetime, now: datetime) -> dict[str, datetime]:
    """When the last reminder that was due after that moment left, by channel; by no clock that was ahead."""
    statement = (
        select(TABLE.c.channel, func.max(TABLE.c.sent_at))
        .where(TABLE.c.due_at > since, TABLE.c.due_at <= now, TABLE.c.sent_at <= now)
        .group_by(TABLE.c.channel)
    )
    return {str(channel): at for channel, at in connection.execute(statement)}


def lost(connection: Connection, since: datetime, now: datetime, dropped: Collection[str]) -> list[Lost]:
    """Whose reminders that were due after that moment failed, if only for a try, or were dropped with these codes."""
    failed = (EVENTS.c.kind == "failed") | ((EVENTS.c.kind == "dropped") & EVENTS.c.code.in_(dropped))
    columns = (EVENTS.c.channel, EVENTS.c.code, EVENTS.c.participant)
    same = [EVENTS.c[column.name] == column for column in _KEY]
    statement = select(*columns, func.max(EVENTS.c.at)).join(TABLE, and_(*same))
    statement = statement.where(TABLE.c.due_at > since, TABLE.c.due_at <= now, EVENTS.c.at <= now, failed)
    return [Lost(*row) for row in connection.execute(statement.group_by(*columns))]


def in_state(connection: Connection, state: str) -> list[Reminder]:
    """Every reminder in that state, newest first."""
    statement = _ALL.where(TABLE.c.state == state).order_by(TABLE.c.due_at.desc(), *_KEY)
    return shapes.read(connection, statement, Reminder)


def sent_by(connection: Connection, channel: str, since: datetime) -> list[Reminder]:
    """Those that left by that channel since then and stand so."""
    statement = _ALL.where(TABLE.c.channel == channel, TABLE.c.sent_at > since, TABLE.c.due_at > since)
    return shapes.read(connection, statement, Reminder)


def drop(connection: Connection, participant: str) -> None:
    """Forget where the participant's reminders stand; only a rebuild does that."""
    connection.execute(_DROP, {"the_participant": participant})


def restore(connection: Connection, rows: Iterable[Reminder]) -> None:
    """Add rows made again from their events."""
    shapes.add(connection, TABLE, rows)
