"""One thing that is so or not: words over the whole width with a box before them, however large the letters are."""

from collections.abc import Callable

import flet as ft

from diary_app.widgets.drawing import component
from diary_app.widgets.focus_ring import with_ring
from diary_app.widgets.theme import LINE_HEIGHT, Colour, Size


def tick(words: str, ticked: bool, turn: Callable[[], object], *, key: str) -> ft.Control:
    """As with answers, the framework's own control lies unseen over what we draw: its own label would not wrap."""
    return ft.MergeSemantics(content=_touchable(words, ticked, turn, key))


@component
def _touchable(words: str, ticked: bool, turn: Callable[[], object], key: str) -> ft.Control:
    focused, set_focused = ft.use_state(False)
    box = ft.Container(
        ft.Icon(ft.Icons.CHECK, size=18, color=Colour.ON_ACCENT, visible=ticked), width=22, height=22, border_radius=4,
        border=ft.Border.all(2, Colour.ACCENT if ticked else Colour.LINE), alignment=ft.Alignment.CENTER,
        bgcolor=Colour.ACCENT if ticked else None,
    )  # fmt: skip
    text = ft.Text(words, expand=True, style=ft.TextStyle(size=Size.SMALL, color=Colour.MUTED, height=LINE_HEIGHT))
    drawn = ft.Container(
        ft.Row([box, text], spacing=14), padding=ft.Padding.symmetric(vertical=14), ignore_interactions=True,
    )  # fmt: skip
    unseen = ft.Checkbox(
        key=key, value=ticked, left=0, top=0, right=0, bottom=0, on_change=turn,
        fill_color=ft.Colors.TRANSPARENT, check_color=ft.Colors.TRANSPARENT, overlay_color=ft.Colors.TRANSPARENT,
        border_side=ft.BorderSide(0, ft.Colors.TRANSPARENT),
        on_focus=lambda: set_focused(True), on_blur=lambda: set_focused(False),
    )  # fmt: skip
    return with_ring(drawn, unseen, focused=focused)
