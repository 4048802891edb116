"""One of a few, as rows of words under their heading."""

from collections.abc import Awaitable, Callable, Mapping

import flet as ft

from diary_app.widgets.answers import words_row
from diary_app.widgets.theme import Size
from diary_app.widgets.writing import section


def choices(
    heading: str, options: Mapping[str, str], chosen: str | None, choose: Callable[[str], object], *, key: str
) -> ft.Control:
    """`options`: value -> words, in the order in which they are offered."""

    async def choose_one(event: ft.Event[ft.RadioGroup]) -> None:
        under_way = choose(str(event.data))
        if isinstance(under_way, Awaitable):
            await under_way

    rows = [words_row(value, words, chosen) for value, words in options.items()]
    column = ft.Column(rows, spacing=Size.STEP, horizontal_alignment=ft.CrossAxisAlignment.STRETCH)
    group = ft.RadioGroup(key=key, value=chosen, on_change=choose_one, content=column)
    named = ft.Semantics(label=heading, container=True, content=group)
    return ft.Column([section(heading), named], horizontal_alignment=ft.CrossAxisAlignment.STRETCH)
