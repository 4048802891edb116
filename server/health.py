"""Whether the process is up, and whether it is fit to serve."""

from datetime import datetime, timedelta

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import Connection

from diary_app.core.errors import XerodiaryError
from diary_app.core.times import parse_utc
from diary_app.core.wire import ErrorAnswer
from server.access.insiders import Insider
from server.alerts import unsent
from server.backup import standing
from server.db import guards, state
from server.db.engine import NOT_NOW, reading
from server.dependencies import ServicesDep
from server.services import Services

SWEEP_IS_RECENT = timedelta(minutes=5)

router = APIRouter(tags=["health"])


@router.head("/healthz", include_in_schema=False)
@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "up"}


@router.head("/readyz", include_in_schema=False)
@router.get("/readyz", responses={503: {"model": dict[str, bool]}})
def readyz(services: ServicesDep, response: Response) -> dict[str, bool]:
    """Database reachable and guarded, writer alive, sweep recent; 503 unless all are true."""
    answer = checks(services)
    response.status_code = 200 if all(answer.values()) else 503
    return answer


class House(BaseModel):
    """How the house is kept: what an alarm may hang on. `facts_fell`: tables that lost facts since a
    backup; `trail_flaws`: places at which last night's look found it broken. `reminders_unsent`: how many
    participants missed one because nothing leaves."""

    swept_seconds_ago: float | None
    reminded_seconds_ago: float | None
    reminders_unsent: int
    backup_seconds_ago: float | None
    backup_failed: bool
    backup_late: bool
    facts_fell: tuple[str, ...]
    trail_flaws: int


@router.get("/house", dependencies=[Insider], responses={403: {"model": ErrorAnswer}})
def house(services: ServicesDep) -> House:
    """For whoever runs the server, and for programs that watch it."""
    now = services.environment.now()
    with reading(services.engine) as connection:
        swept, stands = swept_at(connection), standing.known(services, connection)
        reminded, missed = unsent.looked_at(connection), unsent.unsent(connection, now)
    age = stands.age(now)
    return House(
        swept_seconds_ago=None if swept is None else (now - swept).total_seconds(),
        reminded_seconds_ago=None if reminded is None else (now - reminded).total_seconds(),
        reminders_unsent=missed.participants if missed else 0,
        backup_seconds_ago=None if age is None else age.total_seconds(),
        backup_failed=stands.failed_at is not None,
        backup_late=services.settings.backup_folder is not None and stands.is_late(now),
        facts_fell=stands.fell,
        trail_flaws=stands.flaws,
    )


def swept_at(connection: Connection) -> datetime | None:
    """When the last sweep ended; None before the first."""
    found = state.value(connection, state.SWEPT_AT)
    return None if found is None else parse_utc(found)


def checks(services: Services) -> dict[str, bool]:
    """Each thing that has to be true, and whether it is."""
    answer = {"writer": services.writer.alive, "database": False, "guards": False, "sweep": False}
    try:
        with reading(services.engine) as connection:
            swept = swept_at(connection)
            answer["database"] = True
            answer["sweep"] = swept is not None and services.environment.now() - swept < SWEEP_IS_RECENT
            guards.check(connection)
            answer["guards"] = True
    except (*NOT_NOW, XerodiaryError):
        return answer  # the parts that were not reached stay false
    return answer
