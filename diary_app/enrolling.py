"""Using an enrolment code: what was typed, what went wrong with it, in the terms of the screen that says so."""

from collections.abc import Callable
from enum import StrEnum

import flet as ft

from diary_app.core.enrolment_code import normalise
from diary_app.core.enrolment_link import read_link
from diary_app.core.errors import Code, XerodiaryError
from diary_app.host import Host
from diary_app.surroundings import Link
from diary_app.sync.transport import ServerUnreachable

CODE_LENGTH = 12


class Trouble(StrEnum):
    """Why there is no diary yet."""

    SLIP = "slip"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    TOO_OFTEN = "too_often"
    OFFLINE = "offline"
    NO_SERVER = "no_server"
    TOO_OLD = "too_old"
    ANOTHERS_DIARY = "anothers_diary"
    OTHER = "other"


_TROUBLES: dict[Code, Trouble] = {
    Code.CODE_MALFORMED: Trouble.SLIP,
    Code.CODE_UNKNOWN: Trouble.UNKNOWN,
    Code.CODE_EXPIRED: Trouble.EXPIRED,
    Code.CODE_USED: Trouble.USED,
    Code.TOO_MANY_TRIES: Trouble.TOO_OFTEN,
    Code.PROTOCOL_TOO_OLD: Trouble.TOO_OLD,
    Code.SERVER_NOT_NAMED: Trouble.NO_SERVER,
    Code.WRONG_PARTICIPANT: Trouble.ANOTHERS_DIARY,
}


def trouble_of(code: Code) -> Trouble:
    """What a stable code means to the person with the letter in their hand."""
    return _TROUBLES.get(code, Trouble.OTHER)


@ft.observable
class Enrolment:
    """The code so far; `done` is called when the diary has become the participant's own."""

    def __init__(self, link: Link, host: Host, done: Callable[[], None]) -> None:
        self._link = link
        self._host = host
        self._done = done
        self.typed = host.enrol_code()
        self.trouble: Trouble | None = None
        self.busy = False

    def type_code(self, typed: str) -> None:
        """A slip in a whole code is told before anything is sent."""
        self.typed = typed
        self.trouble = None
        if sum(letter.isalnum() for letter in typed) >= CODE_LENGTH:
            self._checked()

    async def use_code(self) -> None:
        """Send the code that was typed or came with the link."""
        checked = self._checked()
        if checked is None or self.busy:
            return
        self.busy = True
        try:
            await self._link.enrol(*checked)
        except XerodiaryError as refused:
            self.trouble = trouble_of(refused.code)
        except ServerUnreachable:
            self.trouble = Trouble.OFFLINE
        else:
            self._host.forget_enrol_code()
            self.typed = ""
            self._done()
        finally:
            self.busy = False

    def _checked(self) -> tuple[str, str] | None:
        """The code, and the server that its link names; None after a slip."""
        link = read_link(self.typed)
        try:
            return normalise(link.code if link else self.typed), link.server if link else ""
        except XerodiaryError as slip:
            self.trouble = trouble_of(slip.code)
            return None
