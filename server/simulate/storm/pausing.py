"""Pauses of reminders: what participants said on their phones, and that nobody is reminded against it.

The evenings stay expected; `expected.py`, which knows nothing of pauses, says so.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from diary_app.core.records import RecordKind
from diary_app.core.times import format_utc, parse_utc
from diary_app.core.times import zone as rules_of
from server.db.days import ExpectedDay
from server.simulate.storm.drawing import HOME
from server.simulate.storm.handset import Handset
from server.simulate.storm.ledger import Ledger, held_then


@dataclass(frozen=True)
class Pause:
    """`until`: its last day, None where reminders shall come again; `received`: by the server, None where it waits."""

    said: datetime
    until: date | None
    received: datetime | None


def pause(phone: Handset, days: int) -> bool:
    """No reminders for so many days from today on; for none, they come again. Whether that could be said."""

    def say() -> bool:
        today = phone.clock.now().astimezone(rules_of(HOME)).date()
        until = (today + timedelta(days=days - 1)).isoformat() if days else ""
        phone.note(phone.diary.append(RecordKind.PAUSE, {"until": until}))
        return True

    return phone.used(say)


def pauses_of(ledger: Ledger, received: Mapping[str, datetime], participant: str) -> list[Pause]:
    """Everything that was said of them, by the clocks of the phones. `received`: by the server, by record."""
    found = []
    for one in ledger.records.values():
        if (one.participant, one.kind) == (participant, RecordKind.PAUSE):
            body = json.loads(one.text)["body"]
            until = date.fromisoformat(body["until"]) if body["until"] else None
            found.append(Pause(parse_utc(body["captured_at"]), until, received.get(one.id)))
    return sorted(found, key=lambda one: one.said)


def covers(pauses: Sequence[Pause], day: date) -> bool:
    """Whether any of them, heard of or not, may be about that evening."""
    return any(one.until is not None and one.until >= day for one in pauses)


def check(ledger: Ledger, pauses: Sequence[Pause], row: ExpectedDay, at: datetime) -> None:
    """A message that left at that moment. Only what the server had heard of by then binds it."""
    said = [one for one in pauses if one.said <= at]
    if not said or said[-1].until is None or said[-1].received is None:
        return
    if not held_then(ledger.went_back, said[-1].received, at):
        return
    zones = {row.zone, HOME, *ledger.zones.get(row.participant, ())}
    if all(at.astimezone(rules_of(zone)).date() <= said[-1].until for zone in zones):
        ledger.violated(
            f"{row.participant} was reminded of {row.diary_day} at {format_utc(at)}, "
            f"though reminders were paused until {said[-1].until}"
        )
