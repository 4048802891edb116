"""The benchmarks at a small size: they run on both databases, and believe no answer that they did not check."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from diary_app.core.environment import SystemEnvironment
from diary_app.core.records import RecordKind
from server.bench import export_scale, ingest, sweeping
from server.bench.databases import SQLITE, Place, empty_place
from server.bench.exporting import begun_early, live
from server.bench.load import percentile
from server.db.engine import make_engine, reading
from server.db.participants import ids
from server.export.formats import Format
from server.live_study import read_study

pytestmark = pytest.mark.long

SERVERS = [SQLITE, "postgresql"]


@pytest.fixture(params=SERVERS)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    server: str = SQLITE if request.param == SQLITE else request.getfixturevalue("postgresql_server")
    with empty_place(server, tmp_path) as place:
        yield place


def test_an_evening_is_measured_beside_its_floor(place: Place) -> None:
    rate, middle, worst = ingest.evening(place, phones=8)
    assert (rate.unit, rate.n, rate.database) == ("/s", ingest.ROUNDS, place.name)
    assert rate.value > 0
    assert rate.floor > 0
    assert middle.value <= worst.value


def test_several_processes_take_in_one_evening_together(postgresql_server: str, tmp_path: Path) -> None:
    with empty_place(postgresql_server, tmp_path) as place:
        rate, *_ = ingest.evening(place, phones=8, processes=2)
    assert (rate.name, rate.n) == ("syncs of one entry, 2 processes", ingest.ROUNDS)


def test_returning_phones_are_measured_in_entries(place: Place) -> None:
    (rate,) = ingest.returning(place, phones=4)
    assert (rate.name, rate.unit) == ("entries, 30 days a push", "/s")


def test_the_sweep_grades_what_a_plain_update_would(place: Place) -> None:
    looking, grading = sweeping.looking(place, 1000, batches=1)
    assert looking.name == "sweep, nothing due, 1000 participants"
    assert grading.name == "sweep, days graded, 1000 participants"


def test_every_participant_is_multiplied(place: Place) -> None:
    sweeping.looking(place, 30)
    engine = make_engine(place.url)
    with reading(engine) as connection:
        assert len(ids(connection)) == 30
    engine.dispose()


def test_whole_bundles_are_measured_beside_copying_them(place: Place) -> None:
    speed, by_processor, memory = export_scale.scaled(place, people=3, length=2)
    assert (speed.unit, by_processor.unit, memory.unit) == ("item values/s", "item values/s", "MiB")
    assert memory.name == "memory of it, 36 values"
    assert memory.value >= memory.floor > 0


def test_a_format_alone_is_measured_by_itself_too(place: Place) -> None:
    *_, memory, alone, by_processor = export_scale.scaled(place, people=3, length=2, formats=frozenset({Format.CSV}))
    assert memory.name == "memory of it, 36 values"
    assert (alone.name, by_processor.name) == ("csv, 3 x 2 days, 1 at it", "csv by processor time, 3 x 2 days, 1 at it")
    assert min(alone.value, by_processor.value, alone.floor) > 0


def test_a_study_to_export_began_before_the_longest_bench(place: Place) -> None:
    longest = timedelta(days=390 + 2)
    assert read_study(begun_early(place).settings).day_zero <= SystemEnvironment().now().date() - longest


def test_evenings_of_an_export_differ(place: Place) -> None:
    (phone,) = live(begun_early(place), 1, 6)
    entries = [record.body for record in phone.records if record.kind == RecordKind.ENTRY]
    assert len(entries) == len({str(body["answers"]) for body in entries}) == 6
    assert len({body["captured_at"][11:] for body in entries}) == 6


def test_a_share_of_the_values_lies_below_the_percentile() -> None:
    assert (percentile(range(1, 101), 0.5), percentile(range(1, 101), 0.99), percentile([7], 0.99)) == (50, 99, 7)
