"""A new version of the study in the middle of a diary: what had opened stays, what is to come follows the new one."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from diary_app.core.errors import Code, FileInvalid, XerodiaryError
from diary_app.core.facts import Status, StatusSet
from diary_app.core.study import parse_study
from server.db import days, state
from server.db.days import ExpectedDay
from server.db.engine import reading
from server.intake.rebuild import rebuild
from server.intake.sweep import extend
from server.jobs import sweep_due
from server.live_study import versions_of
from server.services import Services, open_services
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE
from tests.server.desk import states
from tests.server.handset import Handset, add, ready, record_fact

FIRST_EVENING = date(2026, 11, 23)


def amended(services: Services, folder: Path, clock: SimulatedEnvironment, version: str = "2") -> Services:
    """The server restarted with a study whose evenings end an hour earlier."""
    text = services.study.text.replace('version = "1"', f'version = "{version}"').replace(
        'closes = "+1 03:00"', 'closes = "+1 02:00"'
    )
    file = folder / f"study-{version}.toml"
    file.write_text(text, encoding="utf-8")
    return open_services(services.settings.model_copy(update={"study_file": file}), clock)


def with_text(services: Services, folder: Path, clock: SimulatedEnvironment, *changes: tuple[str, str]) -> Services:
    """The server restarted with version 2, which differs in this from what is live."""
    text = services.study.text
    for before, after in (('version = "1"\n', 'version = "2"\n'), *changes):
        text = text.replace(before, after)
    file = folder / "next.toml"
    file.write_text(text, encoding="utf-8")
    return open_services(services.settings.model_copy(update={"study_file": file}), clock)


def hours_open(services: Services) -> dict[date, float]:
    """How long each of Alice's evenings is open."""
    return {row.diary_day: (row.closes - row.opens) / timedelta(hours=1) for row in rows(services)}


def rows(services: Services) -> list[ExpectedDay]:
    with reading(services.engine) as connection:
        return list(days.of(connection, ALICE))


def run_for_three_days(services: Services, folder: Path, clock: SimulatedEnvironment) -> tuple[Handset, Services]:
    alice = ready(services, ALICE)
    clock.advance(days=3)
    later = amended(services, folder, clock)
    clock.advance(days=1)
    with later.engine.begin() as connection:
        extend(connection, later, clock.now())
    alice.services = later
    return alice, later


def test_evenings_that_had_opened_keep_their_windows(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    _, later = run_for_three_days(services, tmp_path, clock)
    hours = hours_open(later)
    changed_on = (clock.now() - timedelta(days=1)).date()
    assert {hours[one] for one in hours if one < changed_on} == {9.0}
    assert {hours[one] for one in hours if one > changed_on} == {8.0}
    later.close()


def test_rebuilding_gives_the_same_windows(services: Services, tmp_path: Path, clock: SimulatedEnvironment) -> None:
    _, later = run_for_three_days(services, tmp_path, clock)
    before = hours_open(later)
    with later.engine.begin() as connection:
        rebuild(connection, later, clock.now())
    assert hours_open(later) == before
    later.close()


def test_an_entry_from_a_phone_with_the_older_version_counts(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    alice = ready(services, ALICE)
    clock.advance(days=1)
    alice.fill_in(FIRST_EVENING)
    later = amended(services, tmp_path, clock)
    alice.services = later
    assert [receipt.code for receipt in alice.sync().receipts] == [None]
    later.close()


def test_an_entry_under_a_version_that_was_lost_counts_once_it_is_live_again(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    alice = ready(services, ALICE)
    clock.advance(days=1)
    alice.fill_in(FIRST_EVENING, study_version="2")
    assert [receipt.code for receipt in alice.sync().receipts] == [Code.STUDY_VERSION_UNKNOWN]
    assert alice.state(FIRST_EVENING) == "open"
    later = amended(services, tmp_path, clock)
    alice.services = later
    for _ in range(2):
        with later.engine.begin() as connection:
            extend(connection, later, clock.now())
    alice.sync()
    assert alice.state(FIRST_EVENING) == "done"
    later.close()


def test_a_version_that_was_followed_by_another_does_not_come_back(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=1)
    amended(services, tmp_path, clock).close()
    with pytest.raises(XerodiaryError, match="new version number") as refusal:
        open_services(services.settings, clock)
    assert refusal.value.code is Code.SETTING_INVALID


@pytest.mark.parametrize("behind", [timedelta(), timedelta(days=2)], ids=["at the same moment", "days behind"])
def test_a_version_that_goes_live_by_a_clock_that_is_behind_comes_after_the_one_before(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment, behind: timedelta
) -> None:
    clock.move_to(clock.now() - behind)
    later = amended(services, tmp_path, clock)
    assert (later.study.version, [one.study.version for one in later.versions]) == ("2", ["1", "2"])
    later.close()
    amended(services, tmp_path, clock).close()  # and it starts again
    with pytest.raises(XerodiaryError, match=r"Version 1 of study .* was followed by version 2"):
        open_services(services.settings, clock)


def test_a_version_that_goes_live_by_a_clock_that_is_behind_moves_no_evening_of_the_past(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    ready(services, ALICE)
    clock.advance(days=4)
    sweep_due(services, clock.now())
    before = {row.diary_day: row for row in rows(services) if row.opens < clock.now()}
    clock.advance(days=-3)
    later = amended(services, tmp_path, clock)
    clock.advance(days=4)
    with later.engine.begin() as connection:
        extend(connection, later, clock.now())
    kept = {row.diary_day: row for row in rows(later)}
    assert len(before) == 4
    assert {day: kept[day].closes for day in before} == {day: row.closes for day, row in before.items()}
    assert hours_open(later)[clock.now().date()] == 8.0
    later.close()


@pytest.mark.parametrize(
    ("change", "key"),
    [(("day_zero = 2026-01-01", "day_zero = 2026-02-01"), "day_zero"), (("slot = 1\n", "slot = 7\n"), "diary.slot")],
)
def test_a_server_does_not_start_with_what_would_renumber_exports(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment, change: tuple[str, str], key: str
) -> None:
    clock.advance(days=1)
    with pytest.raises(FileInvalid) as refusal:
        with_text(services, tmp_path, clock, change)
    (problem,) = refusal.value.problems
    assert (refusal.value.code, problem.key) == (Code.AMENDMENT_FORBIDDEN, key)
    assert problem.file.endswith("next.toml")
    with reading(services.engine) as connection:
        assert [one.study.version for one in versions_of(connection, services.study.id)] == ["1"]


def test_a_server_does_not_start_without_a_site_that_has_participants(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=1)
    with_text(services, tmp_path, clock, ('id = "odense"', 'id = "aarhus"')).close()
    add(services, ALICE)
    without = (
        ('version = "2"\n', 'version = "3"\n'), ('id = "odense"', 'id = "aarhus"'), ('id = "copenhagen"', 'id = "x"'),
    )  # fmt: skip
    with pytest.raises(FileInvalid, match="site copenhagen has participants"):
        with_text(services, tmp_path, clock, *without)


def test_a_server_goes_on_with_a_version_that_went_live_before_it_was_refused(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    text = services.study.text.replace('version = "1"\n', 'version = "2"\n').replace("2026-01-01", "2026-02-01")
    later = parse_study(text, file="study.toml")
    clock.advance(days=1)
    with services.engine.begin() as connection:
        state.add_study(connection, study=later.id, version="2", sha256=later.sha256, text=later.text, at=clock.now())
    file = tmp_path / "study.toml"
    file.write_text(text, encoding="utf-8")
    open_services(services.settings.model_copy(update={"study_file": file}), clock).close()


def test_the_evening_of_the_day_on_which_a_version_goes_live_follows_it_at_once(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    """Without waiting for the horizon to move on at midnight; a reminder that came forward is looked at in time."""
    ready(services, ALICE)
    clock.advance(days=1, hours=-6)
    with services.engine.begin() as connection:
        extend(connection, services, clock.now())
    later = amended(services, tmp_path, clock)
    with later.engine.begin() as connection:
        assert extend(connection, later, clock.now()) == 1
    assert hours_open(later)[FIRST_EVENING] == 8.0
    later.close()


def test_a_version_that_makes_no_sense_does_not_go_live(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    with pytest.raises(FileInvalid, match="participants find no number here to call") as caught:
        with_text(services, tmp_path, clock, ('"12 34 56 78"', '""'))
    assert caught.value.code is Code.STUDY_INVALID
    with reading(services.engine) as connection:
        assert [one.study.version for one in versions_of(connection, services.study.id)] == ["1"]


def test_what_an_earlier_release_let_go_live_goes_on(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    file = tmp_path / "live.toml"
    file.write_text(services.study.text.replace('"12 34 56 78"', '""').replace('version = "1"\n', 'version = "2"\n'))
    study = parse_study(file.read_text(), file="live.toml")
    with services.engine.begin() as connection:
        state.add_study(connection, study=study.id, version="2", sha256=study.sha256, text=study.text, at=clock.now())
    later = open_services(services.settings.model_copy(update={"study_file": file}), clock)
    assert later.study.version == "2"
    later.close()


def test_an_entry_under_a_lost_version_is_judged_by_the_next_job_whatever_staff_record_before_it(
    services: Services, tmp_path: Path, clock: SimulatedEnvironment
) -> None:
    alice = ready(services, ALICE)
    clock.advance(days=1)
    alice.fill_in(FIRST_EVENING, study_version="2")
    alice.sync()
    later = amended(services, tmp_path, clock)
    record_fact(later, ALICE, StatusSet(status=Status.COMPLETED, effective=clock.now().date(), reason="protocol"))
    with later.engine.begin() as connection:
        extend(connection, later, clock.now())
        assert extend(connection, later, clock.now()) == 0
    assert states(later)[FIRST_EVENING] == ("done", None)
    later.close()
