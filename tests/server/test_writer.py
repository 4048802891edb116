"""Works are committed together, fail alone, and are answered only after the commit."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future

import pytest
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import IntegrityError, OperationalError

from diary_app.core.errors import Code, RequestRefused
from server.db import state
from server.db.engine import is_sqlite, reading
from server.db.writer import MAX_BATCH, InlineWriter, ThreadedWriter, Together, Writer
from tests.server.gate import PATIENCE, Gate


@pytest.fixture
def threaded(engine: Engine) -> Iterator[ThreadedWriter]:
    writer = ThreadedWriter(engine)
    yield writer
    writer.close()


@pytest.fixture(params=[InlineWriter, ThreadedWriter])
def writer(request: pytest.FixtureRequest, engine: Engine) -> Iterator[Writer]:
    """Both forms keep the same promises."""
    writer: Writer = request.param(engine)
    yield writer
    writer.close()


@pytest.fixture
def commits(engine: Engine) -> list[str]:
    """A mark for every commit."""
    seen: list[str] = []
    event.listen(engine, "commit", lambda _: seen.append("commit"))
    return seen


def note(name: str, value: str = "there") -> Callable[[Connection], str]:
    def work(connection: Connection) -> str:
        state.set_value(connection, name, value)
        return name

    return work


def guilty(connection: Connection) -> None:
    state.set_value(connection, "guilty", "never seen")
    connection.exec_driver_sql("INSERT INTO server_state (name, value) VALUES ('guilty', 'again')")


def stored(engine: Engine, name: str) -> str | None:
    with reading(engine) as connection:
        return state.value(connection, name)


def held_up(writer: ThreadedWriter, works: list[tuple[str, Callable[[Connection], object]]]) -> list[Future[object]]:
    """Let these gather into one batch behind a closed gate, then open it."""
    gate = Gate()
    writer.submit("", gate)
    assert gate.entered.wait(PATIENCE)
    futures = [writer.submit(participant, work) for participant, work in works]
    gate.opened.set()
    return futures


def test_a_work_is_committed_before_it_is_answered(writer: Writer, engine: Engine) -> None:
    assert writer.run("01-001", note("answer")) == "answer"
    assert stored(engine, "answer") == "there"


def test_a_failed_work_leaves_nothing_behind(writer: Writer, engine: Engine) -> None:
    with pytest.raises(IntegrityError):
        writer.run("01-001", guilty)
    assert stored(engine, "guilty") is None


def test_a_refusal_reaches_whoever_asked(writer: Writer) -> None:
    def refuse(connection: Connection) -> None:
        raise RequestRefused(Code.DEVICE_UNKNOWN, "Unknown.", "Enrol.")

    with pytest.raises(RequestRefused, match="Unknown"):
        writer.run("01-001", refuse)


def test_a_closed_writer_takes_nothing_more(writer: Writer) -> None:
    writer.close()
    assert not writer.alive
    with pytest.raises(RequestRefused) as refusal:
        writer.submit("01-001", note("late"))
    assert refusal.value.code is Code.SERVER_BUSY
    assert refusal.value.retry_after


def test_what_gathers_is_one_transaction(threaded: ThreadedWriter, commits: list[str]) -> None:
    futures = held_up(threaded, [(f"01-{number:03}", note(f"n{number}")) for number in range(20)])
    assert [future.result(PATIENCE) for future in futures] == [f"n{number}" for number in range(20)]
    assert len(commits) == 2


def test_a_batch_has_a_limit(threaded: ThreadedWriter, commits: list[str]) -> None:
    futures = held_up(threaded, [("01-001", note("n")) for _ in range(MAX_BATCH + 1)])
    assert all(future.result(PATIENCE) for future in futures)
    assert len(commits) == 3


def test_works_run_in_order_of_participant_and_arrival(threaded: ThreadedWriter) -> None:
    ran: list[str] = []

    def marking(mark: str) -> Callable[[Connection], None]:
        return lambda _: ran.append(mark)

    works = [("02-001", "d"), ("01-001", "a"), ("01-002", "c"), ("01-001", "b")]
    futures = held_up(threaded, [(who, marking(mark)) for who, mark in works])
    assert [future.result(PATIENCE) for future in futures] == [None] * 4
    assert ran == ["a", "b", "c", "d"]


def test_works_of_a_kind_are_done_together(threaded: ThreadedWriter) -> None:
    """Nobody is twice in one go, and a participant's works stay in their order."""
    done: list[str] = []

    def greet(_: Connection, asked: Sequence[str]) -> list[str]:
        done.append(" ".join(asked))
        return [f"hello {name}" for name in asked]

    works: list[tuple[str, Callable[[Connection], object]]] = [
        ("01-002", Together(greet, "b1")),
        ("01-001", Together(greet, "a1")),
        ("01-001", lambda _: done.append("alone")),
        ("01-001", Together(greet, "a2")),
        ("01-003", Together(greet, "c1")),
        ("01-002", Together(greet, "b2")),
    ]
    futures = held_up(threaded, works)
    assert [future.result(PATIENCE) for future in futures] == [
        "hello b1", "hello a1", None, "hello a2", "hello c1", "hello b2",
    ]  # fmt: skip
    assert done == ["a1 b1 c1", "alone", "a2 b2"]


def test_one_that_fails_among_many_fails_alone(threaded: ThreadedWriter, engine: Engine) -> None:
    def keep(connection: Connection, asked: Sequence[str]) -> list[str]:
        for name in asked:
            (guilty if name == "n2" else note(name))(connection)
        return list(asked)

    futures = held_up(threaded, [(f"01-{n:03}", Together(keep, f"n{n}")) for n in range(5)])
    assert [number for number, future in enumerate(futures) if future.exception(PATIENCE)] == [2]
    assert [stored(engine, f"n{n}") is not None for n in range(5)] == [True, True, False, True, True]


@pytest.mark.parametrize("place", [0, 3, 8])
def test_only_the_guilty_work_fails(threaded: ThreadedWriter, engine: Engine, place: int) -> None:
    works: list[tuple[str, Callable[[Connection], object]]] = [(f"01-{n:03}", note(f"n{n}")) for n in range(9)]
    works[place] = (works[place][0], guilty)
    futures = held_up(threaded, works)
    failed = [number for number, future in enumerate(futures) if future.exception(PATIENCE)]
    assert failed == [place]
    assert [stored(engine, f"n{n}") is not None for n in range(9)] == [n != place for n in range(9)]


def test_a_full_queue_asks_to_come_back(engine: Engine) -> None:
    writer, gate = ThreadedWriter(engine, max_waiting=1), Gate()
    writer.submit("", gate)
    assert gate.entered.wait(PATIENCE)
    waiting = writer.submit("01-001", note("waiting"))
    with pytest.raises(RequestRefused) as refusal:
        writer.submit("01-002", note("too many"))
    gate.opened.set()
    assert (refusal.value.code, refusal.value.retry_after) == (Code.SERVER_BUSY, 2)
    assert waiting.result(PATIENCE) == "waiting"
    writer.close()


def test_closing_stores_what_waits(engine: Engine) -> None:
    writer = ThreadedWriter(engine)
    futures = held_up(writer, [("01-001", note(f"n{number}")) for number in range(50)])
    writer.close()
    assert all(future.done() for future in futures)
    assert stored(engine, "n49") == "there"


def test_a_cancelled_work_is_not_run(threaded: ThreadedWriter, engine: Engine) -> None:
    gate = Gate()
    threaded.submit("", gate)
    assert gate.entered.wait(PATIENCE)
    cancelled, kept = threaded.submit("01-001", note("cancelled")), threaded.submit("01-001", note("kept"))
    assert cancelled.cancel()
    gate.opened.set()
    assert kept.result(PATIENCE) == "kept"
    assert stored(engine, "cancelled") is None


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_full_disk_is_answered_with_come_back(writer: Writer, engine: Engine) -> None:
    pages = 0

    def fill(connection: Connection) -> None:
        nonlocal pages
        pages = pages or int(connection.exec_driver_sql("PRAGMA page_count").scalar_one())
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        state.set_value(connection, "large", "x" * 1_000_000)

    with pytest.raises(RequestRefused) as refusal:
        writer.run("01-001", fill)
    assert refusal.value.code is Code.DATABASE_UNAVAILABLE
    assert refusal.value.retry_after
    assert stored(engine, "large") is None


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_lost_connection_is_answered_with_come_back_and_mends(writer: Writer, engine: Engine) -> None:
    with pytest.raises(RequestRefused) as refusal:
        writer.run(
            "01-001", lambda connection: connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        )
    assert refusal.value.code is Code.DATABASE_UNAVAILABLE
    assert writer.run("01-001", note("after")) == "after"


def test_trouble_of_the_house_is_not_pinned_on_a_work(threaded: ThreadedWriter, engine: Engine) -> None:
    def trouble(connection: Connection) -> None:
        if is_sqlite(connection):
            full = sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise OperationalError("INSERT", {}, full)
        connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")

    futures = held_up(threaded, [("01-001", note("innocent")), ("01-002", trouble)])
    codes = [future.exception(PATIENCE) for future in futures]
    assert [error.code for error in codes if isinstance(error, RequestRefused)] == [Code.DATABASE_UNAVAILABLE] * 2
    assert stored(engine, "innocent") is None


def test_without_a_free_connection_everything_that_waits_comes_back(engine: Engine) -> None:
    crowded = create_engine(engine.url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    with crowded.connect():
        crowded_out = InlineWriter(crowded)
        with pytest.raises(RequestRefused) as refusal:
            crowded_out.run("01-001", note("later"))
    crowded.dispose()
    assert (refusal.value.code, bool(refusal.value.retry_after)) == (Code.SERVER_BUSY, True)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_deadlock_is_settled_by_going_one_by_one(threaded: ThreadedWriter, engine: Engine) -> None:
    turns = iter(["40P01"])

    def unlucky(connection: Connection) -> str:
        for state_code in turns:
            connection.exec_driver_sql(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{state_code}'; END $$")
        return "unlucky"

    futures = held_up(threaded, [("01-001", note("innocent")), ("01-002", unlucky)])
    assert [future.result(PATIENCE) for future in futures] == ["innocent", "unlucky"]
