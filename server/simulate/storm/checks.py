"""What must hold whatever happened, each looked at by a computation of its own; findings are told in words."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import text

from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.core.facts import DeviceState
from diary_app.core.times import format_utc
from diary_app.core.windows import expand
from diary_app.storage.installations import Chain
from diary_app.sync.outcome import Standing
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.simulate.storm import asking, expected, prompting, stop_links, versions, visiting, windowing
from server.simulate.storm.counts import Kind
from server.simulate.storm.database import Server, Term, counts, is_there, milliseconds, terms
from server.simulate.storm.decided import Decided, check_recorded, is_counted
from server.simulate.storm.decided import check as check_decided
from server.simulate.storm.handset import Handset
from server.simulate.storm.house import House
from server.simulate.storm.ledger import Ledger, Saved
from server.simulate.storm.persons import Person
from server.trail.verify import verify

#: Of what expected days are once they are over; they add up to all of them.
CLOSED = frozenset({"done", "late", "missed", "unknown", "excused"})
_STATES_WITH_ENTRY = frozenset({"done", "late"})
#: So long the message that enrols a phone may be under way.
_LATEST = timedelta(days=4)


def after_sync(house: House, ledger: Ledger, phone: Handset) -> None:
    """A phone that says "all sent" is right about each of its records, now."""
    holding = phone.holding
    if holding.life != house.restores:
        holding.life, holding.confirmed = house.restores, 0
    new = holding.ids[holding.confirmed :]
    holding.confirmed = len(holding.ids)
    if not new or not house.is_up:
        return
    with reading(house.services.engine) as connection:
        for one in ledger.of(new):
            if not is_there(connection, one):
                ledger.violated(
                    f"{phone.name} says that everything is sent, and the server has not {_name(one)}"
                )  # fmt: skip


def older_could_send(house: House, ledger: Ledger, phone: Handset) -> None:
    """An app that is told to be updated has sent what it holds before it was told."""
    ended = phone.standing
    if ended is not None and ended.code is Code.PROTOCOL_TOO_OLD and ended.waiting and house.is_up:
        ledger.violated(f"{phone.name} is too old, and could not send what it holds")


_OVERWRITTEN = text(
    "SELECT record.id, expected_day.state FROM expected_day JOIN record USING (participant, instrument, diary_day) "
    "WHERE expected_day.state IN ('unknown', 'missed') AND record.code = '' AND record.practice = 0 "
    "AND record.parent IS NULL"
)

_OPENED = text("SELECT participant, diary_day, not_expected FROM expected_day WHERE opens <= :now AND opens > :since")
#: Longer than a day, as nothing is looked at while the server is down.
_LOOKED_BACK = timedelta(days=3)


def every_day(house: House, ledger: Ledger, decided: Decided) -> None:
    """What has to hold in the middle of everything, of evenings whose entry is on the server or somewhere else."""
    missed = text("SELECT participant, diary_day FROM expected_day WHERE state = 'missed'")
    with reading(house.services.engine) as connection:
        called = {(row.participant, str(row.diary_day)) for row in connection.execute(missed)}
        known = terms(connection)
        overwritten = {row.id: row.state for row in connection.execute(_OVERWRITTEN)}
        now = house.world.now()
        values = {"now": milliseconds(now), "since": milliseconds(now - _LOOKED_BACK)}
        begun = connection.execute(_OPENED, values).all()
    for row in begun:
        _stays_expected(ledger, row.participant, str(row.diary_day), row.not_expected)
    for one in decided.untouched(ledger.of(sorted(overwritten.keys() & ledger.records.keys()))):
        if one.is_in_time and (one.participant, str(one.day)) not in ledger.locked:
            ledger.violated(f"{one.participant}'s {one.day} was {overwritten[one.id]}, though its entry is there")
    unknowable = ledger.unknowable() if called else set()
    for one in decided.untouched(ledger.records.values()) if called else ():
        if (
            (one.participant, str(one.day)) in called
            and counts(one, known, ledger.misdated_days)
            and one.id not in unknowable
            and not (house.went_back and _is_older(one, known[one.device]))
        ):
            ledger.violated(f"{one.participant}'s {one.day} was called missed, though {_name(one)} existed")


def in_between(house: House, ledger: Ledger, decided: Decided) -> None:
    """What staff decided has taken effect before everything is looked at again."""
    with reading(house.services.engine) as connection:
        server = Server(connection)
    check_decided(ledger, decided, server.days, server.codes)


def _is_older(one: Saved, term: Term) -> bool:
    """Saved before its installation begins: a database has forgotten the one of then, and it was enrolled again.

    Until it is heard, what the phone before it has proved stands.
    """
    return one.captured is not None and one.captured < term.begins


def at_the_end(house: House, ledger: Ledger, people: Iterable[Person], decided: Decided) -> Server:
    """Everything, once the weather is calm; what the server's database held then."""
    with reading(house.services.engine) as connection:
        server = Server(connection)
        flaws, messages = verify(connection).found, prompting.said_to_be_sent(connection)
    for flaw in flaws:
        ledger.violated(f"the trail does not hold: {flaw}")
    for fault in house.faults:
        ledger.violated(f"the server failed: {fault}")
    prompting.check(house, ledger, decided, server, messages)
    check_decided(ledger, decided, server.days, server.codes)
    check_recorded(ledger, decided, server.facts)
    visiting.check(house, ledger, server)
    asking.check(ledger, server)
    expected.check_saving(ledger, decided, server)
    _nothing_invented(server, ledger)
    _nothing_twice(server, ledger)
    for person in people:
        for phone in person.reachable:
            _everything_arrived(house, server, ledger, phone)
        _gone_but_confirmed(house, server, ledger, person)
        expected.check(ledger, decided, server, person.participant, house.swept_at)
        _days(server, ledger, person, house.swept_at, decided)
        _told(server, ledger, person, decided, house.swept_at)
    return server


def _nothing_invented(server: Server, ledger: Ledger) -> None:
    for record, texts in server.texts.items():
        known = ledger.records.get(record)
        if known is None or any(one != known.text for one in texts):
            ledger.violated(f"the server holds record {record}, which no phone made like that")


def _nothing_twice(server: Server, ledger: Ledger) -> None:
    """One chain holds an id once by itself. What waited aside for the gap before it may join its chain later."""
    for one in ledger.records.values():
        if one.text in server.again:
            ledger.violated(f"{_name(one)} was there, and was set aside again")


def _everything_arrived(house: House, server: Server, ledger: Ledger, phone: Handset) -> None:
    ended = phone.standing
    if ended is None:  # it was never enrolled, and can hold nothing
        if phone.holding.ids:
            ledger.violated(f"{phone.name} holds {len(phone.holding.ids)} records, and never came to send them")
        return
    if ended.standing is not Standing.ALL_SENT and not _may_hold(house, server, phone):
        ledger.violated(f"{phone.name} could not send what it holds: {ended.code or ended.standing}")
    if phone.texts().keys() != set(phone.holding.ids):
        ledger.violated(f"{phone.name} does not hold exactly what was saved on it")
    for chain in _known_chains(server, phone):
        if server.devices[chain.device].doubtful and not (phone.holding.odd or phone.holding.turned_back):
            ledger.violated(f"{phone.name} is in doubt, though its phone did nothing odd")
    is_faithful = _is_faithful(server, phone)
    for one in ledger.of(phone.holding.ids):
        if ended.standing is Standing.ALL_SENT and not server.has(one):
            ledger.violated(f"{_name(one)} of {phone.name} never arrived")
        if is_faithful and one.text in server.aside and one.id not in server.texts:
            ledger.violated(f"{_name(one)} of {phone.name} was set aside, though its phone did nothing odd")


def _may_hold(house: House, server: Server, phone: Handset) -> bool:
    """Reported lost and told so, or forgotten by a database that went back, while another phone took its place.

    One that is at home there, under whichever id a code was typed for last, has no excuse for an id of before.
    """
    assert phone.standing is not None
    states = {server.devices[chain.device].state for chain in _known_chains(server, phone)}
    is_at_home = phone.diary.conversation.chains()[-1].device in server.devices
    is_forgotten = (
        phone.standing.code is Code.DEVICE_UNKNOWN
        and not is_at_home
        and any(
            phone.holding.odd or any(one.to <= at + _LATEST and at <= one.at for at in phone.holding.enrolled)
            for one in house.went_back
        )
    )
    return is_forgotten or (DeviceState.LOST in states and phone.standing.code is Code.DEVICE_LOST)


def _known_chains(server: Server, phone: Handset) -> list[Chain]:
    return [chain for chain in phone.diary.conversation.chains() if chain.device in server.devices]


def _is_faithful(server: Server, phone: Handset) -> bool:
    chains = phone.diary.conversation.chains()
    lost = any(server.devices[one.device].state == DeviceState.LOST for one in chains if one.device in server.devices)
    return not (phone.holding.odd or lost)


def _gone_but_confirmed(house: House, server: Server, ledger: Ledger, person: Person) -> None:
    """What a phone was told is safe has to be, whatever became of the phone since."""
    for phone in (*person.phones, *person.clones):
        holding = phone.holding
        if holding.gone and holding.life == house.restores:
            for one in ledger.of(holding.ids[: holding.confirmed]):
                if not server.has(one):
                    ledger.violated(f"{_name(one)} was confirmed to {phone.name} and is nowhere")


def _days(server: Server, ledger: Ledger, person: Person, now: datetime, decided: Decided) -> None:
    by_day: dict[date, list[Saved]] = defaultdict(list)
    for one in decided.untouched(ledger.entries(person.participant)):
        windowing.check_shown(ledger, one)
        if one.day is not None:
            by_day[one.day].append(one)
    journeys = windowing.journeys_of(ledger, decided, server, person.participant)
    for row in server.days.get(person.participant, ()):
        is_decided = decided.is_about(ledger, (row.participant, row.diary_day))
        entries = [] if is_decided else by_day.get(row.diary_day, [])
        _never_missed(server, ledger, row, entries)
        if row.opens <= now:
            _stays_expected(ledger, row.participant, str(row.diary_day), row.not_expected)
        _counted(server, ledger, row, entries, decided)
        windowing.check(ledger, journeys, row)
        if row.not_expected is None and row.late_until <= now and row.state not in CLOSED:
            ledger.violated(f"{row.participant}'s {row.diary_day} is over and still {row.state}")


def _never_missed(server: Server, ledger: Ledger, row: ExpectedDay, entries: Iterable[Saved]) -> None:
    for one in entries:
        if (
            row.state == "missed"
            and counts(one, server.terms, ledger.misdated_days)
            and one.id not in ledger.unknowable()
        ):
            ledger.violated(f"{row.participant}'s {row.diary_day} is called missed, though {_name(one)} exists")


def _stays_expected(ledger: Ledger, participant: str, day: str, not_expected: str | None) -> None:
    """Moving a treatment ends a diary sooner or later, and takes back no evening that had begun."""
    if not_expected is None:
        ledger.opened.add((participant, day))
        return
    may_change = any(participant in some for some in (ledger.ended, ledger.zones, ledger.misdated))
    if (participant, day) in ledger.opened and not may_change:
        ledger.violated(f"{participant}'s {day} was expected, and is no longer: {not_expected}")


def _counted(server: Server, ledger: Ledger, row: ExpectedDay, entries: Iterable[Saved], decided: Decided) -> None:
    """The first version grades an evening, and the newest says what was answered; see `versions.standing`."""
    there = [one for one in entries if one.id in server.texts]
    for one in (one for one in there if one.is_in_time):
        if server.codes[one.id] not in ("", Code.AFTER_WITHDRAWAL) and not asking.had_lost_it(ledger, server, one):
            ledger.violated(f"{_name(one)} was saved in time and refused as {server.codes[one.id]}")
    counting = [
        one
        for one in there
        if versions.whole(ledger.records, one, lambda it: is_counted(ledger, decided, server.codes, it))
    ]
    ledger.befell[Kind.UNSEALED] += sum(bool(server.codes[one.id]) for one in counting)
    in_time = [one for one in counting if one.is_in_time]
    if in_time and row.not_expected is None and row.state not in _STATES_WITH_ENTRY:
        ledger.violated(f"{row.participant}'s {row.diary_day} is {row.state}, though {_name(in_time[0])} is there")
    if counting and row.not_expected is None and row.state in _STATES_WITH_ENTRY:
        stands = versions.standing(counting, decided.answers)
        assert stands is not None
        first = stands.first
        assert first.captured is not None
        assert first.closes is not None
        wanted = "done" if first.captured <= first.closes else "late"
        if row.state != wanted:
            ledger.violated(f"{row.participant}'s {row.diary_day} is {row.state}, and {_name(first)} makes it {wanted}")
        if row.entry != stands.newest.id:
            ledger.violated(
                f"{row.participant}'s {row.diary_day} has the answers of {row.entry}, not {stands.newest.id}"
            )


def _told(server: Server, ledger: Ledger, person: Person, decided: Decided, now: datetime) -> None:
    """The phone in use knows every grade that the server gave, and lays out the evenings to come as it should."""
    phone = person.in_use
    if phone is None or phone.standing is None or phone.standing.standing is not Standing.ALL_SENT:
        return
    installation = phone.diary.installation()
    if installation is None or installation.state is not DeviceState.ACTIVE:
        return
    asking.check_heard(ledger, phone)
    stop_links.check_heard(ledger, phone)
    told = {day: one.state for day, one in phone.diary.day_states().items()}
    graded = {row.diary_day: row.state for row in server.days[person.participant]}
    if told != graded:
        differing = sorted(day for day in told.keys() | graded.keys() if told.get(day) != graded.get(day))
        day = differing[0]
        ledger.violated(f"{phone.name} shows {told.get(day)} for {day}, and the server says {graded.get(day)}")
    _lays_out(server, ledger, phone, decided, now)


def _lays_out(server: Server, ledger: Ledger, phone: Handset, decided: Decided, now: datetime) -> None:
    """Evenings to come lie where the account says; a diary that nobody opened shows none."""
    try:
        facts = phone.diary.facts()
    except DiaryUnavailable:
        return
    laid_out = expand(phone.diary.study(), facts, now.date() + windowing.AHEAD)
    to_come = {one.day: one.zone for one in laid_out if one.opens > now}
    windowing.check_to_come(
        ledger, phone.name, windowing.followed(ledger, decided, server, phone.holding), to_come
    )  # fmt: skip


def _name(one: Saved) -> str:
    if one.day is None:
        return f"the record ({one.kind}) {one.id[:8]}"
    assert one.captured is not None
    return f"the entry for {one.day} saved {format_utc(one.captured)}"
