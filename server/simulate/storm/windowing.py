"""When an evening can be filled in: wall time where the participant is, by a computation of the account's own."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from diary_app.core.times import format_utc, parse_utc
from diary_app.core.times import zone as rules_of
from server.db.days import ExpectedDay
from server.simulate.storm.database import Server
from server.simulate.storm.decided import Decided
from server.simulate.storm.drawing import HOME
from server.simulate.storm.editions import Hours
from server.simulate.storm.ledger import Holding, Ledger, Saved

_MOMENT = timedelta(milliseconds=1)
#: So long before and after a zone was confirmed, evenings may lie in either, and one may be jumped over.
AROUND = timedelta(days=2)
#: How far ahead a phone is asked what it shows.
AHEAD = timedelta(days=10)


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
    windows = [_window(one, row.diary_day, row.zone) for one in _hours(ledger, journeys, row)]
    before = [each for each in windows if _is_begun(journeys, row, each[0])]
    if not before:
        ledger.violated(f"{name} opens {format_utc(row.opens)}, not {format_utc(windows[0][0])}")
        return
    closes = [each for each in before if row.closes == each[1]]
    if not closes:
        ledger.violated(f"{name} closes {format_utc(row.closes)}, not {format_utc(before[0][1])}")
    elif row.late_until not in {each[2] for each in closes}:
        ledger.violated(f"{name} ends {format_utc(row.late_until)}, not {format_utc(closes[0][2])}")


def check_shown(ledger: Ledger, one: Saved) -> None:
    """The window that a phone showed, which its entry carries: that of the version of the study under which it did."""
    if one.day is None or not one.edition:
        return
    hours = ledger.editions.of(one.edition).hours[ledger.opens.get(one.participant, "evening")]
    zones = {HOME, *ledger.zones.get(one.participant, ())}
    windows = [_window(hours, one.day, zone) for zone in zones]
    shown = [("close", one.closes, 1), ("end", one.late_until, 2)]
    if len(zones) == 1:
        shown.append(("open", one.opens, 0))
    for what, moment, place in shown:
        if moment is not None and moment not in {each[place] for each in windows}:
            ledger.violated(f"{one.participant}'s {one.day} was shown to {what} {format_utc(moment)}")


def wall(day: date, hour: int, zone: str = HOME, *, last: bool = False) -> datetime:
    """That hour on the wall; those from 24 on are of the next day. `last`: where it comes twice, the second."""
    there = datetime.combine(day + timedelta(days=hour // 24), time(hour % 24), rules_of(zone))
    again = there.replace(fold=1)
    comes_twice = again.utcoffset() < there.utcoffset()  # type: ignore[operator]
    return (again if last and comes_twice else there).astimezone(rules_of("UTC"))


def _window(hours: Hours, day: date, zone: str) -> tuple[datetime, datetime, datetime]:
    """When an evening opens, closes and ends."""
    opens, closes, ends = hours
    return wall(day, opens, zone), wall(day, closes, zone, last=True), wall(day, ends, zone, last=True)


def _is_begun(journeys: Iterable[Journey], row: ExpectedDay, wanted: datetime) -> bool:
    """Whether a row opens then, or just after a zone was confirmed later."""
    return row.opens == wanted or row.opens in {
        min(one.since + _MOMENT, row.closes) for one in journeys if one.since >= wanted
    }


def _hours(ledger: Ledger, journeys: Sequence[Journey], row: ExpectedDay) -> list[Hours]:
    """By every version under which the evening may lie; of one about which a journey is, by any."""
    choice, editions = ledger.opens.get(row.participant, "evening"), ledger.editions
    if any(one.is_about(row.opens) for one in journeys):
        return list(dict.fromkeys(one.hours[choice] for one in editions.every))
    laid = editions.may_lay_out(lambda one: wall(row.diary_day, one.hours[choice][0], row.zone))
    return list(dict.fromkeys(one.hours[choice] for one in editions.every if one in laid))


def _in_force(journeys: Iterable[Journey], moment: datetime) -> set[str]:
    """The zones that an evening which opens then may lie in."""
    before = [HOME, *(one.zone for one in journeys if one.since < moment - AROUND)]
    return {before[-1], *(one.zone for one in journeys if one.is_about(moment))}
