"""How failures are answered over HTTP: the status for each code, always an `ErrorAnswer`, never a traceback."""

from collections.abc import Callable

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException

from diary_app.core.errors import Code, Phrase, RequestRefused, XerodiaryError
from diary_app.core.wire import ErrorAnswer
from server.db.engine import RETRY_SECONDS, is_trouble, unavailable
from server.logs import logger

STATUS = {
    Code.CODE_MALFORMED: 400,
    Code.CODE_UNKNOWN: 404,
    Code.CODE_EXPIRED: 410,
    Code.CODE_USED: 409,
    Code.TOO_MANY_TRIES: 429,
    Code.BODY_TOO_LARGE: 413,
    Code.BODY_NOT_GZIP: 400,
    Code.REQUEST_INVALID: 400,
    Code.PROTOCOL_TOO_OLD: 426,
    Code.PROTOCOL_TOO_NEW: 400,
    Code.DEVICE_UNKNOWN: 403,
    Code.QUARANTINE_FULL: 503,
    Code.SERVER_BUSY: 503,
    Code.DATABASE_UNAVAILABLE: 503,
    Code.NOT_FOUND: 404,
    Code.NOT_ALLOWED: 403,
    Code.ALREADY_EXISTS: 409,
    Code.FACT_INVALID: 422,
    Code.CUT_IN_FUTURE: 422,
    Code.TRAIL_BROKEN: 409,
    Code.CORRECTION_OVERTAKEN: 409,
    Code.CORRECTION_UNCONFIRMED: 409,
    Code.REFERENCE_IDENTIFIES: 422,
    Code.CONTACT_INVALID: 422,
    Code.SETTING_INVALID: 422,
    Code.DAY_LOCKED: 409,
    Code.RESCUE_UNREADABLE: 422,
    Code.RESCUE_NOT_OURS: 422,
    Code.RESCUE_CODES_MISSING: 422,
    Code.RESCUE_CODES_DAMAGED: 422,
    Code.RESCUE_CODES_MIXED: 422,
}
SERVER_FAULT = 500
#: A request that is refused for a reason without a status of its own.
REFUSED = 422

#: How psycopg names what it cannot send; it has no code for it.
_ZERO_BYTE = "NUL (0x00)"

#: Makes a page for people out of an error; the console has one, and one for people without a log-in.
ErrorPage = Callable[[Request, XerodiaryError, int], Response]

_log = logger()


class FormTooLarge(HTTPException):
    """More was sent than any page takes; of a kind that whatever reads forms lets through."""

    def __init__(self) -> None:
        super().__init__(STATUS[Code.BODY_TOO_LARGE])


def install(app: FastAPI) -> None:
    """Answer every failure that a route or a dependency raises."""
    app.add_exception_handler(XerodiaryError, _refused)
    app.add_exception_handler(RequestValidationError, _unreadable)
    app.add_exception_handler(HTTPException, _not_served)
    app.add_exception_handler(FormTooLarge, _too_large)
    app.add_exception_handler(DBAPIError, _database_failed)
    app.add_exception_handler(DataError, _cannot_be_kept)
    app.add_exception_handler(NoConnectionFree, _no_connection_free)


def answer_for(error: XerodiaryError) -> tuple[ErrorAnswer, int]:
    """What is sent for one of our errors, and its status; faults of the house say nothing of themselves."""
    said = _sayable(error)
    retry_after = said.retry_after if isinstance(said, RequestRefused) else None
    answer = ErrorAnswer(code=said.code, message=said.message, remedy=said.remedy, retry_after=retry_after)
    return answer, _status(said)


def server_fault(request_id: str) -> RequestRefused:
    """What is sent when something failed that should not; the id finds it in the logs."""
    return RequestRefused(
        Code.SERVER_FAULT,
        "Something went wrong on the server (request {request}).",
        "Try again later; if it stays, tell whoever runs the server.",
        request=request_id,
    )


def respond(request: Request, error: XerodiaryError, status: int | None = None) -> Response:
    """As a page where a person reads it, else as JSON. `status`: where the code alone does not tell it."""
    answer, usual = answer_for(error)
    status = status or usual
    page = _page_for(request)
    if page is not None:
        response = page(request, _sayable(error), status)
    else:
        response = JSONResponse(answer.model_dump(mode="json", exclude_none=True), status)
    if answer.retry_after is not None:
        response.headers["Retry-After"] = str(answer.retry_after)
    return response


def _page_for(request: Request) -> ErrorPage | None:
    """The console's for staff, the plain one for whoever else has a browser; None for a program."""
    path = request.url.path
    if path.startswith("/console"):
        name = "error_page"
    elif path.startswith(f"{request.app.state.plain_below}/") or (
        "text/html" in request.headers.get("accept", "") and not path.startswith("/api")
    ):
        name = "plain_page"
    else:
        return None
    found: ErrorPage | None = getattr(request.app.state, name, None)
    return found


def _status(error: XerodiaryError) -> int:
    usual = REFUSED if isinstance(error, RequestRefused) and error.code is not Code.SERVER_FAULT else SERVER_FAULT
    return STATUS.get(error.code, usual)


def _sayable(error: XerodiaryError) -> XerodiaryError:
    if _status(error) != SERVER_FAULT or error.code is Code.SERVER_FAULT:
        return error
    return RequestRefused(
        Code.SERVER_FAULT,
        "Something went wrong on the server.",
        "Try again later; if it stays, tell whoever runs the server.",
    )


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, XerodiaryError)
    if _status(error) >= SERVER_FAULT:
        _log.warning("refused", error_code=error.code.value, exc_info=error)
    return respond(request, error)


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = sorted({".".join(str(part) for part in fault["loc"]) for fault in error.errors()})
    refusal = RequestRefused(
        Code.REQUEST_INVALID,
        "The request cannot be understood: {places}.",
        "Correct what is named and send it again.",
        places=", ".join(places)[:500],
    )
    return respond(request, refusal)


def _not_served(request: Request, error: Exception) -> Response:
    """In a thread of its own, unlike the others: no route has asked the database yet who it is."""
    assert isinstance(error, HTTPException)
    recognise: Callable[[Request], None] | None = getattr(request.app.state, "recognise", None)
    if recognise is not None and request.url.path.startswith("/console"):
        recognise(request)
    code = Code.NOT_FOUND if error.status_code == STATUS[Code.NOT_FOUND] else Code.REQUEST_INVALID
    refusal = RequestRefused(code, "{what}.", "Check the address.", what=Phrase(error.detail))
    response = respond(request, refusal, error.status_code)
    response.headers.update(error.headers or {})
    return response


async def _too_large(request: Request, _error: Exception) -> Response:
    return respond(
        request, RequestRefused(Code.BODY_TOO_LARGE, "This is more than any page here takes.", "Send less at a time.")
    )


async def _database_failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, DBAPIError)
    if not is_trouble(error):
        raise error
    return await _refused(request, unavailable(error))


async def _cannot_be_kept(request: Request, error: Exception) -> Response:
    """PostgreSQL keeps no text with a zero byte in it, and says so of what is only looked for too."""
    assert isinstance(error, DataError)
    if _ZERO_BYTE not in str(error.orig):
        raise error
    refusal = RequestRefused(
        Code.REQUEST_INVALID, "A text holds a character that cannot be kept.", "Take it out and send it again."
    )
    return respond(request, refusal)


async def _no_connection_free(request: Request, _error: Exception) -> Response:
    refusal = RequestRefused(
        Code.SERVER_BUSY, "The server has more to do than it can.", "Try again in a moment.", retry_after=RETRY_SECONDS
    )
    return await _refused(request, refusal)
