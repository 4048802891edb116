"""What the app's state stands on; made once, in the composition root."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from diary_app.clipboard import Copy, copy_to_clipboard
from diary_app.core.environment import Environment
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


@dataclass(frozen=True)
class Surroundings:
    """`go` leads to an address; `open_journal` raises `DiaryUnavailable`."""

    open_journal: Callable[[], Journal]
    environment: Environment
    host: Host
    link: Link
    catalogues: Catalogues
    go: Callable[[str], None]
    copy: Copy = copy_to_clipboard
