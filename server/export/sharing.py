"""Everybody's lines in every format: written here when there are few, else shared out to processes by participants.

The cut is a database of its own, so that several may read it. Processes take seconds to start, so they are started
before the cut is taken, and wait until they are told of it. Each stretch of participants is written elsewhere and
then added to the files, in order: the bytes are those that one process writes. What was counted and learned on the way
is added up likewise. A stretch is gone from the disk once it is added.
"""

import itertools
import multiprocessing
import os
import shutil
from collections import Counter, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection as Pipe
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine

from diary_app.core.errors import Code, CommandRefused
from server.db.engine import reading
from server.db.export_rows import participants_in_order, records_by_participant
from server.export.content import Part
from server.export.formats import Format
from server.export.helping import Failed, OneMore, Stretch, Work, Written, help_out
from server.export.opening import Task, folder_of
from server.export.participant import ExportedParticipant
from server.export.reading import CutReader
from server.export.regrading import Regrading
from server.export.tally import count
from server.export.wanted import Progress

Parts = Mapping[str, Part]
#: Below so many records, counted once for each format and once to be graded, starting processes takes longer than they
#: save: each is at it for a second and a half, some of it while the cut is copied.
FEW = 60_000
#: So many records are a stretch, as soon as there are whole participants with them.
STRETCH = 2000
_MOST = 4
#: Told ahead, so that no process waits while something is added to the files.
_AHEAD = 2
_FOLDER = ".stretches"
_LOOK_UP_SECONDS = 0.5
_BLOCK = 1 << 20


def usual_number() -> int:
    """How many processes there are for an export: one for each core that this one may use, and not too many."""
    may_use = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(_MOST, may_use)


class Helpers:
    """Processes that wait to be told of a cut; there may be none."""

    def __init__(self) -> None:
        self.pipes: list[Pipe] = []
        self._processes: list[BaseProcess] = []

    def __len__(self) -> int:
        """How many there are."""
        return len(self.pipes)

    def start(self, number: int) -> None:
        """So many more."""
        context = multiprocessing.get_context("spawn")  # a server has threads, and a fork of those may hang
        for place in range(number):
            mine, theirs = context.Pipe()
            process = context.Process(target=help_out, args=(theirs,), name=f"export-{place}", daemon=True)
            process.start()
            theirs.close()  # else nobody notices that the process has ended
            self._processes.append(process)
            self.pipes.append(mine)

    def regrade(self, tasks: Sequence[Regrading]) -> None:
        """Each does one of them. Raises what was raised there, that of the participant who comes first."""
        told = self.pipes[: len(tasks)]
        try:
            for pipe, task in zip(told, tasks, strict=True):
                _send(pipe, task)
            failed = [said for said in map(_answer, told) if isinstance(said, Failed)]
        except BaseException:
            self.end()  # nobody writes where something is about to be removed
            raise
        if failed:
            raise raised(min(failed, key=lambda one: one.number))

    def end(self) -> None:
        """Wherever they are."""
        for pipe in self.pipes:
            pipe.close()
        for one in self._processes:
            one.kill()  # it has nothing to tidy up, and lets no other signal disturb it
        for one in self._processes:
            one.join()
        self.pipes, self._processes = [], []


@contextmanager
def started(
    engine: Engine, formats: Collection[Format], sites: Collection[str] | None, processes: int
) -> Iterator[Helpers]:
    """Processes that help with an export of what is in this database; none where there are too few records.

    A cut of it is what they are told of. They have ended when the block ends, whatever has happened.
    """
    helpers = Helpers()
    try:
        if processes > 1 and not multiprocessing.current_process().daemon:  # that one may have no children
            people, graded, written = _size(engine, sites)  # a cut is graded for every site
            if graded + len(formats) * written >= FEW:
                helpers.start(min(processes, people))
        yield helpers
    finally:
        helpers.end()


def _size(engine: Engine, sites: Collection[str] | None) -> tuple[int, int, int]:
    """How many participants have records, how many records there are, and how many of these sites."""
    with reading(engine) as connection:
        whose, records = participants_in_order(connection, sites), records_by_participant(connection)
    return len(records), sum(records.values()), sum(records.get(who, 0) for who, _ in whose)


def write_everybody(
    parts: Parts, folder: Path, connection: Connection, task: Task, helpers: Helpers, progress: Progress | None
) -> "Counter[str]":
    """Add every participant to the parts, which are open in `folder`; the tally of what there was.

    `connection` reads the cut; `helpers` are of `started`; `progress` hears of the beginning, of participants, and of
    the end. Raises what the parts raise, whoever wrote them; `CommandRefused` (server_fault) when a process that helps
    was ended.
    """
    about, told = task.about, progress or _nobody_told
    whose = participants_in_order(connection, about.sites)
    told(0, len(whose))
    if not helpers.pipes:
        return _alone(parts, connection, task, len(whose), told)
    room = folder / _FOLDER
    room.mkdir()
    stretches = deque(_stretches(whose, records_by_participant(connection), room))
    try:
        work = Work(str(connection.engine.url), task)
        counts = _Shared(parts, folder, helpers.pipes, stretches, len(whose), told).joined(work)
    finally:
        helpers.end()  # nobody reads or writes where something is about to be removed
    room.rmdir()
    told(len(whose), len(whose))
    return counts


def _alone(parts: Parts, connection: Connection, task: Task, people: int, told: Progress) -> "Counter[str]":
    about, counts, done = task.about, Counter[str](), itertools.count(1)

    def add(person: ExportedParticipant) -> None:
        for part in parts.values():
            part.add(person)
        counts.update(count(person, about.cut))
        told(next(done), people)

    CutReader(connection, about.study, about.cut.at).hand(participants_in_order(connection, about.sites), add)
    return counts


def _stretches(whose: Sequence[tuple[str, str]], records: Mapping[str, int], room: Path) -> Iterator[Stretch]:
    """Participants in their order, some at a time, by how much there is of them."""
    number, some, size = 0, list[tuple[str, str]](), 0
    for one in whose:
        some.append(one)
        size += 1 + records.get(one[0], 0)
        if size >= STRETCH:
            yield Stretch(number, room / str(number), some)
            number, some, size = number + 1, [], 0
    if some:
        yield Stretch(number, room / str(number), some)


@dataclass
class _Shared:
    """Stretches that others write, and that are added here in order. `waiting`: nobody was told of them yet."""

    parts: Parts
    folder: Path
    helpers: Sequence[Pipe]
    waiting: deque[Stretch]
    people: int
    told: Progress
    counts: "Counter[str]" = field(default_factory=Counter)
    _ready: dict[int, Written | Failed] = field(default_factory=dict)
    _done: int = 0

    def joined(self, work: Work) -> "Counter[str]":
        """Everything is written; the sums of all."""
        stretches = {one.number: one for one in self.waiting}
        for helper in self.helpers:
            _send(helper, work)
        for _ in range(_AHEAD):
            for helper in self.helpers:
                self._tell(helper)
        for number, stretch in stretches.items():
            while number not in self._ready:
                self._listen()
            self._add(stretch, self._ready.pop(number))
        return self.counts

    def _tell(self, helper: Pipe) -> None:
        if self.waiting:
            _send(helper, self.waiting.popleft())

    def _listen(self) -> None:
        for helper in wait(self.helpers, _LOOK_UP_SECONDS):
            assert isinstance(helper, Pipe)
            said = _answer(helper)
            if isinstance(said, OneMore):
                self._done += 1
            else:
                self._ready[said.number] = said
                self._tell(helper)
        self.told(self._done, self.people)

    def _add(self, stretch: Stretch, said: Written | Failed) -> None:
        if isinstance(said, Failed):
            raise raised(said)
        for name, part in self.parts.items():
            for file, begins in said.begins[name].items():
                out = part.files[file]
                out.flush()
                with (folder_of(stretch.folder, name) / file).open("rb") as source:
                    source.seek(begins)
                    shutil.copyfileobj(source, out.buffer, _BLOCK)
            part.take(said.learned[name])
        self.counts.update(said.counts)
        shutil.rmtree(stretch.folder)


def _nobody_told(done: int, whole: int) -> None:
    """Where nobody wants to know."""


def _send(helper: Pipe, what: Regrading | Work | Stretch) -> None:
    try:
        helper.send(what)
    except OSError:
        raise _ended() from None


def _answer(helper: Pipe) -> Any:
    try:
        return helper.recv()
    except (EOFError, OSError):
        raise _ended() from None


def _ended() -> CommandRefused:
    return CommandRefused(
        Code.SERVER_FAULT,
        "A process that graded or wrote some of the participants was ended before it was done.",
        "No bundle was made. See whether memory was short; with XERODIARY_EXPORT_PROCESSES=1 least of it is needed.",
    )


def raised(said: Failed) -> Exception:
    """The error as it was raised elsewhere."""
    if said.refusal is not None:
        code, pattern, remedy, named = said.refusal
        return CommandRefused(code, pattern, remedy, **named)
    if said.disk is not None:
        return OSError(*said.disk)
    return RuntimeError(said.error)
