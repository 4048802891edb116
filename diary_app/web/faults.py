"""How a build of the web app fails: one code, the reason, and what to do."""

from diary_app.core.errors import Code, CommandRefused


def build_failed(message: str, remedy: str) -> CommandRefused:
    """The error to raise; nothing of the standing build has been touched."""
    return CommandRefused(Code.WEB_BUILD_FAILED, message, remedy)
