"""One question with its answer, as a line that leads back to the question."""

import flet as ft

from diary_app.widgets.buttons import Intent, focus_ring
from diary_app.widgets.theme import Colour, Size
from diary_app.widgets.writing import small, strong

#: Half of what keeps two lines apart; the other half is the `spacing` of the column that they stand in.
BETWEEN = ft.Padding.only(bottom=Size.STEP / 2)


def review_line(question: str, answer: str, change: Intent, *, key: str, changed: bool) -> ft.Control:
    """The whole line can be tapped."""
    words = ft.Column(
        [small(question), strong(answer, Colour.ACCENT if changed else Colour.INK)],
        spacing=4, expand=True, tight=True,
    )  # fmt: skip
    row = ft.Row([words, ft.Icon(ft.Icons.CHEVRON_RIGHT, color=Colour.LINE)], spacing=Size.STEP)
    return ft.Container(
        content=ft.TextButton(
            key=key, content=row, on_click=change,
            style=ft.ButtonStyle(
                padding=ft.Padding.symmetric(vertical=10), shape=ft.RoundedRectangleBorder(radius=Size.STEP),
                side=focus_ring(),
            ),
        ),
        border=ft.Border.only(bottom=ft.BorderSide(1, Colour.ACCENT_SOFT)), padding=BETWEEN,
    )  # fmt: skip
