"""Which window each date of a diary gets, as zones and choices change along the way.

A date's window is fixed by the changes that became known before it opens, so it opens after everything that shaped it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from diary_app.core.facts import Fact, ParticipantAdded, PhoneActivated, Trained, WindowChosen, ZoneConfirmed
from diary_app.core.history import zone_at
from diary_app.core.study import DiaryRule, WindowRule
from diary_app.core.times import local_date, wall_to_utc

_ONE_DAY = timedelta(days=1)
_NEXT_MOMENT = timedelta(milliseconds=1)  # the precision that records carry


class Window(NamedTuple):
    """When a diary day may be answered, in UTC: on time until `closes`, late until and including `late_until`."""

    opens: datetime
    closes: datetime
    late_until: datetime


def window_of(rule: WindowRule, day: date, zone: str) -> Window:
    """The window of one date: a wall time that occurs twice counts in full, a skipped one is the change of clocks."""
    return _walls(day, zone, rule.opens, rule.closes, rule.late_until)


@lru_cache(maxsize=16_384)
def _walls(day: date, zone: str, opens: int, closes: int, late_until: int) -> Window:
    return Window(
        wall_to_utc(day, opens, zone, last=False),
        wall_to_utc(day, closes, zone, last=True),
        wall_to_utc(day, late_until, zone, last=True),
    )


@dataclass(frozen=True)
class Setting:
    """The zone and rule that dates are placed by, and since when: no window opens before that was known."""

    zone: str
    rule: WindowRule
    since: datetime

    def window(self, day: date) -> Window:
        """The date's window; what had already begun opens as soon as it is known."""
        window = window_of(self.rule, day, self.zone)
        if window.opens > self.since:
            return window
        return window._replace(opens=min(self.since + _NEXT_MOMENT, window.closes))

    def after(self, fact: Fact, diary: DiaryRule) -> "Setting":
        """The setting from this fact on."""
        match fact.detail:
            case ZoneConfirmed(zone=zone):
                return Setting(zone, self.rule, fact.at)
            case WindowChosen(instrument=diary.instrument, choice=choice):
                return Setting(self.zone, diary.window(choice), fact.at)
            case ParticipantAdded(zone=zone, choices=choices):
                return Setting(zone, diary.window(choices.get(diary.instrument)), fact.at)
            case _:
                return self


class Placed(NamedTuple):
    """A date with its window fixed; `skipped` when the participant's zone jumped over it."""

    window: Window
    setting: Setting
    skipped: bool


@dataclass(frozen=True)
class Placing:
    """Where placing has come to: `setting` holds what is settled, `changes` are still to be weighed for each date."""

    diary: DiaryRule
    first: date
    setting: Setting
    changes: tuple[Fact, ...]

    def place(self, day: date) -> tuple[Placed, "Placing"]:
        """Fix the window of one date by the changes known before it opens, and go on to the next date.

        Where the new window is already over when a change becomes known, the date keeps the old one: a choice then
        counts from the next date, and a zone has skipped this one.
        """
        shown = here = self.setting
        window = shown.window(day)
        skipped, choice_waits, onward = False, False, self
        for number, fact in enumerate(self.changes, 1):
            if fact.at >= window.opens:
                break
            changed = here.after(fact, self.diary)
            moved = changed.window(day)
            if moved.closes > fact.at:
                shown, here, window, skipped = changed, changed, moved, False
                onward = onward if choice_waits else replace(self, setting=changed, changes=self.changes[number:])
            elif changed.zone != here.zone:
                here, skipped = changed, True
            else:
                choice_waits = True
        return Placed(window, shown, skipped), onward


def begin(diary: DiaryRule, history: Sequence[Fact]) -> Placing | None:
    """Where a diary begins: once a phone is activated and the practice entry is done; None before both."""
    ready = _ready_at(history)
    zone = ready and zone_at(history, ready)
    if not (ready and zone):
        return None
    changes = tuple(
        fact for fact in history if isinstance(fact.detail, ParticipantAdded | ZoneConfirmed | WindowChosen)
    )
    setting = Setting(zone, diary.window(None), ready)
    for fact in changes:
        if fact.at <= ready:
            setting = replace(setting.after(fact, diary), since=ready)
    first = local_date(ready, setting.zone) + timedelta(days=diary.starts_after_days)
    while window_of(setting.rule, first, setting.zone).opens <= ready:
        first += _ONE_DAY  # that window had opened before anybody could answer
    return Placing(diary, first, setting, tuple(fact for fact in changes if fact.at > ready))


def _ready_at(history: Sequence[Fact]) -> datetime | None:
    activated = next((fact.at for fact in history if isinstance(fact.detail, PhoneActivated)), None)
    trained = next((fact.at for fact in history if isinstance(fact.detail, Trained)), None)
    return max(activated, trained) if activated and trained else None
