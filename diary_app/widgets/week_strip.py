"""The last seven days: a letter pair, a shape, and a name in words for each."""

import flet as ft

from diary_app.core.grading import State
from diary_app.look import Look
from diary_app.texts import Texts
from diary_app.today import WeekDay
from diary_app.widgets.day_shapes import NAMES, day_shape
from diary_app.widgets.theme import Colour, Size
from diary_app.widgets.writing import EMPHASIS, section


def week_strip(look: Look, week: tuple[WeekDay, ...]) -> ft.Control:
    """Oldest first; today stands out by its letters. Large ones have room for the first letter alone."""
    say = look.say
    if all(day.state is State.NOT_EXPECTED for day in week):
        return ft.Container(visible=False)
    days: list[ft.Control] = [_day(say, day, letters=1 if look.large_text else 2) for day in week]
    strip = ft.Row(days, alignment=ft.MainAxisAlignment.SPACE_BETWEEN, spacing=0)
    return ft.Column(
        [section(say("The last seven days")), strip], spacing=12, horizontal_alignment=ft.CrossAxisAlignment.STRETCH
    )


def _day(say: Texts, day: WeekDay, *, letters: int) -> ft.Control:
    weekday = ft.Text(
        say.weekday_letters(day.day)[:letters], size=Size.SMALL, no_wrap=True,
        color=Colour.INK if day.is_today else Colour.MUTED,
        weight=EMPHASIS if day.is_today else ft.FontWeight.W_400,
    )  # fmt: skip
    column = ft.Column(
        [weekday, day_shape(day.state)], spacing=6, tight=True, horizontal_alignment=ft.CrossAxisAlignment.CENTER
    )
    name = say("{day}: {state}", day=say.day_alone(day.day), state=say(NAMES[day.state]))
    return ft.Semantics(
        label=name, image=True, exclude_semantics=True, expand=True,
        content=ft.Container(column, alignment=ft.Alignment.CENTER),
    )  # fmt: skip
