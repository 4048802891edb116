"""What time alone changes: windows open and end, the horizon moves on, and nobody waits for anybody."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, event, inspect, text

from diary_app.core.facts import Status, StatusSet
from diary_app.core.wire import ContactRequest
from server import jobs
from server.db import chain_anchors, days, participants, state
from server.db.chain_anchors import Head
from server.db.days import ExpectedDay
from server.db.engine import is_sqlite, reading
from server.intake.anchoring import heads_sha256
from server.intake.presence import note_presence
from server.intake.sweep import extend, sweep
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import ALICE, BOB
from tests.server.handset import Handset, add, new_code, ready, record_fact
from tests.server.test_settling import came_aside

DAY = date(2026, 11, 23)


@pytest.fixture
def alice(services: Services) -> Handset:
    return ready(services, ALICE)


def rows(services: Services, participant: str = ALICE) -> dict[date, ExpectedDay]:
    with reading(services.engine) as connection:
        return {row.diary_day: row for row in days.of(connection, participant)}


def swept(services: Services) -> int:
    with services.engine.begin() as connection:
        return sweep(connection, services.environment.now())


def test_days_are_expanded_to_the_horizon(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    expanded = rows(services)
    assert min(expanded) == DAY
    assert max(expanded) == clock.now().date() + timedelta(days=15)
    assert {row.state for row in expanded.values()} == {"not_yet_due"}


def test_a_window_opens_and_ends_by_itself(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    clock.move_to(rows(services)[DAY].opens)
    assert swept(services) == 1
    assert (rows(services)[DAY].state, rows(services)[DAY].next_moment) == ("open", rows(services)[DAY].late_until)
    clock.move_to(rows(services)[DAY].late_until)
    assert swept(services) == 1
    assert (rows(services)[DAY].state, rows(services)[DAY].reason) == ("unknown", "silent")
    assert rows(services)[DAY].next_moment is None


def test_one_millisecond_before_nothing_is_due(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    clock.move_to(rows(services)[DAY].opens - timedelta(milliseconds=1))
    assert swept(services) == 0


def test_a_long_silence_is_caught_up_in_one_go(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    clock.advance(days=10)
    assert jobs.sweep_due(services, clock.now()) == 10
    states = [row.state for row in rows(services).values()]
    assert (states.count("unknown"), states.count("open")) == (9, 1)


def test_a_batch_is_as_small_as_asked_for(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    clock.advance(days=10)
    with services.engine.begin() as connection:
        assert sweep(connection, clock.now(), limit=4) == 4
    assert jobs.sweep_due(services, clock.now()) == 6


def test_the_phone_hears_what_time_did(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    clock.advance(days=1)
    swept(services)
    alice.sync()
    assert alice.state(DAY) == "open"


def test_a_row_that_changed_meanwhile_is_left_alone(alice: Handset, services: Services) -> None:
    seen = rows(services)[DAY]
    other = seen._replace(revision=7)
    with services.engine.begin() as connection, pytest.raises(days.Overtaken):
        days.replace(connection, [(other, seen)])


def test_participants_that_are_held_elsewhere_are_left_out(
    migrated_postgresql: str, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    services = open_services(Settings(database_url=migrated_postgresql, var_folder=tmp_path / "var"), clock)
    ready(services, ALICE)
    ready(services, BOB, "bob")
    clock.advance(days=1)
    with services.engine.begin() as ingest:
        participants.lock(ingest, ALICE)
        assert swept(services) == 1
    assert (rows(services, ALICE)[DAY].state, rows(services, BOB)[DAY].state) == ("not_yet_due", "open")
    assert swept(services) == 1
    services.close()


def test_a_day_that_was_graded_before_its_participant_could_be_held_is_left_alone(
    migrated_postgresql: str, clock: SimulatedEnvironment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL another process may sweep between the look into the index and the lock."""
    services = open_services(Settings(database_url=migrated_postgresql, var_folder=tmp_path / "var"), clock)
    ready(services, ALICE)
    clock.move_to(rows(services)[DAY].opens)
    lock_free, others = participants.lock_free, list[int]()

    def overtaken(connection: Connection, ids: list[str]) -> list[participants.Participant]:
        if not others:
            others.append(0)
            others.append(swept(services))
        return lock_free(connection, ids)

    monkeypatch.setattr(participants, "lock_free", overtaken)
    assert (swept(services), others[-1]) == (0, 1)
    assert (rows(services)[DAY].state, rows(services)[DAY].revision) == ("open", 2)
    services.close()


def test_what_is_due_is_found_by_an_index(alice: Handset, services: Services) -> None:
    query = "SELECT participant FROM expected_day WHERE next_moment <= 1 ORDER BY next_moment LIMIT 500"
    with services.engine.begin() as connection:
        if is_sqlite(connection):
            plan = [row[-1] for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))]
        else:
            connection.execute(text("SET enable_seqscan = off"))
            plan = [row[0] for row in connection.execute(text(f"EXPLAIN {query}"))]
    assert any("expected_day_due" in line for line in plan), plan


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what PostgreSQL plans goes by how much there is
def test_a_sweep_walks_through_no_other_days_of_whoever_is_due(alice: Handset, services: Services) -> None:
    """After a year a participant has hundreds, and one that is due."""
    asked, now = list[str](), rows(services)[DAY].opens
    with services.engine.begin() as connection:
        event.listen(services.engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
        assert sweep(connection, now) == 1
        assert sweep(connection, now) == 0
        reading_days = {text for text in asked if text.startswith("SELECT expected_day.participant")}
        plans = [
            row[-1]
            for query in reading_days
            for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {query}", (0,) * query.count("?"))
        ]
    assert reading_days
    assert all("expected_day_due" in line for line in plans), plans


def test_what_is_settled_leaves_the_index_of_what_is_due(alice: Handset, services: Services) -> None:
    name = "sqlite_where" if is_sqlite(services.engine) else "postgresql_where"
    found = {one["name"]: one["dialect_options"] for one in inspect(services.engine).get_indexes("expected_day")}
    assert "next_moment IS NOT NULL" in str(found["expected_day_due"][name])


def test_what_a_clock_that_was_ahead_has_ended_is_graded_anew(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    clock.move_to(rows(services)[DAY].opens + timedelta(hours=1))
    jobs.sweep_due(services, clock.now())
    clock.set_clock(timedelta(days=1))
    jobs.sweep_due(services, clock.now())
    clock.set_clock(timedelta())
    ahead = [rows(services)[DAY + timedelta(days=number)].state for number in (0, 1)]
    assert ahead == ["unknown", "open"]
    assert [jobs.sweep_due(services, clock.now()) for _ in range(2)] == [0, 2]
    right = [rows(services)[DAY + timedelta(days=number)] for number in (0, 1)]
    assert [row.state for row in right] == ["open", "not_yet_due"]
    assert [row.next_moment for row in right] == [right[0].late_until, right[1].opens]


def test_what_a_sync_alone_has_ended_by_a_clock_that_was_ahead_is_graded_anew(
    alice: Handset, services: Services, clock: SimulatedEnvironment, caplog: pytest.LogCaptureFixture
) -> None:
    clock.move_to(rows(services)[DAY].opens + timedelta(hours=1))
    jobs.sweep_due(services, clock.now())
    clock.set_clock(timedelta(days=1))
    alice.sync()
    clock.set_clock(timedelta())
    alice.sync()  # a contact by the right time hides none by the wrong one
    days_ahead = [DAY, DAY + timedelta(days=1)]
    assert [rows(services)[day].state for day in days_ahead] == ["missed", "open"]
    assert [jobs.sweep_due(services, clock.now()) for _ in range(2)] == [0, 2]
    assert [rows(services)[day].state for day in days_ahead] == ["open", "not_yet_due"]
    assert jobs.sweep_due(services, clock.now()) == 0
    assert caplog.text.count("clock_behind_last_sweep") == 2


def test_what_a_sync_has_ended_early_is_graded_anew_by_whichever_process_sweeps_next(
    alice: Handset, services: Services, settings: Settings, clock: SimulatedEnvironment
) -> None:
    clock.move_to(rows(services)[DAY].opens + timedelta(hours=1))
    jobs.sweep_due(services, clock.now())
    clock.set_clock(timedelta(days=1))
    alice.sync()
    services.close()
    clock.set_clock(timedelta())
    again = open_services(settings, clock)
    try:
        assert [jobs.sweep_due(again, clock.now()) for _ in range(3)] == [0, 2, 0]
        assert rows(again)[DAY].state == "open"
    finally:
        again.close()


def stopped(alice: Handset) -> None:
    said = StatusSet(status=Status.TREATMENT_STOPPED, effective=DAY, reason="participant_wish")
    record_fact(alice.services, ALICE, said)


def enrolled_again(alice: Handset) -> None:
    Handset(alice.services, "second").enrol(new_code(alice.services, ALICE))


def signs_of_life(alice: Handset) -> None:
    message = ContactRequest(protocol=1, device=alice.device, device_clock=alice.now(), pending=0, head=alice.head)
    alice.services.writer.run(
        ALICE, lambda connection: note_presence(connection, alice.services, ALICE, message, alice.now())
    )


@pytest.fixture
def ahead(alice: Handset, services: Services, clock: SimulatedEnvironment) -> None:
    """The clock was swept by on the first evening and is a day ahead now; once it is right the next one is open."""
    clock.move_to(rows(services)[DAY].opens + timedelta(hours=1))
    jobs.sweep_due(services, clock.now())
    clock.set_clock(timedelta(days=1))


def swept_by_the_right_time(services: Services, clock: SimulatedEnvironment) -> str:
    """The state of the second evening."""
    clock.set_clock(timedelta())
    assert rows(services)[DAY + timedelta(days=1)].state == "open"
    for _ in range(2):
        jobs.sweep_due(services, clock.now())
    return rows(services)[DAY + timedelta(days=1)].state


@pytest.mark.usefixtures("ahead")
@pytest.mark.parametrize("act", [stopped, enrolled_again, signs_of_life, came_aside])
def test_what_an_act_alone_has_ended_by_a_clock_that_was_ahead_is_graded_anew(
    act: Callable[[Handset], None], alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    act(alice)
    assert swept_by_the_right_time(services, clock) == "not_yet_due"


@pytest.mark.usefixtures("ahead")
@pytest.mark.parametrize("act", [stopped, enrolled_again, signs_of_life])
def test_so_it_is_by_whichever_process_sweeps_next(
    act: Callable[[Handset], None], alice: Handset, services: Services, settings: Settings, clock: SimulatedEnvironment
) -> None:
    act(alice)
    again = open_services(settings, clock)
    try:
        assert swept_by_the_right_time(again, clock) == "not_yet_due"
    finally:
        again.close()


def test_a_clock_that_is_behind_at_the_start_alone_takes_nothing_back(
    alice: Handset, services: Services, clock: SimulatedEnvironment, caplog: pytest.LogCaptureFixture
) -> None:
    clock.move_to(rows(services)[DAY].late_until)
    jobs.sweep_due(services, clock.now())
    graded = rows(services)
    for _ in range(2):  # two starts, each with a first sweep before the network has said the time
        clock.set_clock(timedelta(days=-1))
        assert jobs.sweep_due(services, clock.now()) == 0
        clock.set_clock(timedelta())
        assert jobs.sweep_due(services, clock.now()) == 0
        assert rows(services) == graded
    assert caplog.text.count("clock_behind_last_sweep") == 2


def test_a_sweep_that_takes_long_takes_nothing_back_from_another(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    began = clock.now()
    clock.move_to(rows(services)[DAY].opens)
    jobs.sweep_due(services, clock.now())
    assert jobs.sweep_due(services, began) == 0
    assert rows(services)[DAY].state == "open"


def test_what_somebody_holds_meanwhile_is_graded_anew_by_the_next_sweep(
    migrated_postgresql: str, clock: SimulatedEnvironment, tmp_path: Path
) -> None:
    services = open_services(Settings(database_url=migrated_postgresql, var_folder=tmp_path / "var"), clock)
    ready(services, ALICE)
    ready(services, BOB, "bob")
    clock.set_clock(timedelta(days=1))
    jobs.sweep_due(services, clock.now())
    clock.set_clock(timedelta())
    jobs.sweep_due(services, clock.now())
    with services.engine.begin() as ingest:
        participants.lock(ingest, ALICE)
        jobs.sweep_due(services, clock.now())
    assert (rows(services, ALICE)[DAY].state, rows(services, BOB)[DAY].state) == ("open", "not_yet_due")
    jobs.sweep_due(services, clock.now())
    assert rows(services, ALICE)[DAY].state == "not_yet_due"
    services.close()


# ---- the horizon --------------------------------------------------------------------------------------------


def test_the_horizon_moves_on_without_any_contact(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    clock.advance(days=20)
    assert jobs.extend_horizon(services, clock.now()) == 1
    assert max(rows(services)) == clock.now().date() + timedelta(days=15)
    assert jobs.extend_horizon(services, clock.now()) == 0
    jobs.sweep_due(services, clock.now())
    assert rows(services)[DAY].state == "unknown"


def test_the_horizon_moves_in_batches(services: Services, clock: SimulatedEnvironment) -> None:
    for participant in (ALICE, "01-002", BOB):
        add(services, participant)
    clock.advance(days=1)
    with services.engine.begin() as connection:
        assert extend(connection, services, clock.now(), limit=2) == 2
    assert jobs.extend_horizon(services, clock.now()) == 1


# ---- the clockwork ------------------------------------------------------------------------------------------


def test_a_sweep_leaves_word_of_itself(services: Services, clock: SimulatedEnvironment) -> None:
    jobs.sweep_due(services, clock.now())
    with reading(services.engine) as connection:
        assert state.value(connection, state.SWEPT_AT) == "2026-11-22T18:00:00.000Z"


def test_chain_heads_are_anchored_one_after_the_other(
    alice: Handset, services: Services, clock: SimulatedEnvironment
) -> None:
    assert jobs.anchor(services, clock.now()) == 2
    alice.record("app_event", what="opened")
    clock.advance(hours=1)
    alice.sync()
    jobs.anchor(services, clock.now())
    with reading(services.engine) as connection:
        second = chain_anchors.last(connection)
        heads = [head for head in chain_anchors.heads(connection) if head.kind == "participant"]
    assert second is not None
    device = Head("device", alice.device, 2, alice.head.hash)
    assert second.heads_sha256 == heads_sha256(second.previous, [device, *heads])


def test_tries_of_long_ago_are_forgotten(services: Services, clock: SimulatedEnvironment) -> None:
    from server.intake.enrol import count_try

    services.writer.run("", lambda connection: count_try(connection, services, "192.0.2.1", clock.now()))
    assert jobs.forget_tries(services, clock.now()) == 0
    clock.set_clock(timedelta(days=15))
    assert jobs.forget_tries(services, clock.now()) == 0  # one look may be at a wrong clock
    clock.set_clock(timedelta())
    clock.advance(days=14)
    assert jobs.forget_tries(services, clock.now()) == 0
    clock.advance(days=1)
    assert jobs.forget_tries(services, clock.now()) == 0
    clock.advance(days=1)
    assert jobs.forget_tries(services, clock.now()) == 2


def test_the_clockwork_runs_one_job_of_a_kind_at_a_time(services: Services) -> None:
    clockwork = jobs.scheduler(services)
    assert str(clockwork.timezone) == "UTC"
    clockwork.start(paused=True)
    found = clockwork.get_jobs()
    clockwork.shutdown()
    assert len(found) == 15
    assert {(job.coalesce, job.max_instances) for job in found} == {(True, 1)}


def test_no_moment_is_naive(alice: Handset, services: Services) -> None:
    row = rows(services)[DAY]
    moments = [value for value in row if isinstance(value, datetime)]
    assert len(moments) >= 3
    assert all(moment.tzinfo is not None for moment in moments)
