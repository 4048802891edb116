"""When an evening can be filled in: wall time where the participant is, by a computation of the account's own."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from diary_app.core.times import format_utc, parse_utc
from diary_app.core.times import zone as rules_of
from server.db.days import ExpectedDay
from server.simulate.storm.database import Server
from server.simulate.storm.decided import Decided
from server.simulate.storm.drawing import HOME
from server.simulate.storm.ledger import Holding, Ledger, Saved
from server.simulate.storm.plan import CHOICES

#: The one window that an amendment of a storm changes, and when it closes from then on.
AMENDED_CHOICE, CLOSES_AMENDED = "evening", 26
_MOMENT = timedelta(milliseconds=1)
#: So long before and after a zone was confirmed, evenings may lie in either, and one may be jumped over.
AROUND = timedelta(days=2)
#: How far ahead a phone is asked what it shows.
AHEAD = timedelta(days=10)
#: How far a phone's clock may be behind the server's, both being wrong.
_CLOCKS_APART = timedelta(days=3)


@dataclass(frozen=True)
class Journey:
    """A zone that a phone confirmed."""

    zone: str
    since: datetime

    def is_about(self, moment: datetime) -> bool:
        """Whether an evening that opens then may lie in either zone, or in none."""
        return abs(self.since - moment) <= AROUND


def journeys_of(ledger: Ledger, decided: Decided, server: Server, participant: str) -> list[Journey]:
    """By when they were confirmed; of what was set aside, those that staff accepted.

    Whoever is typed in anew, as a database that went back knows nobody, is at home from then on until asked again.
    """
    if participant not in ledger.zones:
        return []  # at home, like most
    said = (one for one in ledger.records.values() if (one.participant, one.kind) == (participant, "zone"))
    confirmed = _in_order(one for one in said if server.codes.get(one.id) == "" or one.id in decided.followed)
    typed_in = (one.at for one in decided.acts if (one.participant, one.kind) == (participant, "participant_added"))
    anew = [Journey(HOME, at) for at in typed_in if any(one.since < at for one in confirmed)]
    return sorted([*confirmed, *anew], key=lambda one: one.since)


def followed(ledger: Ledger, decided: Decided, server: Server, holding: Holding) -> list[Journey]:
    """What a phone lays its evenings out by that has heard everything: also what it confirmed itself and that waits."""
    own = (one for one in ledger.of(holding.ids) if one.kind == "zone" and server.waits(one))
    waiting = [one for one in own if one.id not in decided.left | decided.followed.keys()]
    return sorted(
        [*journeys_of(ledger, decided, server, holding.participant), *_in_order(waiting)], key=lambda one: one.since
    )


def check_to_come(ledger: Ledger, name: str, journeys: Sequence[Journey], zones: Mapping[date, str]) -> None:
    """Evenings that a phone shows, which no journey is about any more. `zones`: by day."""
    wanted = journeys[-1].zone if journeys else HOME
    settled = max((one.since for one in journeys), default=None)
    for day, zone in sorted(zones.items()):
        if zone != wanted and (settled is None or wall(day, 0, zone) > settled + AROUND):
            ledger.violated(f"{name} lays {day} out in {zone}, and the diary follows {wanted}")


def _in_order(zones: Iterable[Saved]) -> list[Journey]:
    said = (json.loads(one.text)["body"] for one in zones)
    return sorted((Journey(body["zone"], parse_utc(body["captured_at"])) for body in said), key=lambda one: one.since)


def check(ledger: Ledger, journeys: Sequence[Journey], row: ExpectedDay) -> None:
    """A row of an evening that somebody waits for. `journeys`: of that participant."""
    name = f"{row.participant}'s {row.diary_day}"
    if row.not_expected is not None:
        return  # also an evening that was laid out and is no more: it stays where it was
    if row.zone not in _in_force(journeys, row.opens):
        ledger.violated(f"{name} lies in {row.zone}, where nobody was then")
    opens, _, ends = CHOICES[ledger.opens.get(row.participant, "evening")]
    wanted = wall(row.diary_day, opens, row.zone)
    begun = {min(one.since + _MOMENT, row.closes) for one in journeys if one.since >= wanted}
    if row.opens not in {wanted, *begun}:
        ledger.violated(f"{name} opens {format_utc(row.opens)}, not {format_utc(wanted)}")
    closes = sorted({wall(row.diary_day, hour, row.zone, last=True) for hour in _closing(ledger, row)})
    if row.closes not in closes:
        ledger.violated(f"{name} closes {format_utc(row.closes)}, not {format_utc(closes[0])}")
    over = wall(row.diary_day, ends, row.zone, last=True)
    if row.late_until != over:
        ledger.violated(f"{name} ends {format_utc(row.late_until)}, not {format_utc(over)}")


def check_shown(ledger: Ledger, one: Saved) -> None:
    """The window that a phone showed, which its entry carries.

    A phone may not have heard of an amendment yet. Once it has, it shows every evening by it, also one that is open.
    """
    if one.day is None:
        return
    opens, closes, ends = CHOICES[ledger.opens.get(one.participant, "evening")]
    hours = {closes}
    amended = min(ledger.amended, default=None) if closes == CHOICES[AMENDED_CHOICE][1] else None
    if amended is not None and one.captured is not None and one.captured >= amended - _CLOCKS_APART:
        hours.add(CLOSES_AMENDED)
    zones = {HOME, *ledger.zones.get(one.participant, ())}
    shown: list[tuple[str, datetime | None, set[datetime]]] = [
        ("close", one.closes, {wall(one.day, hour, zone, last=True) for hour in hours for zone in zones}),
        ("end", one.late_until, {wall(one.day, ends, zone, last=True) for zone in zones}),
    ]
    if len(zones) == 1:
        shown.append(("open", one.opens, {wall(one.day, opens)}))
    for what, moment, wanted in shown:
        if moment is not None and moment not in wanted:
            ledger.violated(f"{one.participant}'s {one.day} was shown to {what} {format_utc(moment)}")


def wall(day: date, hour: int, zone: str = HOME, *, last: bool = False) -> datetime:
    """That hour on the wall; those from 24 on are of the next day. `last`: where it comes twice, the second."""
    there = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), rules_of(zone))
    again = there.replace(fold=1)
    comes_twice = again.utcoffset() < there.utcoffset()  # type: ignore[operator]
    return (again if last and comes_twice else there).astimezone(rules_of("UTC"))


def _closing(ledger: Ledger, row: ExpectedDay) -> Iterator[int]:
    """An evening keeps the version that was in force when it opened; a database that went back learns of it again."""
    choice = ledger.opens.get(row.participant, "evening")
    is_amended = choice == AMENDED_CHOICE and bool(ledger.amended)
    if not is_amended or row.opens < max(ledger.amended):
        yield CHOICES[choice][1]
    if is_amended and row.opens >= min(ledger.amended):
        yield CLOSES_AMENDED


def _in_force(journeys: Iterable[Journey], moment: datetime) -> set[str]:
    """The zones that an evening which opens then may lie in."""
    before = [HOME, *(one.zone for one in journeys if one.since < moment - AROUND)]
    return {before[-1], *(one.zone for one in journeys if one.is_about(moment))}
