"""Reading what was saved: a year at once, and past what cannot be opened."""

from collections.abc import Callable
from datetime import timedelta

from diary_app.core.records import RecordKind
from diary_app.core.sealing import OpenSealer
from diary_app.storage.by_day import EntriesByDay
from diary_app.storage.database import Database
from diary_app.storage.diary import Diary
from server.simulate.environment import SimulatedEnvironment
from tests.storage.phones import TODAY, enrol, evening

YESTERDAY = TODAY - timedelta(days=1)


class ForgetfulSealer(OpenSealer):
    """Has lost the key of one text."""

    lost = YESTERDAY.isoformat().encode()

    async def unseal(self, sealed: bytes) -> bytes:
        if self.lost in sealed:
            raise ValueError("sealed with another key")
        return sealed


def test_every_version_is_found_under_its_day(start: Callable[[], Diary], clock: SimulatedEnvironment) -> None:
    diary = start()
    enrol(diary, clock)
    first = diary.save_entry(evening())
    second = diary.save_entry(evening(parent=first.id))
    diary.save_entry(evening(YESTERDAY))
    by_day = diary.entries_by_day("DMD")
    assert {day: len(versions) for day, versions in by_day.items()} == {TODAY: 2, YESTERDAY: 1}
    assert [one.id for one in by_day[TODAY]] == [first.id, second.id]


def test_only_the_days_that_are_looked_at_are_read() -> None:
    read: list[bytes] = []
    year = [((TODAY - timedelta(days=back)).isoformat(), b"%d" % back) for back in range(365)]
    by_day = EntriesByDay(year, read.append)
    assert (len(by_day), by_day[TODAY], by_day[TODAY], read) == (365, (), (), [b"0"])


def test_what_cannot_be_opened_is_passed_over_and_counted(database: Database, clock: SimulatedEnvironment) -> None:
    diary = Diary(database, clock)
    enrol(diary, clock)
    diary.save_entry(evening(YESTERDAY))
    kept = diary.save_entry(evening())
    without_key = Diary(database, clock, ForgetfulSealer())
    held = without_key.legible(RecordKind.ENTRY)
    assert ([record.id for record in held.records], held.unreadable) == ([kept.id], 1)
    assert without_key.entries_by_day("DMD")[YESTERDAY] == ()
