"""One day of the past; an address that names no such day leads back."""

import flet as ft

from diary_app.history import History
from diary_app.screens.context import use_diary
from diary_app.widgets.day_lines import day_lines
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import card, frame
from diary_app.widgets.header import way_back
from diary_app.widgets.writing import title


@component
def history_day_screen(history: History, day: str) -> ft.Control:
    """The day as a heading, and what is known of it."""
    state = use_diary()
    ft.use_effect(history.read, [])
    say, details = state.say, history.details(day)
    content: list[ft.Control] = [title(say("Your evenings"), shrunk=state.large_text)]
    if details is not None:
        content = [title(say.day_alone(details.day), shrunk=state.large_text), card(day_lines(say, details))]
    return frame(state.look, content, [], key="history-day", above=way_back(state, history.show_month))
