"""The quiet line above a screen: the other language on the way in, history and settings on Today, Back elsewhere."""

import flet as ft

from diary_app.state import DiaryState
from diary_app.texts import LANGUAGES, other_language
from diary_app.widgets.buttons import Intent, at_left, leaning, quiet


def header(state: DiaryState) -> ft.Control:
    """The other language, named in itself; nothing to switch to leaves the line out."""
    other = other_language(state.say.language, state.languages)
    switch = quiet(LANGUAGES.get(other, other), state.change_language, key="language")
    return ft.Row(
        [leaning(switch, ft.Alignment.CENTER_RIGHT)],
        alignment=ft.MainAxisAlignment.END, visible=other != state.say.language,
    )  # fmt: skip


def ways_on(state: DiaryState) -> ft.Control:
    """What is beside Today: what has been, and how it is set."""
    history = quiet(state.say("History"), state.ways.to_history, key="history")
    settings = quiet(state.say("Settings"), state.ways.to_settings, key="settings")
    return ft.Row(
        [leaning(history, ft.Alignment.CENTER_LEFT), leaning(settings, ft.Alignment.CENTER_RIGHT)],
        alignment=ft.MainAxisAlignment.SPACE_BETWEEN, wrap=True,
    )  # fmt: skip


def way_back(state: DiaryState, back: Intent) -> ft.Control:
    """From an inner screen."""
    return at_left(quiet(state.say("Back"), back, key="back"))
