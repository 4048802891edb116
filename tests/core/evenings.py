"""Sunday evening, 22 November 2026, in Copenhagen: its window and entries for it, to be varied by a test."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from diary_app.core.chain import START, head_of
from diary_app.core.entries import EntryBody, EntryVersion
from diary_app.core.records import Record, compose
from diary_app.core.wire import ChainHead
from tests.conftest import ALICE

SUNDAY = date(2026, 11, 22)
OPENS = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
CLOSES = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
LATE_UNTIL = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
WINDOW = (OPENS, CLOSES, LATE_UNTIL)
EVENING = datetime(2026, 11, 22, 19, 30, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)
PHONE = "aaaaaaaa-0000-4000-8000-000000000001"
ANSWERS = {"DMD01": 7, "DMD02": 4, "DMD03": 0, "DMD04": "not_applicable", "DMD05": "prefer_not_to_answer", "DMD06": 2}


def uuid(number: int) -> str:
    """A UUID to tell apart by its last digits."""
    return f"00000000-0000-4000-8000-{number:012d}"


def body_values(**changes: Any) -> dict[str, Any]:
    """The body of Alice's entry as it stands in a record."""
    return {**_BODY, **changes}


def entry(**changes: Any) -> EntryBody:
    """Alice's entry of that evening."""
    return EntryBody.model_validate(body_values(**changes))


def version(number: int = 1, *, parent: int = 0, after: int = 0, **changes: Any) -> EntryVersion:
    """A version of it, made `after` minutes past 20:30; `parent` is the number of the one that it replaces."""
    lineage = {"parent": uuid(parent), "revision": 2} if parent else {}
    made = {"captured_at": EVENING + timedelta(minutes=after), **lineage, **changes}
    return EntryVersion(uuid(number), PHONE, number, f"{number:064x}", entry(**made))


def records(count: int, device: str = PHONE) -> list[Record]:
    """A chain of that many records."""
    made: list[Record] = []
    head: ChainHead = START
    for number in range(1, count + 1):
        body = {"event": f"number {number}"}
        made.append(
            compose(id=uuid(number), kind="app_event", device=device, sequence=number, previous=head.hash, body=body)
        )
        head = head_of(made[-1])
    return made


_BODY: dict[str, Any] = {
    "participant": ALICE,
    "study_version": "1",
    "schedule_revision": 3,
    "instrument": "DMD",
    "instrument_version": "1.0",
    "wording_sha256": "1d" * 32,
    "language": "da",
    "diary_day": "2026-11-22",
    "opens": "2026-11-22T17:00:00.000Z",
    "closes": "2026-11-23T02:00:00.000Z",
    "late_until": "2026-11-23T11:00:00.000Z",
    "answers": ANSWERS,
    "revision": 1,
    "captured_at": "2026-11-22T19:30:00.000Z",
    "utc_offset_minutes": 60,
    "zone": "Europe/Copenhagen",
    "monotonic_ms": 48213,
    "app_version": "0.1.0",
    "tzdata_version": "2026.6",
}
