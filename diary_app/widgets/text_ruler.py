"""Finds out how large letters are on this device: nothing else tells."""

from collections.abc import Callable

import flet as ft

from diary_app.widgets.theme import Size


def text_ruler(measured: Callable[[float], None]) -> ft.Control:
    """A letter of known size that is laid out but never seen; `measured` gets the scale whenever it changes."""

    def measure(event: ft.LayoutSizeChangeEvent[ft.LayoutControl]) -> None:
        measured(event.height / Size.BODY)

    letter = ft.Text("0", opacity=0, style=ft.TextStyle(size=Size.BODY, height=1))
    ruler = ft.Container(letter, key="ruler", on_size_change=measure, ignore_interactions=True)
    return ft.Container(ft.Semantics(content=ruler, exclude_semantics=True), left=0, top=0)
