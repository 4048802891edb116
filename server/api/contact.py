"""`POST /api/v1/contact`: a sign of life between syncs."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from diary_app.core.wire import CONTACT_PATH, CURRENT, ContactAnswer, ContactRequest
from server.api.hand_over import finished
from server.api.messages import REFUSALS, answer, described, parse, read_body
from server.dependencies import ServicesDep
from server.intake.authentication import authenticated
from server.intake.enrol import too_new
from server.intake.presence import note_presence

router = APIRouter(tags=["phone"])


@router.post(
    CONTACT_PATH,
    responses={200: {"model": ContactAnswer}, **REFUSALS},
    openapi_extra=described(ContactRequest),
)
async def note_contact(request: Request, services: ServicesDep) -> Response:
    """Mark an installation as seen; what it holds is learned only from a sync."""
    body = await read_body(request)
    message = parse(body, ContactRequest)
    if message.protocol > CURRENT.number:
        raise too_new()
    now = services.environment.now()
    token = request.headers.get("authorization", "")
    activation = await run_in_threadpool(authenticated, services, message.device, token)
    services.measured.take(activation, len(body), now)
    noted = services.writer.submit(
        activation.participant,
        lambda connection: note_presence(connection, services, activation.participant, message, now),
    )
    await finished(noted)
    return answer(request, ContactAnswer(protocol=CURRENT.number, server_time=now))
