"""A process that helps with a large export: it grades some participants of the cut, then writes stretches of them.

It hears on a pipe of the facts of the cut, and says when it has graded; then of the finished cut and what to write,
each stretch into a folder of its own, and says how far it is. It ends when nobody holds the other end any more: a
killed export leaves no process behind.
"""

import errno
import os
import signal
import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection as Pipe
from pathlib import Path
from typing import Any

from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import Code, XerodiaryError
from server.db.engine import is_full, make_engine, reading
from server.export.opening import Task, opened
from server.export.participant import ExportedParticipant
from server.export.reading import CutReader
from server.export.regrading import Regrading, beside, regrade
from server.export.tally import count

#: Phones come before exports.
_GIVES_WAY = 5


@dataclass(frozen=True)
class Work:
    """Where the finished cut is, and what is written of every participant."""

    database_url: str
    task: Task


@dataclass(frozen=True)
class Stretch:
    """Some participants, each with the id of the site, that are written into `folder`, which does not exist yet."""

    number: int
    folder: Path
    whose: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Written:
    """A stretch is in its folder. `counts`: as the tally has them; `learned`: by part.

    `begins`: where in each file what belongs to participants begins, in bytes, by part and name.
    """

    number: int
    counts: "Counter[str]"
    learned: Mapping[str, Any]
    begins: Mapping[str, Mapping[str, int]]


@dataclass(frozen=True)
class Regraded:
    """Everybody of a `Regrading` is in its file."""


@dataclass(frozen=True)
class OneMore:
    """A participant was written."""


@dataclass(frozen=True)
class Failed:
    """A stretch cannot be written, or a participant not graded: the one of that place among everybody.

    `refusal`: what an error of ours is made of again; `error`: any other.
    """

    number: int
    refusal: tuple[Code, str, str, Mapping[str, object]] | None = None
    error: str = ""
    disk: tuple[int, str] | None = None


def help_out(pipe: Pipe) -> None:
    """Grade, where that is shared out; wait for `Work`, then write one stretch after the other, as they are told.

    For a process of its own.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever started it is told too, and ends it
    with suppress(OSError):  # a service may be forbidden to
        os.nice(_GIVES_WAY)
    with suppress(OSError):  # only Linux has it: where memory runs out, this one goes and not the server
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    with suppress(EOFError, OSError), pipe:
        work: Work | Regrading = pipe.recv()
        if isinstance(work, Regrading):
            pipe.send(_regraded(pipe, work))
            work = pipe.recv()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # not sooner: a server that ends does not wait for a cut
        assert isinstance(work, Work)
        with reading(make_engine(work.database_url)) as connection:
            reader = CutReader(connection, work.task.about.study, work.task.about.cut.at)
            while True:
                stretch: Stretch = pipe.recv()
                pipe.send(_tried(pipe, reader, work.task, stretch))


def _regraded(pipe: Pipe, task: Regrading) -> Regraded | Failed:
    place = 0
    try:
        with beside(task) as connection:
            for place, participant in task.whose:  # noqa: B007 - it says where this failed
                _require_somebody(pipe)
                regrade(connection, task, task.at, participant)
    except _NobodyListens:
        raise EOFError from None
    except Exception as error:  # noqa: BLE001 - it is raised again where somebody hears of it
        return failed(place, error)
    return Regraded()


def _tried(pipe: Pipe, reader: CutReader, task: Task, stretch: Stretch) -> Written | Failed:
    try:
        return _write(pipe, reader, task, stretch)
    except _NobodyListens:
        raise EOFError from None
    except Exception as error:  # noqa: BLE001 - it is raised again where somebody hears of it
        return failed(stretch.number, error)


def failed(number: int, error: Exception) -> Failed:
    """What whoever waits is told of an error."""
    match error:
        case XerodiaryError():
            return Failed(number, refusal=(error.code, error.pattern, error.remedy_pattern, dict(error.named)))
        case OSError():
            return Failed(number, disk=(error.errno or 0, error.strerror or str(error)))
        case DBAPIError() if is_full(error):
            return Failed(number, disk=(errno.ENOSPC, os.strerror(errno.ENOSPC)))
    return Failed(number, error="".join(traceback.format_exception(error)))


def _write(pipe: Pipe, reader: CutReader, task: Task, stretch: Stretch) -> Written:
    about, counts = task.about, Counter[str]()
    stretch.folder.mkdir()
    with opened(stretch.folder, about, task.formats) as parts:
        begins = {part: {name: file.tell() for name, file in one.files.items()} for part, one in parts.items()}

        def add(person: ExportedParticipant) -> None:
            for one in parts.values():
                one.add(person)
            counts.update(count(person, about.cut))
            _say(pipe)

        reader.hand(stretch.whose, add)
        learned = {part: one.learned() for part, one in parts.items()}
    return Written(stretch.number, counts, learned, begins)


class _NobodyListens(Exception):
    """Whoever started this process is gone."""


def _require_somebody(pipe: Pipe) -> None:
    if pipe.poll():  # nothing comes while this process grades, except the end
        raise _NobodyListens


def _say(pipe: Pipe) -> None:
    try:
        pipe.send(OneMore())
    except OSError:
        raise _NobodyListens from None
