"""A line that is there for those who ask for it."""

import flet as ft

from diary_app.texts import Texts
from diary_app.widgets.buttons import leaning, quiet
from diary_app.widgets.drawing import component
from diary_app.widgets.writing import small


@component
def details(say: Texts, words: str) -> ft.Control:
    """Closed at first."""
    opened, set_opened = ft.use_state(False)
    switch = leaning(
        quiet(say("Details"), lambda: set_opened(not opened), key="details"), ft.Alignment.CENTER_LEFT
    )  # fmt: skip
    rows: list[ft.Control] = [ft.MergeSemantics(content=ft.Semantics(content=switch, expanded=opened))]
    if opened:
        rows.append(small(words))
    return ft.Column(rows, spacing=0)
