"""What a participant should know without being stopped by it."""

from datetime import timedelta

import flet as ft

from diary_app.journal import Belonging
from diary_app.state import DiaryState
from diary_app.texts import Texts
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import body

TOLERANCE = timedelta(minutes=5)
AHEAD = (
    "This phone's clock is {much} ahead. The diary opens and closes by it. "
    "Set the time to automatic in the phone's own settings."
)
BEHIND = (
    "This phone's clock is {much} behind. The diary opens and closes by it. "
    "Set the time to automatic in the phone's own settings."
)


def notices(state: DiaryState) -> list[ft.Control]:
    """None, usually."""
    error = _clock_error(state.belonging)
    if abs(error) <= TOLERANCE:
        return []
    words = state.say(AHEAD if error > timedelta() else BEHIND, much=_much(state.say, abs(error)))
    return [body(words, Colour.LATE)]


def _clock_error(belonging: Belonging | None) -> timedelta:
    """How far this phone's clock was ahead of the study's when the two were last compared; nothing while unknown."""
    offset = belonging.installation.clock_offset_ms if belonging else None
    return -timedelta(milliseconds=offset or 0)


def _much(say: Texts, error: timedelta) -> str:
    """In the largest unit of which there are at least two."""
    minutes = round(error.total_seconds() / 60)
    if minutes >= 2 * 24 * 60:
        return say("{number} days", number=minutes // (24 * 60))
    if minutes >= 2 * 60:
        return say("{number} hours", number=minutes // 60)
    return say("{number} minutes", number=minutes)
