"""Where in the app one can be: its parts, its problems, its addresses."""

from enum import StrEnum

from diary_app.core.errors import Code

HOME, REVIEW, LATE = "/", "/review", "/late"
HISTORY, SETTINGS, PIN, REMINDERS, ABOUT, CODES = (
    "/history",
    "/settings",
    "/settings/pin",
    "/settings/reminders",
    "/settings/about",
    "/settings/codes",
)


class Place(StrEnum):
    """Which part of the app the participant is in."""

    STARTING = "starting"
    PROBLEM = "problem"
    WELCOME = "welcome"
    CHOOSE_PIN = "choose_pin"
    LOCKED = "locked"
    PRACTICE = "practice"
    REMINDERS = "reminders"
    DIARY = "diary"


class Problem(StrEnum):
    """Why the diary cannot be shown; every entry is safe in each of these."""

    STORAGE = "storage"
    FULL = "full"
    TOO_NEW = "too_new"
    CHANGED = "changed"
    LOCKED = "locked"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    UPDATE = "update"
    HOME_SCREEN = "home_screen"


_OF_STORAGE = {
    Code.STORAGE_FULL: Problem.FULL,
    Code.STORAGE_TOO_NEW: Problem.TOO_NEW,
    Code.DATABASE_GUARDS_MISSING: Problem.CHANGED,
}


def problem_of(code: Code) -> Problem:
    """What a failure of the phone's own storage is to the participant."""
    return _OF_STORAGE.get(code, Problem.STORAGE)


def question(number: int) -> str:
    """The address of a question's screen."""
    return f"/question/{number}"
