"""Whether the process is up, and whether it is fit to serve."""

from datetime import timedelta

from fastapi import APIRouter, Response
from sqlalchemy.exc import DBAPIError

from diary_app.core.errors import XerodiaryError
from diary_app.core.times import parse_utc
from server.db import guards, state
from server.db.engine import reading
from server.dependencies import ServicesDep
from server.services import Services

SWEEP_IS_RECENT = timedelta(minutes=5)

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """The process answers; nothing else is asked."""
    return {"status": "up"}


@router.get("/readyz")
def readyz(services: ServicesDep, response: Response) -> dict[str, bool]:
    """Database reachable and guarded, writer alive, sweep recent; 503 unless all are true."""
    answer = checks(services)
    response.status_code = 200 if all(answer.values()) else 503
    return answer


def checks(services: Services) -> dict[str, bool]:
    """Each thing that has to be true, and whether it is."""
    answer = {"writer": services.writer.alive, "database": False, "guards": False, "sweep": False}
    try:
        with reading(services.engine) as connection:
            swept_at = state.value(connection, state.SWEPT_AT)
            answer["database"] = True
            answer["sweep"] = (
                swept_at is not None and services.environment.now() - parse_utc(swept_at) < SWEEP_IS_RECENT
            )
            guards.check(connection)
            answer["guards"] = True
    except (DBAPIError, XerodiaryError):
        return answer  # the parts that were not reached stay false
    return answer
