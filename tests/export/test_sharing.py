"""Participants shared out to processes: the same bytes, the same errors, and nothing left whoever is ended."""

import errno
import multiprocessing
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import Code, CommandRefused, XerodiaryError
from server.db.engine import make_engine, reading
from server.db.export_rows import participants_in_order, records_by_participant
from server.export import regrading, replica, sharing
from server.export.bundle import make_bundle
from server.export.content import CutKind
from server.export.formats import Format
from server.export.helping import Failed, Regraded, Stretch, Work, failed, help_out
from server.export.opening import Task, opened
from server.export.regrading import Regrading, shared_out
from server.export.wanted import Made, Progress, Scope, Wanted
from server.full_disk import DiskFull
from server.services import Services, open_services
from server.settings import Settings
from server.simulate.environment import SimulatedEnvironment
from tests.conftest import migrated
from tests.export.odm.story import at, tell
from tests.export.parts import about_now

AT = at(12, 19)
EVERY = Wanted(CutKind.FINAL, AT, frozenset(Format), Scope.ARCHIVE)
#: Makes a bundle and dies of it, after it has said which processes help.
_DIES = """
import multiprocessing, os, signal, sys
from pathlib import Path
from server.export import sharing
from tests.export.test_sharing import bundle, server

def die(done, whole):
    if helpers := multiprocessing.active_children():
        print(*(one.pid for one in helpers), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

if __name__ == "__main__":
    sharing.FEW, sharing.STRETCH = 0, 1
    with server(Path(sys.argv[1])) as services:
        bundle(services, Path(sys.argv[2]), 2, die)
"""


@pytest.fixture(autouse=True)
def every_participant_is_a_stretch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "FEW", 0)
    monkeypatch.setattr(sharing, "STRETCH", 1)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the story was lived."""
    folder = tmp_path_factory.mktemp("story")
    migrated(f"sqlite:///{folder}/xerodiary.sqlite")
    with server(folder, SimulatedEnvironment(at(-1, 18))) as services:
        clock = services.environment
        assert isinstance(clock, SimulatedEnvironment)
        tell(services, clock)
    return folder


@pytest.fixture(scope="module")
def story(home: Path) -> Iterator[Services]:
    """The server on which it was lived."""
    with server(home) as services:
        yield services


class server:  # noqa: N801 - reads like a function where it is used
    """The services of that folder, later."""

    def __init__(self, home: Path, clock: SimulatedEnvironment | None = None) -> None:
        settings = Settings(database_url=f"sqlite:///{home}/xerodiary.sqlite", var_folder=home / "var")
        clock = clock or SimulatedEnvironment(AT + timedelta(days=1), seed=f"process {os.getpid()}")  # ids of its own
        self.services = open_services(settings, clock)

    def __enter__(self) -> Services:
        return self.services

    def __exit__(self, *_: object) -> None:
        self.services.close()


def bundle(
    services: Services, folder: Path, processes: int, progress: Progress | None = None, wanted: Wanted = EVERY
) -> Made:
    settings = services.settings.model_copy(update={"export_processes": processes})
    return make_bundle(replace(services, settings=settings), folder, wanted, author="somebody", progress=progress)


def content(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


def left(services: Services, folder: Path) -> list[Path]:
    """Whatever of a bundle lies about."""
    return [*folder.glob("*bundle*"), *folder.glob(".*"), *services.settings.var_folder.glob(".cut.*")]


def test_the_bytes_are_those_of_one_process(story: Services, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    helpers: set[int | None] = set()

    def progress(done: int, whole: int) -> None:
        told.append((done, whole))
        helpers.update(one.pid for one in multiprocessing.active_children())

    alone = bundle(story, tmp_path / "alone", 1)
    shared = bundle(story, tmp_path / "shared", 2, progress)
    assert content(shared.folder) == content(alone.folder)
    assert shared.manifest_sha256 == alone.manifest_sha256
    assert len(helpers) == 2
    assert told == sorted(told)
    assert told[-1] == (4, 4)
    assert multiprocessing.active_children() == []


def test_of_one_site_it_is_the_same(story: Services, tmp_path: Path) -> None:
    wanted = Wanted(CutKind.INTERIM, AT, sites=frozenset({"copenhagen"}))
    alone, shared = (bundle(story, tmp_path / str(number), number, wanted=wanted).folder for number in (1, 2))
    assert content(shared) == content(alone)


def test_processes_are_there_before_the_cut_and_gone_when_it_is_refused(story: Services, tmp_path: Path) -> None:
    helping = sharing.started(story.engine, frozenset({Format.CSV}), None, 2)
    with helping as helpers:
        assert len(helpers.pipes) == len(multiprocessing.active_children()) == 2
    assert multiprocessing.active_children() == []
    with pytest.raises(CommandRefused) as refused:
        bundle(story, tmp_path / "bundle", 2, wanted=Wanted(CutKind.FINAL, at(-400, 12)))
    assert refused.value.code is Code.CUT_BEFORE_STUDY
    assert multiprocessing.active_children() == []
    assert left(story, tmp_path) == []


def test_processes_that_help_grade_the_cut(story: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Here nobody can; it comes to the same, as the test of the bytes shows. What they made is copied, then gone."""
    monkeypatch.setattr(replica, "regrade", _never)
    there: set[str] = set()

    def look(*_: object) -> None:
        there.update(one.name for one in story.settings.var_folder.glob(".cut.*/*.sqlite"))

    assert bundle(story, tmp_path / "shared", 2, look).counts["participants"] == 4
    assert there == {"cut.sqlite"}
    with pytest.raises(AssertionError):
        bundle(story, tmp_path / "alone", 1)


def _never(*_: object) -> None:
    raise AssertionError


def test_what_cannot_be_graded_is_refused_in_the_same_words(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home, tmp_path / "altered")
    _alter(tmp_path / "altered" / "xerodiary.sqlite")
    with server(tmp_path / "altered") as services:
        said = set()
        for processes in (1, 2):
            with pytest.raises(XerodiaryError) as refused:
                bundle(services, tmp_path / str(processes), processes)
            said.add((refused.value.code, str(refused.value)))
        assert len(said) == 1
        assert left(services, tmp_path) == []
    assert multiprocessing.active_children() == []


def _alter(file: Path) -> None:
    """Every entry; guards stand in the way only of whoever leaves them there."""
    with closing(sqlite3.connect(file)) as database, database:
        guards = database.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, _ in guards:
            database.execute(f"DROP TRIGGER {name}")
        database.execute("UPDATE record SET text = '{\"' || participant || '\": null}' WHERE kind = 'entry'")
        for _, made in guards:
            database.execute(made)


def test_of_two_who_cannot_be_graded_the_first_is_told_of() -> None:
    helpers, ends = sharing.Helpers(), [multiprocessing.Pipe(), multiprocessing.Pipe()]
    helpers.pipes = [mine for mine, _ in ends]
    for (_, theirs), place in zip(ends, (2, 1), strict=True):
        theirs.send(Failed(place, error=f"at {place}"))
    nothing: Any = None
    with pytest.raises(RuntimeError, match="at 1"):
        helpers.regrade([nothing, nothing])


def test_who_is_ended_while_grading_leaves_nothing(
    story: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*said: Any) -> list[Regrading]:
        for one in multiprocessing.active_children():
            one.kill()
        return shared_out(*said)

    monkeypatch.setattr(replica, "shared_out", end)
    with pytest.raises(CommandRefused) as ended:
        bundle(story, tmp_path / "bundle", 2)
    assert ended.value.code is Code.SERVER_FAULT
    assert left(story, tmp_path) == []


def test_one_that_is_ended_while_grading_ends_the_others_before_anything_is_removed() -> None:
    helpers, nothing = sharing.Helpers(), list[Any]([None, None])
    helpers.start(2)
    try:
        first = min(multiprocessing.active_children(), key=lambda one: one.name)
        first.kill()
        first.join()
        with pytest.raises(CommandRefused):
            helpers.regrade(nothing)
        assert multiprocessing.active_children() == []
    finally:
        helpers.end()


def test_no_more_processes_grade_than_sqlite_takes_files_from(story: Services, tmp_path: Path) -> None:
    everybody = [str(number) for number in range(100)]
    tasks = shared_out(tmp_path / "cut.sqlite", story, AT, everybody, 64)
    with closing(sqlite3.connect(":memory:")) as database:
        assert len(tasks) <= database.getlimit(sqlite3.SQLITE_LIMIT_ATTACHED)
    assert sorted(one for task in tasks for one in task.whose) == list(enumerate(everybody))
    helpers, ends = sharing.Helpers(), [multiprocessing.Pipe() for _ in range(64)]
    helpers.pipes = [mine for mine, _ in ends]
    for _, theirs in ends[: len(tasks)]:
        theirs.send(Regraded())
    helpers.regrade(tasks)
    assert not any(theirs.poll() for _, theirs in ends[len(tasks) :])


def test_a_folder_may_have_any_name(story: Services, tmp_path: Path) -> None:
    folder = tmp_path / "it's #1? 50%20"
    settings = story.settings.model_copy(update={"var_folder": folder})
    assert bundle(replace(story, settings=settings), tmp_path / "bundle", 2).counts["participants"] == 4
    assert [one.name for one in tmp_path.iterdir() if one not in (folder, tmp_path / "bundle")] == []


def test_an_export_of_one_site_is_helped_with_grading_all(
    story: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with reading(story.engine) as connection:
        whose, records = participants_in_order(connection, ["copenhagen"]), records_by_participant(connection)
    graded, written = sum(records.values()), sum(records[who] for who, _ in whose)
    assert 0 < written < graded
    monkeypatch.setattr(sharing, "FEW", graded + written)
    with sharing.started(story.engine, frozenset({Format.CSV}), ["copenhagen"], 2) as helpers:
        assert len(helpers) == 2


@contextmanager
def grading_without_end(story: Services, folder: Path) -> Iterator["_Helper"]:
    """A process that has begun to grade one participant a million times."""
    with replica.replica(story, AT) as known, closing(_Helper()) as helper:
        file = Path(str(known.connection.engine.url.database))
        (person, _), *_ = participants_in_order(known.connection)
        without_end = list(enumerate([person] * 1_000_000))
        helper.tell(Regrading(file, folder / "graded", story.study, story.versions, AT, without_end))
        while not (folder / "graded").exists():
            time.sleep(0.02)
        yield helper


def test_nobody_grades_for_an_export_that_is_gone(story: Services, tmp_path: Path) -> None:
    with grading_without_end(story, tmp_path) as helper:
        helper.pipe.close()
        helper.process.join(60)
        assert helper.process.exitcode == 0


def test_a_server_that_ends_does_not_wait_for_what_is_graded(story: Services, tmp_path: Path) -> None:
    """It ends its processes by a signal and waits for them, while its own thread still holds the pipe."""
    with grading_without_end(story, tmp_path) as helper:
        helper.process.terminate()
        helper.process.join(10)
        assert helper.process.exitcode == -signal.SIGTERM


class _Helper:
    """One process that helps."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=help_out, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()

    def tell(self, what: object) -> None:
        self.pipe.send(what)

    def close(self) -> None:
        self.pipe.close()
        self.process.kill()
        self.process.join()


def test_a_disk_without_room_for_what_is_graded_is_said_as_one(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path}/small.sqlite")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1")
        with pytest.raises(DBAPIError) as full:
            connection.exec_driver_sql("CREATE TABLE anything (it TEXT)")
    engine.dispose()
    error = sharing.raised(failed(0, full.value))
    assert isinstance(error, OSError)
    assert error.errno == errno.ENOSPC


def test_a_cut_without_room_is_told_in_the_same_words(
    story: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said, usual = [], regrading._PRAGMAS  # noqa: SLF001 - as a disk that is full at that moment
    monkeypatch.setattr(regrading, "_PRAGMAS", (*usual, "PRAGMA max_page_count = 40"))
    with pytest.raises(DiskFull) as full:
        bundle(story, tmp_path / "alone", 1)
    said.append(full.value.message)
    monkeypatch.setattr(regrading, "_PRAGMAS", usual)
    elsewhere = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    monkeypatch.setattr(sharing.Helpers, "regrade", _raising(elsewhere))
    with pytest.raises(DiskFull) as full:
        bundle(story, tmp_path / "shared", 2)
    said.append(full.value.message)
    assert said == [f"The disk has no room left for {story.settings.var_folder}."] * 2
    assert left(story, tmp_path) == []


def _raising(error: Exception) -> Any:
    def regrade(*_: object) -> None:
        raise error

    return regrade


def test_few_records_are_written_here(story: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    helpers: list[object] = []
    bundle(story, tmp_path / "bundle", 2, lambda *_: helpers.extend(multiprocessing.active_children()))
    assert helpers == []


def test_what_a_part_refuses_is_refused_in_the_same_words(story: Services, tmp_path: Path) -> None:
    """Of several, that of the participant who comes first."""
    study = story.study.model_copy(update={"day_zero": date(2030, 1, 1)})
    refusals = []
    with reading(story.engine) as connection:
        about = replace(about_now(story, [], CutKind.FINAL), study=study, versions=())
        for processes in (1, 2):
            folder = tmp_path / str(processes)
            folder.mkdir()
            formats = frozenset({Format.SDTM})
            helping = sharing.started(story.engine, formats, None, processes)
            with helping as helpers, opened(folder, about, formats) as parts:
                assert len(helpers.pipes) == (0 if processes == 1 else processes)
                with pytest.raises(CommandRefused) as refused:
                    sharing.write_everybody(parts, folder, connection, Task(about, formats), helpers, None)
            refusals.append((refused.value.code, str(refused.value)))
    assert refusals[0] == refusals[1]
    assert refusals[0][0] is Code.NOT_EXPORTABLE
    assert multiprocessing.active_children() == []


def test_a_disk_that_fails_elsewhere_is_said_as_if_it_failed_here(story: Services, tmp_path: Path) -> None:
    def lose(done: int, whole: int) -> None:
        for folder in tmp_path.glob(".bundle.*/.stretches"):
            shutil.rmtree(folder, ignore_errors=True)

    with pytest.raises(CommandRefused) as refused:
        bundle(story, tmp_path / "bundle", 2, lose)
    assert refused.value.code is Code.FOLDER_NOT_WRITABLE
    assert left(story, tmp_path) == []


def test_a_fault_elsewhere_comes_with_where_it_was(story: Services, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    task = Task(about_now(story, [], CutKind.FINAL), frozenset({Format.CSV}))
    helper = context.Process(target=help_out, args=(theirs,), daemon=True)
    helper.start()
    theirs.close()
    mine.send(Work(str(story.engine.url), task))
    without_a_site: Any = [("nobody",)]
    mine.send(Stretch(0, tmp_path / "stretch", without_a_site))
    said = mine.recv()
    mine.close()
    helper.join()
    assert isinstance(said, Failed)
    with pytest.raises(RuntimeError, match="in each"):
        raise sharing.raised(said)


def test_a_process_that_waits_for_a_cut_ends_with_the_server() -> None:
    helpers = sharing.Helpers()
    helpers.start(1)
    (waiting,) = (one for one in multiprocessing.active_children() if one.name.startswith("export-"))
    try:
        assert waiting.pid is not None
        while not _ignores(waiting.pid, signal.SIGINT):
            time.sleep(0.02)
        waiting.terminate()
        waiting.join(20)
        assert waiting.exitcode == -signal.SIGTERM
    finally:
        helpers.end()


def _ignores(process: int, number: signal.Signals) -> bool:
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    (ignored,) = (line.split()[1] for line in status.splitlines() if line.startswith("SigIgn"))
    return bool(int(ignored, 16) >> (number - 1) & 1)


def test_a_signal_for_the_whole_service_ends_no_process_that_helps(story: Services, tmp_path: Path) -> None:
    """Whoever started them hears of it as well, and tells why it stops."""
    told: list[int | None] = []

    def end(done: int, whole: int) -> None:
        if done and not told:
            for one in multiprocessing.active_children():
                told.append(one.pid)
                assert one.pid is not None
                while not _ignores(one.pid, signal.SIGTERM):  # it has started, and knows of its work
                    time.sleep(0.02)
                one.terminate()

    bundle(story, tmp_path / "bundle", 2, end)
    assert len(told) == 2


@pytest.mark.parametrize("how", ["a process is killed", "the export is stopped"])
def test_whoever_is_ended_leaves_nothing(story: Services, tmp_path: Path, how: str) -> None:
    def end(done: int, whole: int) -> None:
        helpers = multiprocessing.active_children()
        if helpers and how == "the export is stopped":
            raise KeyboardInterrupt
        for one in helpers:
            one.kill()

    with pytest.raises((CommandRefused, KeyboardInterrupt)) as ended:
        bundle(story, tmp_path / "bundle", 2, end)
    if isinstance(ended.value, CommandRefused):
        assert ended.value.code is Code.SERVER_FAULT
    assert multiprocessing.active_children() == []
    assert left(story, tmp_path) == []


def test_nobody_helps_an_export_that_was_killed(home: Path, story: Services, tmp_path: Path) -> None:
    script = tmp_path / "dies.py"
    script.write_text(_DIES)
    died = subprocess.run(
        [sys.executable, str(script), str(home), str(tmp_path / "bundle")],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(Path.cwd())},
    )  # fmt: skip
    assert died.returncode == -signal.SIGKILL, died.stderr
    helpers = [int(pid) for pid in died.stdout.split()]
    assert len(helpers) == 2
    until = time.monotonic() + 60
    while any(map(is_running, helpers)):
        assert time.monotonic() < until
        time.sleep(0.05)
    assert list(tmp_path.glob(".bundle.*"))
    made = bundle(story, tmp_path / "bundle", 1)
    assert not list(tmp_path.glob(".bundle.*"))
    assert not list(story.settings.var_folder.glob(".cut.*"))
    assert made.counts["participants"] == 4


def is_running(pid: int) -> bool:
    """Not so when it has ended and nobody has asked how."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
