"""How a screen gets at the app's state: handed down once, never imported."""

import flet as ft

from diary_app.state import DiaryState

DiaryContext: ft.ContextProvider[DiaryState | None] = ft.create_context(None)


def use_diary() -> DiaryState:
    """The state of the app this screen belongs to; the screen repaints when it changes."""
    state = ft.use_context(DiaryContext)
    assert state is not None, "a screen is rendered inside DiaryContext"
    return state
