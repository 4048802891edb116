"""Find out how large letters are on this device, and how much room there is: nothing else tells."""

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


def window_ruler(measured: Callable[[float, float], None]) -> ft.Control:
    """As large as the window; `measured` gets its width and height in pixels whenever they change."""

    def measure(event: ft.LayoutSizeChangeEvent[ft.LayoutControl]) -> None:
        measured(event.width, event.height)

    ruler = ft.Container(key="window", on_size_change=measure, ignore_interactions=True)
    return ft.Container(ruler, left=0, top=0, right=0, bottom=0)  # one control cannot be both placed and measured
