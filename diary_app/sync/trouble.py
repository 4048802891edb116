"""What can stop a sync although the server answered; each says what to do about it."""

from collections.abc import Sequence

from diary_app.core.errors import Code, DiaryUnavailable, RequestRefused


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
