"""Bodies in and out: bounded while they are read, gzip both ways, and every refusal in the form of the protocol."""

from collections.abc import Mapping
from typing import Any, TypeVar

from fastapi import Request, Response
from pydantic import BaseModel, ValidationError

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.wire import MAX_BODY_BYTES, ErrorAnswer, body_too_large, deflate, inflate

Message = TypeVar("Message", bound=BaseModel)
WORTH_COMPRESSING = 1000
#: What a route says of the refusals that it may answer with; the code in it tells them apart.
REFUSALS: dict[int | str, dict[str, Any]] = {"4XX": {"model": ErrorAnswer}, "5XX": {"model": ErrorAnswer}}
#: Of a stated length: enough to be too large, and never so many that Python declines to read them.
_MOST_DIGITS = 20


async def read_body(request: Request) -> bytes:
    """The plain bytes. Raises `RequestRefused` (body_too_large, body_not_gzip); never holds much more than allowed."""
    if _stated_length(request) > MAX_BODY_BYTES:
        raise body_too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise body_too_large()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    match encoding:
        case "gzip" | "x-gzip":
            return inflate(bytes(body))
        case "identity" | "":
            return bytes(body)
    raise RequestRefused(Code.BODY_NOT_GZIP, f"The server does not read {encoding}.", "Send it plain or as gzip.")


def parse(body: bytes, model: type[Message]) -> Message:
    """A message of the protocol. Raises `RequestRefused` (request_invalid) naming the first fault, never its value."""
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise request_invalid(f"{where}: {first['msg']}" if where else first["msg"]) from error


def described(model: type[BaseModel]) -> dict[str, Any]:
    """What a route says in the OpenAPI document of the body that it reads by itself; nothing validates by it."""
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": _whole(schema, parts)}}}}


def _whole(schema: Any, parts: Mapping[str, Any]) -> Any:
    """Without references: what stands within a route can refer to nothing but the document's own components."""
    match schema:
        case {"$ref": str(named), **others}:
            return _whole({**parts[named.rpartition("/")[2]], **others}, parts)
        case dict():
            return {name: _whole(value, parts) for name, value in schema.items()}
        case list():
            return [_whole(one, parts) for one in schema]
    return schema


def request_invalid(why: str) -> RequestRefused:
    """A request that is not of this protocol."""
    return RequestRefused(
        Code.REQUEST_INVALID,
        f"The request cannot be read: {why}.",
        "Nothing is lost: the phone keeps everything. Update the app; if this stays, contact the study team.",
    )


def answer(request: Request, message: BaseModel) -> Response:
    """A message as JSON, compressed where the phone reads that and it helps."""
    body = message.model_dump_json(exclude_none=True).encode()
    headers = {"cache-control": "no-store", "vary": "accept-encoding"}
    if len(body) >= WORTH_COMPRESSING and "gzip" in request.headers.get("accept-encoding", "").lower():
        body = deflate(body)
        headers["content-encoding"] = "gzip"
    return Response(body, media_type="application/json", headers=headers)


def _stated_length(request: Request) -> int:
    stated = request.headers.get("content-length", "")
    return int(stated[:_MOST_DIGITS]) if stated.isdecimal() else 0
