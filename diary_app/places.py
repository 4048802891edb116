"""Where in the app one can be: its parts, its problems, its addresses."""

from enum import StrEnum

HOME, REVIEW, LATE = "/", "/review", "/late"


class Place(StrEnum):
    """Which part of the app the participant is in."""

    STARTING = "starting"
    PROBLEM = "problem"
    WELCOME = "welcome"
    PRACTICE = "practice"
    DIARY = "diary"


class Problem(StrEnum):
    """Why the diary cannot be shown; every entry is safe in each of these."""

    STORAGE = "storage"
    LOCKED = "locked"
    REPLACED = "replaced"
    UPDATE = "update"
    HOME_SCREEN = "home_screen"


def question(number: int) -> str:
    """The address of a question's screen."""
    return f"/question/{number}"
