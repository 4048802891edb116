"""What has been: a month of evenings as shapes, or as lines where room is short."""

import flet as ft

from diary_app.history import History
from diary_app.looking_back import Past
from diary_app.screens.context import use_diary
from diary_app.state import DiaryState
from diary_app.widgets.buttons import quiet
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import frame
from diary_app.widgets.header import way_back
from diary_app.widgets.month import month_of_evenings
from diary_app.widgets.own_data_section import own_data_section
from diary_app.widgets.trend import trend_section
from diary_app.widgets.writing import announced, section, title


@component
def history_screen(history: History) -> ft.Control:
    """States and receipts; answers only where the study shows them."""
    state = use_diary()
    ft.use_effect(history.read, [])
    content: list[ft.Control] = [title(state.say("Your evenings"), shrunk=state.large_text)]
    if history.past is not None:
        content += _month(state, history, history.past)
    return frame(state.look, content, [], key="history", above=way_back(state, state.ways.to_today))


def _month(state: DiaryState, history: History, past: Past) -> list[ft.Control]:
    return [
        _heading(state, history),
        *month_of_evenings(state, past, history.month, history.show_day),
        *trend_section(state, history),
        *own_data_section(state, history),
    ]


def _heading(state: DiaryState, history: History) -> ft.Control:
    """The month and the ways to those beside it; a way that leads nowhere is left out."""
    ways: list[ft.Control] = []
    if history.can_go_earlier:
        ways.append(quiet(state.say("Previous month"), history.show_earlier, key="earlier"))
    if history.can_go_later:
        ways.append(quiet(state.say("Next month"), history.show_later, key="later"))
    row = ft.Row(ways, alignment=ft.MainAxisAlignment.SPACE_BETWEEN, wrap=True, visible=bool(ways))
    return ft.Column(
        [announced(section(state.say.month(history.month))), row],
        spacing=4, horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )  # fmt: skip
