"""Two processes change the same participant: a reader that goes on from its cursor hears of every change."""

import subprocess
import sys
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from diary_app.core.environment import SystemEnvironment
from server.db import days, participants, staff_facts
from server.db.engine import reading
from server.intake.held import holding
from server.intake.pull import SHOWN_KINDS, pull
from server.services import Services, open_services
from server.settings import Settings
from tests.conftest import ALICE
from tests.server.handset import ready

ROOT = Path(__file__).parents[2]
TIMES = 25
PAGE = 7

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@dataclass
class Reader:
    """Somebody who pulls page after page and never looks back."""

    services: Services
    cursor: int = 0
    facts: list[str] = field(default_factory=list)
    days: dict[tuple[str, date], int] = field(default_factory=dict)

    def look(self) -> bool:
        """One page; whether another one waits."""
        with reading(self.services.engine) as connection:
            row = participants.get(connection, ALICE)
            assert row is not None
            told = pull(connection, row, "", self.cursor, PAGE)
        self.facts += [fact.id for fact in told.facts]
        self.days |= {(day.instrument, day.diary_day): day.change_no for day in told.days}
        self.cursor = told.cursor
        return told.more

    def missed(self) -> list[str]:
        """Facts never heard of, and days last heard of before their last change."""
        with reading(self.services.engine) as connection:
            known = [row.id for row in staff_facts.of_kinds(connection, [ALICE], SHOWN_KINDS)]
            rows = days.of(connection, ALICE)
        behind = [row for row in rows if self.days.get((row.instrument, row.diary_day)) != row.change_no]
        return [*(fact for fact in known if fact not in self.facts), *(row.diary_day.isoformat() for row in behind)]


@pytest.fixture
def real_services(settings: Settings) -> Services:
    """In the real world's time, as the processes beside it are."""
    services = open_services(settings, SystemEnvironment())
    ready(services, ALICE)
    return services


def test_nothing_is_missed_while_two_processes_write(real_services: Services, settings: Settings) -> None:
    words = [sys.executable, "-m", "tests.scale.writing", settings.database_url, str(settings.var_folder), ALICE]
    writers = [subprocess.Popen([*words, str(TIMES), str(first)], cwd=ROOT) for first in (0, 1)]
    reader, looks = Reader(real_services), 0
    while any(writer.poll() is None for writer in writers):
        reader.look()
        looks += 1
    while reader.look():
        pass
    assert [writer.returncode for writer in writers] == [0, 0]
    assert reader.missed() == []
    assert len(reader.facts) == len(set(reader.facts)) == 2 * TIMES + 3
    assert looks > TIMES
    real_services.close()


def test_a_number_is_taken_only_after_the_one_before_is_committed(real_services: Services) -> None:
    with real_services.engine.begin() as first, holding(first, ALICE) as held:
        held.next_change()
        with real_services.engine.begin() as second:
            second.exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
            with pytest.raises(OperationalError, match="lock timeout"):
                participants.lock(second, ALICE)
    real_services.close()


def test_the_reader_notices_a_number_that_was_taken_without_the_lock(real_services: Services) -> None:
    """What would happen if two processes numbered their changes before they wait for each other."""
    reader = Reader(real_services)
    while reader.look():
        pass
    with reading(real_services.engine) as connection:
        row = participants.get(connection, ALICE)
        early, late = days.of(connection, ALICE)[:2]
    assert row is not None
    with real_services.engine.begin() as slow:
        days.replace(slow, [(early, early._replace(reason="slow", change_no=row.change_no + 1))])
        with real_services.engine.begin() as quick:
            days.replace(quick, [(late, late._replace(reason="quick", change_no=row.change_no + 2))])
            participants.save(quick, [row._replace(change_no=row.change_no + 2)])
        reader.look()
    reader.look()
    assert reader.missed() == [early.diary_day.isoformat()]
    real_services.close()
