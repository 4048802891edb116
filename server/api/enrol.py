"""`POST /api/v1/enrol`: a one-time code becomes an installation."""

from fastapi import APIRouter, Request, Response
from starlette.concurrency import run_in_threadpool

from diary_app.core.enrolment_code import normalise
from diary_app.core.wire import ENROL_PATH, EnrolAnswer, EnrolRequest
from server.api.hand_over import finished
from server.api.messages import REFUSALS, answer, described, parse, read_body
from server.db.engine import reading
from server.dependencies import AddressDep, ServicesDep
from server.intake.enrol import check_protocol, count_try, enrol, participant_of, take_try_back
from server.services import Services

router = APIRouter(tags=["phone"])


@router.post(
    ENROL_PATH,
    responses={200: {"model": EnrolAnswer}, **REFUSALS},
    openapi_extra=described(EnrolRequest),
)
async def enrol_phone(request: Request, services: ServicesDep, address: AddressDep) -> Response:
    """Activate an installation; the same request gets the same answer for 24 hours."""
    message = parse(await read_body(request), EnrolRequest)
    now = services.environment.now()
    check_protocol(message.protocol)
    normalise(message.code)  # a slip of the finger is no guess
    counted = services.writer.submit("", lambda connection: count_try(connection, services, address, now))
    if (too_many := await finished(counted)) is not None:
        raise too_many
    participant = await run_in_threadpool(_participant, services, message)
    enrolled = services.writer.submit(participant, lambda connection: enrol(connection, services, message, now))
    result = await finished(enrolled)
    await finished(services.writer.submit("", lambda connection: take_try_back(connection, services, address, now)))
    return answer(request, result)


def _participant(services: Services, message: EnrolRequest) -> str:
    with reading(services.engine) as connection:
        return participant_of(connection, services, message.code)
