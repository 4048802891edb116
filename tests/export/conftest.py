"""A study with an evening of every kind, on both databases, and its exported files read back."""

import csv
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from diary_app.core.facts import AnchorSet, Excused, ExcuseReason
from server.export.content import CutKind
from server.export.csv_columns import DICTIONARY, EXPECTED_DAYS, LONG, WIDE
from server.export.csv_part import open_csv
from server.intake.sweep import extend, sweep
from server.services import Services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.export.parts import write_part
from tests.server.handset import ready, record_fact

if TYPE_CHECKING:
    from tests.export.weeks_lived import Staged

Row = dict[str, str]
NOON = 11  # UTC; 12:00 in Copenhagen in winter
FIRST = date(2026, 11, 23)


@dataclass
class Files:
    """What an export wrote."""

    folder: Path

    def rows(self, name: str) -> list[Row]:
        with (self.folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    @property
    def long(self) -> list[Row]:
        return self.rows(LONG)

    @property
    def wide(self) -> list[Row]:
        return self.rows(WIDE)

    @property
    def expected(self) -> list[Row]:
        return self.rows(EXPECTED_DAYS)

    @property
    def dictionary(self) -> list[Row]:
        return self.rows(DICTIONARY)

    def states(self, subject: str) -> dict[str, str]:
        return {row["diary_day"]: row["state"] for row in self.expected if row["subjid"] == subject}


Export = Callable[[str], Files]


@pytest.fixture
def export(services: Services, tmp_path: Path) -> Export:
    """Write the files into a folder of that name."""

    def write(name: str = "bundle") -> Files:
        write_part(open_csv, services, tmp_path / name, CutKind.INTERIM)
        return Files(tmp_path / name)

    return write


@pytest.fixture
def lived(services: Services, clock: SimulatedEnvironment) -> None:
    """Alice: done, late, missed, done, excused. Bob never practised, and his phone has said nothing since."""
    alice = ready(services, ALICE)
    ready_but_silent = ready(services, BOB, "bob")
    treatment = AnchorSet(anchor="treatment_1", planned=FIRST + timedelta(days=2), actual=FIRST + timedelta(days=2))
    record_fact(services, ALICE, treatment)
    alice.sync()

    clock.move_to(at(FIRST, 20))
    alice.fill_in(FIRST)
    alice.sync()
    clock.move_to(at(FIRST + timedelta(days=2), 7))  # last night's can still be filled in
    alice.fill_in(FIRST + timedelta(days=1), late_reason="forgot")
    alice.sync()
    clock.move_to(at(FIRST + timedelta(days=3), 20))  # the evening before stayed empty
    alice.fill_in(FIRST + timedelta(days=3), answers={**SKIPS})
    alice.sync()
    clock.move_to(at(FIRST + timedelta(days=5), 20))
    alice.sync()
    record_fact(
        services,
        ALICE,
        Excused(instrument="DMD", diary_day=FIRST + timedelta(days=4), reason=ExcuseReason.TOO_ILL),
    )
    run_jobs(services)
    assert ready_but_silent.records


SKIPS: dict[str, int | str] = {
    "DMD01": 9,
    "DMD02": "prefer_not_to_answer",
    "DMD03": 4,
    "DMD04": "not_applicable",
    "DMD05": 2,
    "DMD06": 3,
}


def at(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def run_jobs(services: Services) -> None:
    now = services.environment.now()
    while services.writer.run("~", lambda connection: sweep(connection, now)):
        pass
    services.writer.run("~", lambda connection: extend(connection, services, now))


def counted(rows: list[Row]) -> Counter[str]:
    return Counter(row["state"] for row in rows)


@pytest.fixture(scope="module")
def weeks(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> "Staged":
    """Three weeks around a treatment, lived once for a module; see `weeks_lived`."""
    from tests.export.weeks_lived import staged_on

    home = tmp_path_factory.mktemp("weeks")
    shutil.copy(sqlite_template, home / "xerodiary.sqlite")
    return staged_on(f"sqlite:///{home}/xerodiary.sqlite", home)
