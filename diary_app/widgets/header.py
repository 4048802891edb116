"""The quiet line above a screen: the other language, one tap away, named in itself."""

import flet as ft

from diary_app.state import DiaryState
from diary_app.texts import LANGUAGES, other_language
from diary_app.widgets.buttons import quiet


def header(state: DiaryState) -> ft.Control:
    """Nothing to switch to leaves the line out."""
    other = other_language(state.say.language, state.languages)
    return ft.Row(
        [quiet(LANGUAGES.get(other, other), state.change_language, key="language")],
        alignment=ft.MainAxisAlignment.END, visible=other != state.say.language,
    )  # fmt: skip
