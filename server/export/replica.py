"""A cut as a database of its own: its facts copied into a fresh SQLite file, and everything else made from them.

So what is read from it is what the server knew at that moment, by the code that knew it then; and it is the same
whichever database the facts came from.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import Code, CommandRefused
from diary_app.core.records import GENESIS
from diary_app.core.study import parse_study
from diary_app.core.study_versions import InForce
from diary_app.core.times import format_utc
from server.db import chain_anchors, staff_facts, state
from server.db.accounts import ACCOUNT
from server.db.bulk import Bulk
from server.db.engine import at_file, is_full, reading
from server.db.tables import METADATA
from server.db.writer import InlineWriter
from server.export.cutting import TABLES, ContentHash, CutTable, rows_until
from server.export.drafts import own_folder
from server.export.regrading import Graders, create_indexes, create_tables, regrade, shared_out, take_in, unsafe
from server.full_disk import room_for
from server.intake.anchoring import heads_sha256
from server.secret_files import make_folder
from server.services import Services


@dataclass(frozen=True)
class Replica:
    """What was known. `services`: whose database is the replica and whose study is the one of that moment.

    `rows`: of each table of facts; `heads`: how many chains there are, with one hash over the ends of those that have
    begun.
    """

    services: Services
    connection: Connection
    content_sha256: str
    rows: dict[str, int]
    heads: int
    heads_sha256: str


@contextmanager
def replica(services: Services, at: datetime, helpers: Graders | None = None) -> Iterator[Replica]:
    """What the server had received by `at`, in a file that is gone afterwards; `helpers` grade it, if there are any.

    Raises `CommandRefused` (cut_before_study) when no study was live yet, `DiskFull` when there is no room for it.
    """
    make_folder(services.settings.var_folder)
    with own_folder(services.settings.var_folder, ".cut.") as folder:
        file = folder / "cut.sqlite"
        engine = at_file(file)
        try:
            with _room(services.settings.var_folder):
                with unsafe(engine) as connection:
                    content = _copy(services, connection, at)
                    as_then = replace(_as_then(services, connection, at), engine=engine, writer=InlineWriter(engine))
                    participants = staff_facts.participants(connection)
                made = shared_out(file, as_then, at, participants, len(helpers)) if helpers else []
                if helpers:
                    helpers.regrade(made)
                with unsafe(engine) as connection:
                    take_in(connection, made)
                    for participant in () if made else participants:
                        regrade(connection, as_then, at, participant)
                    heads = sum(1 for _ in chain_anchors.each_head(connection))
                    begun = (head for head in chain_anchors.each_head(connection) if head.sequence)
                    ends_sha256 = heads_sha256(GENESIS, begun)
                engine.dispose()  # whoever opens it next finds a database like any other
                for one in made:
                    one.file.unlink()
            with reading(engine) as connection:
                yield Replica(as_then, connection, content.sha256, content.rows, heads, ends_sha256)
        finally:
            engine.dispose()


@contextmanager
def _room(folder: Path) -> Iterator[None]:
    """Told in the same words whichever process finds none: the database that is full is the cut, which lies there."""
    with room_for(folder):
        try:
            yield
        except DBAPIError as error:
            if not is_full(error):
                raise
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error


def _copy(services: Services, target: Connection, at: datetime) -> ContentHash:
    create_tables(target, METADATA.tables)
    content = ContentHash()
    with reading(services.engine) as source:
        for one in TABLES:
            content.begin(one)
            _copy_table(source, target, one, at, content)
        _copy_names(source, target, at)
    create_indexes(target, METADATA.tables)
    return content


def _copy_table(source: Connection, target: Connection, of: CutTable, at: datetime, content: ContentHash) -> None:
    into = Bulk(of.shape.clause(), of.names)
    for rows in rows_until(source, of, at):
        content.take(of, rows)
        into.run(target, rows)


def _copy_names(source: Connection, target: Connection, at: datetime) -> None:
    """User names of accounts that were there, also of those whose name became a fact only later (`account_names`)."""
    known = select(ACCOUNT.c.id, ACCOUNT.c.username, ACCOUNT.c.created_at).where(ACCOUNT.c.created_at <= at)
    people = [
        {"id": name, "username": username, "created_at": since, "display_name": "", "password_hash": ""}
        for name, username, since in source.execute(known.order_by(ACCOUNT.c.id))
    ]
    if people:
        target.execute(insert(ACCOUNT), people)


def _as_then(services: Services, connection: Connection, at: datetime) -> Services:
    """With the versions of the study that were live by then."""
    live = state.studies_in_force(connection, services.study.id)
    if not live:
        raise CommandRefused(
            Code.CUT_BEFORE_STUDY,
            f"No version of study {services.study.id} was live at {format_utc(at)}.",
            "Choose a later moment.",
        )
    versions = tuple(InForce(since, parse_study(text, file="study version in the database")) for since, text in live)
    return replace(services, study=versions[-1].study, versions=versions, epoch="", phones={})
