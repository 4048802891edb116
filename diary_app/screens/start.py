"""While the diary opens."""

import flet as ft

from diary_app.screens.context import use_diary
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import frame
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import body

OPENING = "The diary is opening …"


@component
def start_screen() -> ft.Control:
    """A quiet moment; usually too short to be read."""
    state = use_diary()
    words = body(state.say(OPENING), Colour.MUTED, align=ft.TextAlign.CENTER)
    return frame(state.look, [words], [], key="start")
