"""Which evenings somebody waits for, by a list of the account's own: enrolment, treatments, death, withdrawal.

The list is compared with the server's rows, so that an evening that was never laid out is noticed.
"""

import json
from calendar import monthrange
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import product

from diary_app.core.facts import AnchorSet
from diary_app.core.times import format_utc, parse_utc
from diary_app.core.times import zone as rules_of
from server.simulate.storm import statuses
from server.simulate.storm.database import Server
from server.simulate.storm.decided import Decided
from server.simulate.storm.drawing import HOME
from server.simulate.storm.editions import FIRST, Edition, Editions
from server.simulate.storm.ledger import Act, Ledger, Saved, Unsaved
from server.simulate.storm.windowing import AROUND, journeys_of, wall

_DAY = timedelta(days=1)
#: How far ahead every evening has to be laid out at least, so that phones and reminders know of it.
_AHEAD = timedelta(days=7)
_TRAVEL = "travel"
_ANCHORS = ("treatment_1", "treatment_2")
#: The study's rule: so many months and days after the second treatment, or months after the first, or days in all.
_AFTER_SECOND, _DAYS_AFTER_SECOND, _AFTER_FIRST, _LONGEST = 4, 7, 8, 400


@dataclass(frozen=True)
class Diary:
    """One participant's. `ready`: when a phone was in use and the practice entry done, if ever. `acts`: by moment.

    `choice`: of a window, in each of the `editions`.
    """

    ready: datetime | None
    choice: str
    editions: Editions
    zones: tuple[str, ...]
    acts: tuple[Act, ...]

    def expects(self, day: date) -> bool | None:
        """Whether somebody waits for that evening; None where it hangs on when a journey became known."""
        if self.ready is None:
            return False
        said = {
            self._expects(day, zone, self.ready, hour)
            for zone in self.zones
            for hour in {one.hours[self.choice][0] for one in self.laid_out(day, zone)}
        }
        return said.pop() if len(said) == 1 else None

    def first(self) -> date | None:
        """No evening before this one is expected, wherever the participant was."""
        return None if self.ready is None else min(_first(self.ready, zone) for zone in self.zones)

    def laid_out(self, day: date, zone: str) -> set[Edition]:
        """The versions under which that evening may lie there; near a journey, by any."""
        if len(self.zones) > 1:
            return set(self.editions.every)
        return self.editions.may_lay_out(lambda one: wall(day, one.hours[self.choice][0], zone))

    def _expects(self, day: date, zone: str, ready: datetime, hour: int) -> bool:
        opens, first = wall(day, hour, zone), _first(ready, zone)
        if day < first or any(one.ends(day, opens, zone) for one in statuses.terms(self.acts)):
            return False
        known = [one.detail for one in self.acts if isinstance(one.detail, AnchorSet) and one.at < opens]
        return day <= _last(known, first)


def diary_of(ledger: Ledger, decided: Decided, server: Server, participant: str) -> Diary:
    """By what the server has of the participant's records and phones, and what staff recorded."""
    there = server.codes.keys() | decided.followed.keys()
    trained = [_captured(one) for one in _trainings(ledger, participant) if one.id in there]
    activated = [term.begins for term in server.terms.values() if term.participant == participant]
    acts = (one for one in decided.acts if one.participant == participant)
    return Diary(
        max(min(trained), min(activated)) if trained and activated else None,
        ledger.opens.get(participant, "evening"),
        ledger.editions,
        tuple(dict.fromkeys((HOME, *ledger.zones.get(participant, ())))),
        tuple(sorted(acts, key=lambda one: one.at)),
    )


def check(ledger: Ledger, decided: Decided, server: Server, participant: str, now: datetime) -> None:
    """Each evening that should be expected is, and no other."""
    if participant not in server.days:
        return
    diary, journeys = diary_of(ledger, decided, server, participant), journeys_of(ledger, decided, server, participant)
    for one in _trainings(ledger, participant):
        if server.codes.get(one.id):
            ledger.violated(
                f"{participant}'s practice was refused as {server.codes[one.id]}: nobody would wait for them"
            )
    jumps = len(journeys)
    rows = {row.diary_day: row for row in server.days[participant]}
    for day in sorted({*rows, *_days(diary.first(), now.date() + _AHEAD)}):
        row, is_expected = rows.get(day), diary.expects(day)
        if (
            row is not None
            and row.not_expected == _TRAVEL
            and jumps > 0
            and any(one.is_about(row.opens) for one in journeys)
        ):
            jumps -= 1  # each can jump over one evening
            continue
        if is_expected and row is None:
            ledger.violated(f"{participant}'s {day} is on no list of the server, and should be expected")
        if is_expected and row is not None and row.not_expected is not None:
            ledger.violated(f"{participant}'s {day} is not expected, for {row.not_expected}, and should be")
        if is_expected is False and row is not None and row.not_expected is None:
            ledger.violated(f"{participant}'s {day} is expected, and nobody should wait for it")


def check_saving(ledger: Ledger, decided: Decided, server: Server) -> None:
    """No phone refused an evening that somebody waited for, while it was open by the phone's own clock.

    A phone may not have heard yet of what staff recorded: it is held to what is true whichever part it knew. Somebody
    abroad is held to hours in which the evening was open in every zone of theirs, and not around a journey. Whose diary
    was ended by then is left out.
    """
    for one in ledger.unsaved:
        ended = ledger.ended.get(one.participant)
        if one.choice not in FIRST.hours or (ended is not None and one.at >= ended):
            continue
        place = one.participant, one.day
        is_settled = decided.is_about(ledger, place) or (one.participant, str(one.day)) in ledger.locked
        if not is_settled and _is_open(ledger, one) and _is_due(ledger, server, one):
            ledger.violated(f"{one.phone} saved nothing, though {one.day} was open at {format_utc(one.at)}")


def _is_open(ledger: Ledger, one: Unsaved) -> bool:
    """Wherever the participant was known to be, by any of their phones."""
    hours = {each.hours[one.choice] for each in ledger.editions.every}  # it may not have heard of the latest yet
    opens, ends = max(each[0] for each in hours), min(each[2] for each in hours)
    zones = dict.fromkeys((HOME, *ledger.zones.get(one.participant, ())))
    moved = [
        _captured(each)
        for each in ledger.records.values()
        if (each.participant, each.kind) == (one.participant, "zone")
    ]
    is_moving = any(abs(moment - one.at) <= AROUND for moment in moved)
    return not is_moving and all(wall(one.day, opens, it) <= one.at <= wall(one.day, ends, it) for it in zones)


def _is_due(ledger: Ledger, server: Server, one: Unsaved) -> bool:
    """Whichever of the dates that were ever named for each treatment the phone knew."""
    diary = diary_of(ledger, Decided(), server, one.participant)
    first = None if diary.ready is None else max(_first(diary.ready, zone) for zone in diary.zones)
    acts = [act.detail for act in ledger.acts if act.participant == one.participant]
    named = [
        [None, *(each for each in acts if isinstance(each, AnchorSet) and each.anchor == name)] for name in _ANCHORS
    ]
    return first is not None and all(
        first <= one.day <= _last([each for each in known if each is not None], first) for known in product(*named)
    )


def over(ledger: Ledger, decided: Decided, server: Server, participant: str, by: datetime) -> int:
    """How many evenings of the list were over by then; where the list cannot tell, the server's row does."""
    diary = diary_of(ledger, decided, server, participant)
    rows = {row.diary_day: row for row in server.days[participant]}
    number = 0
    for day in {*rows, *_days(diary.first(), by.date())}:
        row, is_expected = rows.get(day), diary.expects(day)
        if row is not None and (is_expected is None or row.not_expected == _TRAVEL):
            is_expected = row.not_expected is None
        ends = wall(day, FIRST.hours[diary.choice][2]) if row is None else row.late_until
        number += bool(is_expected) and ends <= by
    return number


def _trainings(ledger: Ledger, participant: str) -> Iterator[Saved]:
    return (one for one in ledger.records.values() if (one.participant, one.kind) == (participant, "training"))


def _captured(one: Saved) -> datetime:
    return parse_utc(json.loads(one.text)["body"]["captured_at"])


def _first(ready: datetime, zone: str) -> date:
    return ready.astimezone(rules_of(zone)).date() + _DAY


def _last(known: Iterable[AnchorSet], first: date) -> date:
    told = {one.anchor: _day_of(one) for one in known}
    if (second := told.get("treatment_2")) is not None:
        return _months_after(second, _AFTER_SECOND) + timedelta(days=_DAYS_AFTER_SECOND)
    if (treated := told.get("treatment_1")) is not None:
        return _months_after(treated, _AFTER_FIRST)
    return first + timedelta(days=_LONGEST - 1)


def _day_of(said: AnchorSet) -> date | None:
    """When it was given, else planned; none where staff recorded that it is not given."""
    return said.actual or (said.planned if said.not_given is None else None)


def _months_after(day: date, months: int) -> date:
    """Said again on purpose: the account reckons with nothing that it holds to account."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def _days(first: date | None, until: date) -> Iterator[date]:
    day = first
    while day is not None and day <= until:
        yield day
        day += _DAY
