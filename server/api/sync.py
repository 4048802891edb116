"""`POST /api/v1/sync`: one round of pushing and pulling."""

from datetime import datetime

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.wire import CURRENT, SYNC_PATH, SyncAnswer, SyncRequest
from server.api.hand_over import finished
from server.api.messages import REFUSALS, answer, described, parse, read_body
from server.db.devices import Activation
from server.db.writer import Together
from server.dependencies import ServicesDep
from server.intake.arrivals import read
from server.intake.authentication import authenticated, remembered
from server.intake.enrol import too_new
from server.intake.push import quarantine_full
from server.intake.salvage import remains_of, salvage
from server.intake.sync import Asked, sync_all
from server.routing import StraightRoute
from server.services import Services

READ_AT_ONCE = 8 * 1024

router = APIRouter(tags=["phone"], route_class=StraightRoute)


@router.post(SYNC_PATH, responses={200: {"model": SyncAnswer}, **REFUSALS}, openapi_extra=described(SyncRequest))
async def sync_phone(request: Request, services: ServicesDep) -> Response:
    """Take in what the phone holds and tell it what changed; receipts are durable."""
    body = await read_body(request)
    now = services.environment.now()
    token = request.headers.get("authorization", "")
    asked = _at_once(services, body, token, now)
    if asked is None:
        asked = await run_in_threadpool(_prepared, services, body, token, now)
    done = services.writer.submit(asked.participant, Together(sync_all, asked))
    result = await finished(done)
    request.app.state.meters.synced(result)
    return answer(request, result)


def _at_once(services: Services, body: bytes, token: str, now: datetime) -> Asked | None:
    """What takes less time than handing it to another thread; None for what may take longer or needs the database."""
    if len(body) > READ_AT_ONCE:
        return None
    try:
        message = parse(body, SyncRequest)
    except RequestRefused:
        return None
    activation = remembered(services, message.device, token)
    if activation is None or message.protocol > CURRENT.number:
        return None
    return _asked(services, activation, message, len(body), now)


def _prepared(services: Services, body: bytes, token: str, now: datetime) -> Asked:
    """Everything that needs no write: whose request it is, and its records read and hashed."""
    try:
        message = parse(body, SyncRequest)
    except RequestRefused as refusal:
        raise _keep(services, body, token, refusal) from refusal
    if message.protocol > CURRENT.number:
        raise _keep(services, body, token, too_new())
    return _asked(services, authenticated(services, message.device, token), message, len(body), now)


def _asked(services: Services, activation: Activation, message: SyncRequest, size: int, now: datetime) -> Asked:
    services.measured.take(activation, size, now)
    return Asked(services, activation.participant, message, read(message.records, services.sealing.open), now)


def _keep(services: Services, body: bytes, token: str, refusal: RequestRefused) -> RequestRefused:
    """Set aside what a known phone sent in a request that cannot be answered; the refusal to give."""
    remains = remains_of(body)
    if remains is None:
        return refusal
    activation, carried = authenticated(services, remains.device, token), remains.carried(services.sealing.open)
    if remains.protocol > CURRENT.number:
        refusal = too_new()
    code, now = Code(refusal.code), services.environment.now()
    all_kept = services.writer.run(
        activation.participant, lambda connection: salvage(connection, services, activation, carried, code, now)
    )
    return refusal if all_kept else quarantine_full()
