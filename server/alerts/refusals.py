"""Noticing that far more log-ins or enrolment codes are refused than is usual: somebody may be trying every door.

Counted from the tries that slow guessing down, by a job. What it found is kept as a single value with the database.
The settings say how many are far more: fewer in an hour are somebody with a forgotten password, in however quiet a
study, and where many are usual, as many again are nothing.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection

from server.db import log_in_tries, state
from server.db.engine import reading
from server.db.writer import LAST
from server.intake.enrol import EVERYBODY
from server.logs import logger
from server.services import Services
from server.settings import Settings

_HOUR, _USUAL_OVER = timedelta(hours=1), timedelta(days=7)
#: What goes on is one alert; after that long without an end it is told again.
AGAIN_AFTER = timedelta(hours=24)
_NAME = "refusals"
_log = logger()


class Door(StrEnum):
    """What is tried."""

    LOG_IN = "log_in"
    CODE = "code"


#: How the subjects begin under which tries at that door are counted.
_COUNTED: Mapping[Door, str] = {Door.LOG_IN: "account:", Door.CODE: EVERYBODY}


class Refusals(BaseModel):
    """When each door was last seen to be tried far more than usual, and how often in that hour."""

    model_config = ConfigDict(frozen=True)

    at: dict[Door, datetime] = {}
    tries: dict[Door, int] = {}


def read(connection: Connection) -> Refusals:
    """As it is; empty where there never was anything."""
    found = state.value(connection, _NAME)
    return Refusals.model_validate_json(found) if found else Refusals()


def watch_refusals(services: Services, now: datetime) -> int:
    """Look at the last hour; how many doors are tried far more than usual."""
    with reading(services.engine) as connection:
        found = {door: tries for door in Door if (tries := _unusual(connection, services.settings, door, now))}
        known = read(connection)
    new = {
        door: tries for door, tries in found.items() if door not in known.at or abs(now - known.at[door]) > AGAIN_AFTER
    }
    if new:
        _log.error("many_refused", **{door.value: tries for door, tries in new.items()})
        stands = Refusals(at={**known.at, **dict.fromkeys(new, now)}, tries={**known.tries, **new})
        services.writer.run(LAST, lambda connection: state.set_value(connection, _NAME, stands.model_dump_json()))
    return len(found)


def _unusual(connection: Connection, settings: Settings, door: Door, now: datetime) -> int:
    """How many were refused in the last hour, where that is far above the hours of the week before; else 0."""
    begun = now - _HOUR
    lately = log_in_tries.number(connection, _COUNTED[door], begun, now)
    if lately < settings.alarm_refused_per_hour:
        return 0
    before = log_in_tries.number(connection, _COUNTED[door], begun - _USUAL_OVER, begun)
    return lately if lately >= settings.alarm_refused_times * before * _HOUR / _USUAL_OVER else 0
