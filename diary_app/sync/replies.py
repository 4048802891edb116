"""Telling our server's answers, its refusals, and everything else apart; pure."""

from typing import TypeVar

from pydantic import BaseModel, ValidationError

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.wire import ErrorAnswer, body_too_large
from diary_app.sync.transport import Answer, ServerUnreachable

Message = TypeVar("Message", bound=BaseModel)

OK = 200
TOO_LARGE = 413
FAULT = 500


def read(answer: Answer, model: type[Message]) -> Message:
    """The message. Raises `RequestRefused` for a refusal, `ServerUnreachable` for what is not from our server."""
    if answer.status == OK:
        return _valid(answer, model)
    if answer.status == TOO_LARGE:
        raise body_too_large()
    raise _refusal(answer)


def _refusal(answer: Answer) -> RequestRefused:
    try:
        error = ErrorAnswer.model_validate_json(answer.body)
    except ValidationError as problem:
        if answer.status >= FAULT:  # a proxy speaks for a server that is down
            return _busy(answer.retry_after)
        raise _foreign(answer) from problem
    return RequestRefused(error.code, error.message, error.remedy, error.retry_after or answer.retry_after)


def _valid(answer: Answer, model: type[Message]) -> Message:
    try:
        return model.model_validate_json(answer.body)
    except ValidationError as problem:
        raise _foreign(answer) from problem


def _busy(retry_after: int | None) -> RequestRefused:
    return RequestRefused(
        Code.SERVER_BUSY, "The server cannot answer now.", "Nothing to do; it is tried again.", retry_after
    )


def _foreign(answer: Answer) -> ServerUnreachable:
    return ServerUnreachable(f"something else answered in place of the server (status {answer.status})")
