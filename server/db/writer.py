"""The one writer of a process: what waits is committed together, and an answer is given only after the commit.

A batch is one transaction. Works of one kind that wait together are done together (`Together`), as a statement costs
about as much for thirty participants as for one. When a work in it fails, the batch is rolled back and halved until
only the guilty work fails, so a work may run more than once: it keeps nothing outside its connection, and returns a
refusal rather than raising it where it can. A batch locks everybody it is about first, in ascending order, so two
processes cannot wait for each other.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree

from diary_app.core.errors import Code, RequestRefused
from server.db import participants
from server.db.engine import RETRY_SECONDS, is_rolled_back, is_sqlite, is_trouble, unavailable
from server.db.waiting_room import Closed, Full, WaitingRoom

T = TypeVar("T")
Asked = TypeVar("Asked")
Work = Callable[[Connection], T]

#: Sorts behind every participant: in a shared transaction a job runs when nothing will wait for a lock any more.
LAST = "~"
MAX_BATCH = 256
MAX_WAITING = 2048
#: How long the thread waits for more works, while fewer are there than the last time.
GATHER_SECONDS = 0.002
#: It waits for no more works than these: the first of them has waited longest.
GATHERED = 32
BUSY_RETRY_SECONDS = 2


@dataclass(frozen=True)
class Together(Generic[Asked, T]):
    """A work that can be done for many participants at once: `do` gets what each asks for, no participant twice."""

    do: Callable[[Connection, Sequence[Asked]], Sequence[T]]
    asked: Asked

    def __call__(self, connection: Connection) -> T:
        """Do it for one alone."""
        (result,) = self.do(connection, [self.asked])
        return result


@dataclass
class Tally:
    """How many transactions were committed, and how many works in them."""

    batches: int = 0
    works: int = 0

    def add(self, works: int) -> None:
        """One more was committed."""
        self.batches += 1
        self.works += works


class Writer(Protocol):
    """Runs works, each in a committed transaction."""

    @property
    def tally(self) -> Tally:
        """What was committed so far."""
        ...

    @property
    def waiting(self) -> int:
        """How many works wait."""
        ...

    @property
    def alive(self) -> bool:
        """Whether works are still taken."""
        ...

    def submit(self, participant: str, work: Work[T]) -> Future[T]:
        """Queue a work. Raises `RequestRefused` (server_busy) when too much waits already."""
        ...

    def run(self, participant: str, work: Work[T]) -> T:
        """Queue a work and wait until it is committed; raises what the work raised."""
        ...

    def close(self) -> None:
        """Finish what waits and take nothing more."""
        ...


@dataclass(frozen=True, eq=False)
class _Job:
    participant: str
    work: Work[Any]
    future: Future[Any]


class InlineWriter:
    """The same without a thread: a work is committed before `submit` returns."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.alive = True
        self.tally = Tally()
        self.waiting = 0

    def submit(self, participant: str, work: Work[T]) -> Future[T]:
        """See `Writer.submit`."""
        if not self.alive:
            raise _stopping()
        future: Future[T] = Future()
        _commit(self._engine, [_Job(participant, work, future)], self.tally)
        return future

    def run(self, participant: str, work: Work[T]) -> T:
        """See `Writer.run`."""
        return self.submit(participant, work).result()

    def close(self) -> None:
        """See `Writer.close`."""
        self.alive = False


class ThreadedWriter:
    """One thread that commits whatever has gathered while the last commit went to disk."""

    def __init__(self, engine: Engine, max_waiting: int = MAX_WAITING) -> None:
        self._engine = engine
        self.tally = Tally()
        self._waiting: WaitingRoom[_Job] = WaitingRoom(max_waiting)
        self._thread = threading.Thread(target=self._work_off, name="writer", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        """See `Writer.alive`."""
        return self._waiting.is_open and self._thread.is_alive()

    @property
    def waiting(self) -> int:
        """See `Writer.waiting`."""
        return len(self._waiting)

    def submit(self, participant: str, work: Work[T]) -> Future[T]:
        """See `Writer.submit`."""
        future: Future[T] = Future()
        if not self._thread.is_alive():
            raise _stopping()
        try:
            self._waiting.put(_Job(participant, work, future))
        except Closed:
            raise _stopping() from None
        except Full:
            raise _busy() from None
        return future

    def run(self, participant: str, work: Work[T]) -> T:
        """See `Writer.run`."""
        return self.submit(participant, work).result()

    def close(self) -> None:
        """See `Writer.close`."""
        self._waiting.close()
        self._thread.join()

    def _work_off(self) -> None:
        """Phones that were answered together come back together: who took the first alone would do all of it twice."""
        batch: list[_Job] = []
        while batch := self._waiting.take(MAX_BATCH, max(1, min(len(batch), GATHERED)), GATHER_SECONDS):
            _commit(self._engine, batch, self.tally)


def _commit(engine: Engine, batch: Sequence[_Job], tally: Tally) -> None:
    claimed = [job for job in batch if job.future.set_running_or_notify_cancel()]
    _commit_or_halve(engine, sorted(claimed, key=lambda job: job.participant), tally)


def _commit_or_halve(engine: Engine, jobs: Sequence[_Job], tally: Tally) -> None:
    if not jobs:
        return
    try:
        results = _in_one_transaction(engine, jobs)
    except NoConnectionFree:
        _refuse(jobs, _busy())
    except DBAPIError as error:
        if is_rolled_back(error) and len(jobs) > 1:
            _commit_each(engine, jobs, tally)
        elif is_trouble(error):
            _refuse(jobs, unavailable(error))
        else:
            _halve(engine, jobs, error, tally)
    except Exception as error:  # noqa: BLE001 - whatever a work raises belongs to whoever waits for it
        _halve(engine, jobs, error, tally)
    else:
        tally.add(len(jobs))
        for job, result in zip(jobs, results, strict=True):
            job.future.set_result(result)


def _in_one_transaction(engine: Engine, jobs: Sequence[_Job]) -> list[Any]:
    with engine.begin() as connection:
        if len(jobs) > 1 and not is_sqlite(connection):  # there a transaction holds everything
            participants.lock_all(connection, {job.participant for job in jobs})
        results: dict[_Job, Any] = {}
        for turn in _turns(jobs):
            results.update(_done(connection, turn))
        return [results[job] for job in jobs]


def _turns(jobs: Sequence[_Job]) -> Iterator[list[_Job]]:
    """What is done at once, in order of participant and arrival; a participant's later job never before an earlier."""
    waiting = list(jobs)
    while waiting:
        first, seen, alike, rest = waiting[0], set[str](), list[_Job](), list[_Job]()
        for job in waiting:
            goes_along = job is first or (_is_alike(first, job) and job.participant not in seen)
            (alike if goes_along else rest).append(job)
            seen.add(job.participant)
        yield alike
        waiting = rest


def _is_alike(one: _Job, other: _Job) -> bool:
    return isinstance(one.work, Together) and isinstance(other.work, Together) and one.work.do is other.work.do


def _done(connection: Connection, alike: Sequence[_Job]) -> Iterable[tuple[_Job, Any]]:
    works = [job.work for job in alike if isinstance(job.work, Together)]
    if not works:
        return [(job, job.work(connection)) for job in alike]
    return zip(alike, works[0].do(connection, [work.asked for work in works]), strict=True)


def _halve(engine: Engine, jobs: Sequence[_Job], error: Exception, tally: Tally) -> None:
    if len(jobs) == 1:
        _refuse(jobs, error)
        return
    middle = len(jobs) // 2
    _commit_or_halve(engine, jobs[:middle], tally)
    _commit_or_halve(engine, jobs[middle:], tally)


def _commit_each(engine: Engine, jobs: Sequence[_Job], tally: Tally) -> None:
    """After a deadlock with another process: alone, a job holds too little to be in anybody's way again."""
    for job in jobs:
        _commit_or_halve(engine, [job], tally)


def _refuse(jobs: Sequence[_Job], error: Exception) -> None:
    for job in jobs:
        job.future.set_exception(error)


def _busy() -> RequestRefused:
    return RequestRefused(
        Code.SERVER_BUSY,
        "More is waiting to be stored than the server can take at once.",
        "Nothing is lost: it is sent again in a few seconds.",
        retry_after=BUSY_RETRY_SECONDS,
    )


def _stopping() -> RequestRefused:
    return RequestRefused(
        Code.SERVER_BUSY,
        "The server is stopping or starting again.",
        "Nothing is lost: it is sent again in a few seconds.",
        retry_after=RETRY_SECONDS,
    )
