"""Forms about a participant: what was typed, facts made of it, and a refusal that keeps what was typed."""

from collections.abc import Callable, Collection, Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeVar

from fastapi import Depends, Request, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy import Connection

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Fact
from server.access.acting import role_of
from server.access.roles import Permission
from server.console.desk import Desk
from server.intake import staff

Typed = Mapping[str, str]
Kind = TypeVar("Kind", bound=BaseModel)
Choice = TypeVar("Choice", bound=StrEnum)
_LONGEST = 1000


async def typed_of(request: Request) -> Typed:
    """The fields of the form, without spaces around them but for a password."""
    form = await request.form()
    sent = {name: value[:_LONGEST] for name, value in form.items() if isinstance(value, str)}
    return {name: value if name == "password" else value.strip() for name, value in sent.items()}


TypedDep = Annotated[Typed, Depends(typed_of)]


def attempt(
    desk: Desk, participant: str, work: Callable[[], object], *, show: Callable[[RequestRefused], Response], to: str,
    said: str = "saved",
) -> Response:  # fmt: skip
    """Do it for a participant of theirs and go to the page `to`; a refusal shows the form again with `show`."""
    with desk.reading() as connection:
        person = desk.participant(connection, participant)
    try:
        work()
    except RequestRefused as refusal:
        if refusal.code is Code.NOT_FOUND and refusal.message.startswith("There is no participant"):
            raise
        return show(refusal)
    desk.changed()
    return desk.to(f"/console/participants/{person.id}{to}", said=said)


def record(connection: Connection, desk: Desk, participant: str, detail: BaseModel, permission: Permission) -> Fact:
    """One fact, by whoever is at the desk, whose role is asked for in this transaction. Raises `RequestRefused`."""
    role_of(connection, desk.acting, permission, desk.participant(connection, participant).site)
    return staff.append_fact(connection, desk.services, participant, detail, author=desk.staff.account, at=desk.now)


def built(kind: type[Kind], **values: object) -> Kind:
    """A fact of what was typed; an empty field is none. Raises `RequestRefused`."""
    try:
        return kind.model_validate({name: value for name, value in values.items() if value not in ("", None)})
    except ValidationError as error:
        raise unclear() from error


def chosen(kind: type[Choice], text: str) -> Choice:
    """One of the codes. Raises `RequestRefused`."""
    try:
        return kind(text)
    except ValueError as error:
        raise unclear() from error


def one_of(codes: Collection[str], text: str) -> str:
    """One of the codes of a list that is no enum. Raises `RequestRefused`."""
    if text not in codes:
        raise unclear()
    return text


def day_in(typed: Typed, name: str) -> date:
    """A date as browsers send it. Raises `RequestRefused`."""
    try:
        return date.fromisoformat(typed.get(name, ""))
    except ValueError as error:
        raise unclear() from error


def unclear() -> RequestRefused:
    """Something is missing, or cannot be what was meant."""
    return RequestRefused(
        Code.FACT_INVALID,
        "Something in the form is missing or cannot be read.",
        "Fill in what is empty and send again.",
    )
