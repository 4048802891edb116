"""How far one has come in the questions: words and a bar."""

import flet as ft

from diary_app.texts import Texts
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import small


def progress(say: Texts, number: int, length: int, *, practice: bool) -> ft.Control:
    """`2 of 6`; a practice says that it is one."""
    words = say("{number} of {length}", number=number, length=length)
    if practice:
        words = say("Practice · {progress}", progress=words)
    bar = ft.ProgressBar(
        value=number / length, bar_height=6, border_radius=3, color=Colour.ACCENT, bgcolor=Colour.ACCENT_SOFT
    )
    return ft.Column(
        [small(words), ft.Semantics(content=bar, exclude_semantics=True)],
        spacing=8, horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )  # fmt: skip
