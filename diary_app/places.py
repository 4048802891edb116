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
#: So that the client has left the address of a screen that failed before anything is drawn again.
UNTIL_AWAY_SECONDS = 0.3


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
    DAMAGED = "damaged"
    UNEXPECTED = "unexpected"
    LOCKED = "locked"
    REPLACED = "replaced"
    WITHDRAWN = "withdrawn"
    UPDATE = "update"
    HOME_SCREEN = "home_screen"


#: What sending cannot put right: the participant is told until they have tried again.
OF_THIS_PHONE = frozenset(
    {Problem.STORAGE, Problem.FULL, Problem.TOO_NEW, Problem.CHANGED, Problem.DAMAGED, Problem.UNEXPECTED}
)
_OF_STORAGE = {
    Code.STORAGE_FULL: Problem.FULL,
    Code.STORAGE_TOO_NEW: Problem.TOO_NEW,
    Code.DATABASE_GUARDS_MISSING: Problem.CHANGED,
    Code.STORAGE_DAMAGED: Problem.DAMAGED,
    Code.STUDY_INVALID: Problem.UPDATE,
}


def problem_of(code: Code) -> Problem:
    """What a failure of the phone's own storage is to the participant."""
    return _OF_STORAGE.get(code, Problem.STORAGE)


def question(number: int) -> str:
    """The address of a question's screen."""
    return f"/question/{number}"
