"""What the app's state stands on; made once, in the composition root."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from diary_app.clipboard import Copy, copy_to_clipboard
from diary_app.core.environment import Environment
from diary_app.core.errors import Code, DiaryUnavailable
from diary_app.host import Host
from diary_app.journal import Journal
from diary_app.texts import Catalogues


class Link(Protocol):
    """The way to the study's server."""

    async def enrol(self, code: str, named: str = "") -> None:
        """Use a code, at the server that its link names. Raises `XerodiaryError`, `ServerUnreachable`."""
        ...

    def wake(self) -> None:
        """There is something to send."""
        ...


async def nothing_to_salvage() -> bytes:
    """Where no diary is kept in a file."""
    raise DiaryUnavailable(Code.STORAGE_DAMAGED, "Nothing can be read any more.", "Contact the study team.")


@dataclass(frozen=True)
class Surroundings:
    """`go` leads to an address; `open_journal` raises `DiaryUnavailable`, and so does `salvage`.

    `salvage`: what was not sent, as a rescue file, from a diary that cannot be opened any more.
    """

    open_journal: Callable[[], Journal]
    environment: Environment
    host: Host
    link: Link
    catalogues: Catalogues
    go: Callable[[str], None]
    copy: Copy = copy_to_clipboard
    salvage: Callable[[], Awaitable[bytes]] = nothing_to_salvage
