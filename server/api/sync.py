"""`POST /api/v1/sync`: one round of pushing and pulling."""

import asyncio

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.wire import CURRENT, SYNC_PATH, ErrorAnswer, SyncAnswer, SyncRequest
from server.api.messages import answer, parse, read_body
from server.db.devices import Activation
from server.db.engine import reading
from server.dependencies import ServicesDep
from server.intake.arrivals import Arrival, read
from server.intake.authentication import authenticate
from server.intake.enrol import too_new
from server.intake.push import quarantine_full
from server.intake.salvage import remains_of, salvage
from server.intake.sync import sync
from server.services import Services

router = APIRouter(tags=["phone"])


@router.post(SYNC_PATH, responses={200: {"model": SyncAnswer}, 400: {"model": ErrorAnswer}})
async def sync_phone(request: Request, services: ServicesDep) -> Response:
    """Take in what the phone holds and tell it what changed; receipts are durable."""
    body = await read_body(request)
    now = services.environment.now()
    token = request.headers.get("authorization", "")
    message, activation, arrived = await run_in_threadpool(_prepared, services, body, token)
    done = services.writer.submit(
        activation.participant,
        lambda connection: sync(connection, services, activation.participant, message, arrived, now),
    )
    result = await asyncio.wrap_future(done)
    request.app.state.meters.synced(result)
    return answer(request, result)


def _prepared(services: Services, body: bytes, token: str) -> tuple[SyncRequest, Activation, tuple[Arrival, ...]]:
    """Everything that needs no write: whose request it is, and its records read and hashed."""
    try:
        message = parse(body, SyncRequest)
    except RequestRefused as refusal:
        raise _keep(services, body, token, refusal) from refusal
    if message.protocol > CURRENT.number:
        raise _keep(services, body, token, too_new())
    return message, _known(services, message.device, token), read(message.records, services.sealing.open)


def _known(services: Services, device: str, token: str) -> Activation:
    with reading(services.engine) as connection:
        return authenticate(connection, device, token)


def _keep(services: Services, body: bytes, token: str, refusal: RequestRefused) -> RequestRefused:
    """Set aside what a known phone sent in a request that cannot be answered; the refusal to give."""
    remains = remains_of(body)
    if remains is None:
        return refusal
    activation, carried = _known(services, remains.device, token), remains.carried(services.sealing.open)
    if remains.protocol > CURRENT.number:
        refusal = too_new()
    code, now = Code(refusal.code), services.environment.now()
    all_kept = services.writer.run(
        activation.participant, lambda connection: salvage(connection, services, activation, carried, code, now)
    )
    return refusal if all_kept else quarantine_full()
