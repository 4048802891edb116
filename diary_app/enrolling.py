"""What can go wrong when a code is used, in the terms of the screen that says so."""

from enum import StrEnum

from diary_app.core.errors import Code


class Trouble(StrEnum):
    """Why there is no diary yet."""

    SLIP = "slip"
    UNKNOWN = "unknown"
    EXPIRED = "expired"
    USED = "used"
    TOO_OFTEN = "too_often"
    OFFLINE = "offline"
    TOO_OLD = "too_old"
    OTHER = "other"


_TROUBLES: dict[Code, Trouble] = {
    Code.CODE_MALFORMED: Trouble.SLIP,
    Code.CODE_UNKNOWN: Trouble.UNKNOWN,
    Code.CODE_EXPIRED: Trouble.EXPIRED,
    Code.CODE_USED: Trouble.USED,
    Code.TOO_MANY_TRIES: Trouble.TOO_OFTEN,
    Code.PROTOCOL_TOO_OLD: Trouble.TOO_OLD,
}


def trouble_of(code: Code) -> Trouble:
    """What a stable code means to the person with the letter in their hand."""
    return _TROUBLES.get(code, Trouble.OTHER)
