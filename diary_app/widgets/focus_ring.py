"""Where the keyboard is: a ring around what we draw, while the framework's own control lies unseen over it."""

import flet as ft

from diary_app.widgets.theme import Colour, Size


def with_ring(drawn: ft.Control, unseen: ft.Control, *, focused: bool) -> ft.Control:
    """`unseen` fills what is drawn and takes every tap; the ring is there while it has the keyboard."""
    ring = ft.Container(
        left=0, top=0, right=0, bottom=0, border_radius=Size.CORNER, ignore_interactions=True, visible=focused,
        border=ft.Border.all(3, Colour.INK),
    )  # fmt: skip
    return ft.Stack([drawn, unseen, ring])
