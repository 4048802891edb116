"""What can stop a sync although there is a network; each says what is known about it, or what to do."""

from collections.abc import Sequence
from enum import StrEnum

from diary_app.core.errors import Code, DiaryUnavailable, RequestRefused
from diary_app.sync.transport import ServerUnreachable


class Hindrance(StrEnum):
    """What stands between the phone and the server, as far as the phone can tell; a participant can often help it."""

    ANOTHER_ANSWERED = "another_answered"  # a page in place of a reply, or a way to somewhere else: a log-in page
    NOT_PROVEN = "not_proven"  # who answered could not prove to be the server: a log-in page, a wrong clock, a fault
    NO_ANSWER = "no_answer"  # there is a network, and the server is not reached through it


class Hindered(ServerUnreachable):
    """No usable answer, and something is known of why."""

    def __init__(self, hindrance: Hindrance, why: str) -> None:
        super().__init__(why)
        self.hindrance = hindrance


def disputed(records: Sequence[str]) -> RequestRefused:
    """The server confirmed other bytes than ours."""
    return RequestRefused(
        Code.RECORD_CONFLICT,
        f"The server confirmed {len(records)} entries with other contents than this phone's.",
        "Your entries are kept on the phone; contact the study team.",
    )


def locked() -> RequestRefused:
    """The phone was reported lost."""
    return RequestRefused(
        Code.DEVICE_LOST, "This phone was reported lost.", "If you have it, call the study team for a new code."
    )


def pin_needed() -> DiaryUnavailable:
    """All is sent but what was made before the study's key was known, and only the PIN opens that."""
    return DiaryUnavailable(
        Code.DIARY_LOCKED, "Some entries can be read only with the PIN.", "Open the diary; then they are sent."
    )


def update_needed() -> RequestRefused:
    """The app is older than the server's oldest protocol; what it held was taken all the same."""
    return RequestRefused(
        Code.PROTOCOL_TOO_OLD, "This version of the diary is too old.", "Update the app; your entries were received."
    )


def never_settled() -> RequestRefused:
    """The server's answers contradict each other."""
    return RequestRefused(
        Code.CHAIN_FORK,
        "The server and this phone do not agree on what was sent.",
        "Your entries are kept on the phone; contact the study team if this stays.",
    )
