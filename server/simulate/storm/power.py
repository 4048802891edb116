"""The server's power, which goes at a commit: what was committed stays, and nothing else does."""

import shutil
from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection, Engine

from server.db.writer import InlineWriter, Work
from server.simulate.storm.post import Post

T = TypeVar("T")


class Dying(StrEnum):
    """Where in a request or a job the server's power goes."""

    BEFORE_COMMIT = "before_commit"
    AFTER_COMMIT = "after_commit"
    BEFORE_ANSWER = "before_answer"


class ServerKilled(BaseException):
    """The process is gone; no `except Exception` of the server may survive that."""


@dataclass
class Fuse:
    """After how many commits the power goes: of phones' requests, or `in_job` of jobs."""

    when: Dying
    commits: int
    in_job: bool


class MortalWriter(InlineWriter):
    """Commits at once, until the fuse has burnt down."""

    def __init__(self, engine: Engine, post: Post) -> None:
        super().__init__(engine)
        self._post = post
        self.fuse: Fuse | None = None
        self.in_job = False

    def submit(self, participant: str, work: Work[T]) -> Future[T]:
        """See `Writer.submit`. Raises `ServerKilled`."""
        if self.fuse is not None and self.fuse.in_job == self.in_job:
            self.fuse.commits -= 1
            if self.fuse.commits <= 0:
                return self._last(participant, work, self.fuse)
        return self._written(participant, work)

    def _last(self, participant: str, work: Work[T], fuse: Fuse) -> Future[T]:
        if fuse.when is Dying.BEFORE_COMMIT:
            super().submit(participant, dying_within(work))
        future = self._written(participant, work)
        if fuse.when is Dying.AFTER_COMMIT:
            raise ServerKilled
        return future

    def _written(self, participant: str, work: Work[T]) -> Future[T]:
        future = super().submit(participant, work)
        if self.in_job and future.exception() is None:
            self._post.written_down()
        return future


def dying_within(work: Work[T]) -> Work[T]:
    """Everything was written, nothing was committed."""

    def last(connection: Connection) -> T:
        work(connection)
        raise ServerKilled

    return last


def copy_images(source: Path, target: Path) -> None:
    """A database's file and its write-ahead log, as they lie there now."""
    for ending in ("", "-wal", "-journal"):
        part, copy = (file.with_name(file.name + ending) for file in (source, target))
        copy.unlink(missing_ok=True)
        if part.exists():
            shutil.copyfile(part, copy)
