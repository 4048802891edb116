"""Entries and enrolment answers for phones in tests."""

from datetime import UTC, date, datetime
from typing import Any

from diary_app.core.environment import Environment
from diary_app.core.facts import DeviceState
from diary_app.core.wire import EnrolAnswer, FactChange
from diary_app.resources import study_text
from diary_app.storage.diary import Diary
from diary_app.storage.entry_form import NewEntry

TODAY = date(2026, 11, 22)
EPOCH = "11111111-1111-4111-8111-111111111111"
ANSWERS = {"DRY01": 4, "DRY02": 7}


def enrol(diary: Diary, environment: Environment, **changes: Any) -> str:
    """Enrol with an answer as the server would give it; the device id."""
    pending = diary.conversation.begin_enrolment()
    diary.conversation.complete_enrolment(pending.device, answer(environment, **changes), "https://diary.example")
    return pending.device


def answer(environment: Environment, **changes: Any) -> EnrolAnswer:
    """What the server says to a new phone of Alice's."""
    values: dict[str, Any] = {
        "protocol": 1, "participant": "01-001", "site": "copenhagen", "language": "da", "study_version": "1",
        "study_text": study_text("mesrix-more"), "epoch": EPOCH, "nonce": "n1", "device_state": DeviceState.ACTIVE,
        "facts": (added(),), "days": (), "cursor": 7, "more": False, "server_time": environment.now(),
    }  # fmt: skip
    return EnrolAnswer(**{**values, **changes})


def added(change_no: int = 7, id: str = "22222222-2222-4222-8222-222222222222") -> FactChange:
    """The fact with which a participant begins."""
    body = {"kind": "participant_added", "site": "copenhagen", "zone": "Europe/Copenhagen", "language": "da"}
    return FactChange(change_no=change_no, id=id, at=datetime(2026, 11, 1, 8, tzinfo=UTC), body=body)


def evening(day: date = TODAY, **changes: Any) -> NewEntry:
    """An entry for the evening window of that day in Copenhagen in winter."""
    values: dict[str, Any] = {
        "instrument": "DMD", "instrument_version": "1.0", "wording_sha256": "0" * 64, "language": "da",
        "diary_day": day, "zone": "Europe/Copenhagen",
        "opens": datetime(day.year, day.month, day.day, 17, tzinfo=UTC),
        "closes": datetime.fromordinal(day.toordinal() + 1).replace(hour=2, tzinfo=UTC),
        "late_until": datetime.fromordinal(day.toordinal() + 1).replace(hour=11, tzinfo=UTC),
        "answers": ANSWERS,
    }  # fmt: skip
    return NewEntry(**{**values, **changes})
