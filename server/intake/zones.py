"""Time zones that staff type."""

from diary_app.core.errors import Code, RequestRefused
from diary_app.core.times import UnknownZone, zone


def require_zone(name: str) -> None:
    """Raises `RequestRefused` (not_found) for what is no zone."""
    try:
        zone(name)
    except UnknownZone as error:
        raise RequestRefused(
            Code.NOT_FOUND, "There is no such time zone.", "Choose one of the IANA list, such as Europe/Copenhagen."
        ) from error
