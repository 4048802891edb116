"""Store: single values of this copy of the database, and the study files that were ever live."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, insert, select

from diary_app.core.study_versions import version_number
from server.db import shapes
from server.db.tables import METADATA
from server.db.upserts import insert_if_absent, insert_or_change

EPOCH = "epoch"
#: Those that this copy of the data took the place of, with spaces between.
EPOCHS_BEFORE = "epochs_before"
SWEPT_AT = "swept_at"
REMINDED_AT = "reminded_at"
#: The channels whose last word on an address was a refusal, with spaces between.
REFUSED_LAST = "channels_that_refused_last"
SEALING_KEY = "sealing_key"

_STATE = METADATA.tables["server_state"]
_STUDY = METADATA.tables["study_version"]
_VALUE = select(_STATE.c.value).where(_STATE.c.name == bindparam("the_name"))
_LOCKED = _VALUE.with_for_update()


def value(connection: Connection, name: str) -> str | None:
    """One value; None when it was never set."""
    return next(iter(shapes.column(connection, _VALUE, the_name=name)), None)


def value_or_first(connection: Connection, name: str, first: str) -> str:
    """One value, made as `first` when it was never set; its row is locked until the transaction ends."""
    insert_if_absent(connection, _STATE, {"name": name, "value": first})
    (locked,) = shapes.column(connection, _LOCKED, the_name=name)
    return str(locked)


def set_value(connection: Connection, name: str, new: str) -> None:
    """Set or replace one value."""
    insert_or_change(connection, _STATE, {"name": name, "value": new})


def epochs_before(connection: Connection) -> frozenset[str]:
    """The epochs that this copy of the data took the place of."""
    return frozenset((value(connection, EPOCHS_BEFORE) or "").split())


def follow(connection: Connection, *epochs: str) -> None:
    """Note that this copy took the place of these; an empty one is none."""
    set_value(connection, EPOCHS_BEFORE, " ".join(sorted(epochs_before(connection) | {one for one in epochs if one})))


def study_text(connection: Connection, sha256: str) -> str | None:
    """A study file that was live, verbatim."""
    found: str | None = connection.scalar(select(_STUDY.c.text).where(_STUDY.c.sha256 == sha256))
    return found


def study_texts(connection: Connection, study: str) -> list[tuple[str, datetime]]:
    """Every version of a study that was ever live, verbatim, and since when; the oldest first."""
    return [(text, since) for since, text in studies_in_force(connection, study)]


def newest_study(connection: Connection) -> str | None:
    """The id of the study that was live last; None where none ever was."""
    query = select(_STUDY.c.study).order_by(_STUDY.c.added_at.desc(), _STUDY.c.sha256).limit(1)
    found: str | None = connection.scalar(query)
    return found


def study_sha256(connection: Connection, study: str, version: str) -> str | None:
    """Which file a version of a study is."""
    query = select(_STUDY.c.sha256).where(_STUDY.c.study == study, _STUDY.c.version == version)
    found: str | None = connection.scalar(query)
    return found


def studies_in_force(connection: Connection, study: str) -> list[tuple[datetime, str]]:
    """Since when each version of a study was live, and its file verbatim; oldest first.

    By their numbers, which only go up: one that went live by a clock that was behind has a moment before the others'.
    """
    query = select(_STUDY.c.version, _STUDY.c.added_at, _STUDY.c.text).where(_STUDY.c.study == study)
    found = sorted(connection.execute(query), key=lambda row: version_number(row.version))
    return [(row.added_at, row.text) for row in found]


def add_study(connection: Connection, *, study: str, version: str, sha256: str, text: str, at: datetime) -> None:
    """Keep a study file for good."""
    connection.execute(insert(_STUDY).values(study=study, version=version, sha256=sha256, text=text, added_at=at))
