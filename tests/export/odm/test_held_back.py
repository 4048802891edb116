"""What is held back is in no file, and comes with its own history once it counts."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from diary_app.core.staff_acts import LockingReason
from server.export.odm.writing import open_odm
from server.intake import locking
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.export.odm.conftest import csv_of
from tests.export.odm.replay import Step, read
from tests.export.parts import write_part
from tests.server.desk import INES
from tests.server.handset import ANSWERS, Handset, ready
from tests.server.test_revoked_withdrawal import revoke, withdraw

pytestmark = pytest.mark.usefixtures("staffed")
DAY = date(2026, 11, 23)
SUBJECT = "MESRIX-MORE-01-001"


@pytest.fixture
def alice(services: Services, clock: SimulatedEnvironment) -> Handset:
    """The first evening, at nine."""
    handset = ready(services, ALICE)
    clock.move_to(datetime(2026, 11, 23, 20, tzinfo=UTC))
    return handset


def entries(services: Services, folder: Path) -> list[Step]:
    """Transactions of her entries; the file agrees with the tally and the CSV files."""
    counted, there = write_part(open_odm, services, folder / "odm")
    assert counted == there
    book, files = read(folder / "odm" / "odm.xml"), csv_of(services, folder / "csv")
    assert len(list(book.long_rows())) == len(files.long)
    assert len(list(book.expected_rows())) == len(files.expected)
    return book.of(SUBJECT, form="F.DMD.1.0")


def test_an_entry_sealed_by_a_withdrawal_comes_back_when_it_is_revoked(
    alice: Handset, services: Services, tmp_path: Path
) -> None:
    withdrawn = withdraw(services)
    entry = alice.fill_in(DAY)
    alice.sync()
    assert entries(services, tmp_path / "sealed") == []
    assert entry.id not in (tmp_path / "sealed" / "odm" / "odm.xml").read_text(encoding="utf-8")
    revoke(services, withdrawn)
    (made,) = entries(services, tmp_path / "open")
    assert made.audit.why == "accepted after review: withdrawal_revoked"


def test_a_version_that_came_after_a_lock_waits_for_the_unlock(
    alice: Handset, services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    first = alice.fill_in(DAY)
    alice.sync()
    locking.lock(services, ALICE, (DAY, DAY), LockingReason.DATA_REVIEWED, by=INES)
    clock.advance(hours=1)
    later = alice.fill_in(DAY, revision=2, parent=first.id, answers={**ANSWERS, "DMD01": 0})
    alice.sync()
    assert [step.audit.source for step in entries(services, tmp_path / "locked")] == [first.id]
    locking.unlock(services, ALICE, (DAY, DAY), LockingReason.LATE_DATA, by=INES)
    made, changed = entries(services, tmp_path / "unlocked")
    assert (made.audit.source, changed.audit.source) == (first.id, later.id)
    assert changed.items["IT.DMD.1.0.DMD01"] == ("Update", "0")


def test_a_practice_entry_is_no_data(alice: Handset, services: Services, tmp_path: Path) -> None:
    alice.fill_in(DAY, practice=1)
    alice.sync()
    assert entries(services, tmp_path) == []


def test_an_entry_that_came_too_late_is_no_data(
    alice: Handset, services: Services, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    clock.move_to(datetime(2026, 11, 24, 12, tzinfo=UTC))
    alice.fill_in(DAY, late_reason="forgot")
    alice.sync()
    assert entries(services, tmp_path) == []
