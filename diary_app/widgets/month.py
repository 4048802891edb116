"""A month of evenings: a calendar where seven targets fit side by side, else a list; the same words in both."""

from collections.abc import Callable
from datetime import date

import flet as ft

from diary_app.core.grading import State
from diary_app.looking_back import Past, Week, days_of, weeks_of
from diary_app.state import DiaryState
from diary_app.texts import Texts
from diary_app.widgets.buttons import focus_ring
from diary_app.widgets.day_shapes import NAMES, day_shape
from diary_app.widgets.frame import edge_to_edge
from diary_app.widgets.theme import Colour, Size
from diary_app.widgets.writing import EMPHASIS, body, small, strong

Open = Callable[[date], None]

#: Between the calendar and the edges of a narrow window.
_EDGE = 3
_DAYS = 7
#: Width of the window from which seven full targets fit side by side with a step between them.
BREAKPOINTS: dict[str | ft.ResponsiveRowBreakpoint, ft.Number] = {
    "narrow": 0, "wide": _DAYS * Size.TARGET + (_DAYS - 1) * Size.STEP + 2 * _EDGE,
}  # fmt: skip
_BESIDE = ft.Padding.symmetric(horizontal=Size.PADDING)
_AROUND = ft.Padding.symmetric(vertical=8)
_SHAPE = ft.RoundedRectangleBorder(radius=Size.STEP)
_LINE = ft.ButtonStyle(padding=ft.Padding.symmetric(vertical=8), shape=_SHAPE, side=focus_ring())


def month_of_evenings(state: DiaryState, past: Past, month: date, open_day: Open) -> list[ft.Control]:
    """With what the shapes mean; the list says it line by line."""
    lines = _lines(state.say, past, month, open_day)
    if state.large_text:
        return [lines]
    legend = ft.Container(_legend(state.say, past, month), padding=_BESIDE)
    calendar = ft.Column([_calendar(state.say, past, month, open_day), legend], spacing=20)
    calendar.horizontal_alignment = ft.CrossAxisAlignment.STRETCH
    both: list[ft.Control] = [
        ft.Container(calendar, col={"narrow": 0, "wide": 12}),
        ft.Container(lines, col={"narrow": 12, "wide": 0}, padding=_BESIDE),
    ]
    return [edge_to_edge(ft.ResponsiveRow(both, breakpoints=BREAKPOINTS, spacing=0, run_spacing=0))]


def _calendar(say: Texts, past: Past, month: date, open_day: Open) -> ft.Control:
    weeks = weeks_of(month)
    letters = _row([_letters(say, day) for day in weeks[1] if day])
    rows: list[ft.Control] = [letters, *(_week(say, past, week, open_day) for week in weeks)]
    return ft.Container(ft.Column(rows, spacing=Size.STEP), padding=ft.Padding.symmetric(horizontal=_EDGE))


def _letters(say: Texts, day: date) -> ft.Control:
    words = small(say.weekday_letters(day), align=ft.TextAlign.CENTER)
    return ft.Semantics(content=words, exclude_semantics=True, expand=1)  # each day says its own


def _week(say: Texts, past: Past, week: Week, open_day: Open) -> ft.Control:
    return _row([_cell(say, past, day, open_day) if day else ft.Container(expand=1) for day in week])


def _row(cells: list[ft.Control]) -> ft.Row:
    return ft.Row(cells, spacing=Size.STEP)


def _cell(say: Texts, past: Past, day: date, open_day: Open) -> ft.Control:
    state, is_today = past.state(day), day == past.today
    number = ft.Text(
        str(day.day), size=Size.BODY, semantics_label=_name(say, past, day),
        color=Colour.INK if past.has_details(day) else Colour.MUTED,
        weight=EMPHASIS if is_today else ft.FontWeight.W_400,
    )  # fmt: skip
    content = ft.Column(
        [number, day_shape(state)], spacing=2, tight=True, horizontal_alignment=ft.CrossAxisAlignment.CENTER
    )
    cell: ft.Control = ft.Container(content, padding=_AROUND, alignment=ft.Alignment.CENTER)
    if past.has_details(day):
        cell = ft.TextButton(key=f"day-{day}", content=content, style=_style(is_today), on_click=lambda: open_day(day))
    return ft.Semantics(content=cell, container=True, expand=1)


def _style(is_today: bool) -> ft.ButtonStyle:
    """Today has an edge of its own."""
    edge = ft.BorderSide(2, Colour.ACCENT) if is_today else None
    return ft.ButtonStyle(padding=_AROUND, shape=_SHAPE, color=Colour.INK, side=focus_ring(edge))


def _lines(say: Texts, past: Past, month: date, open_day: Open) -> ft.Control:
    """The newest first: in a list nobody looks for the first of the month."""
    days = [day for day in reversed(days_of(month)) if past.has_details(day)]
    lines: list[ft.Control] = [_line(say, past, day, open_day) for day in days]
    return ft.Column(
        lines or [body(say("Nothing in this month."), Colour.MUTED)],
        spacing=Size.STEP / 2, horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )  # fmt: skip


def _line(say: Texts, past: Past, day: date, open_day: Open) -> ft.Control:
    state = past.state(day)
    words = ft.Column([strong(say.day_alone(day)), small(say(NAMES[state]))], spacing=2, tight=True, expand=True)
    row = ft.Row(
        [day_shape(state), words, ft.Icon(ft.Icons.CHEVRON_RIGHT, color=Colour.LINE)],
        spacing=12, vertical_alignment=ft.CrossAxisAlignment.START,
    )  # fmt: skip
    button = ft.TextButton(key=f"line-{day}", content=row, style=_LINE, on_click=lambda: open_day(day))
    line = ft.Border.only(bottom=ft.BorderSide(1, Colour.ACCENT_SOFT))
    return ft.Container(button, border=line, padding=ft.Padding.only(bottom=Size.STEP / 2))


def _legend(say: Texts, past: Past, month: date) -> ft.Control:
    """Only what the month holds, in one order; the calendar's own names say it to a screen reader."""
    present = {past.state(day) for day in days_of(month)} - {State.NOT_EXPECTED}
    entries = [_meaning(say, state) for state in NAMES if state in present]
    return ft.Semantics(
        content=ft.Row(entries, wrap=True, spacing=20, run_spacing=Size.STEP), exclude_semantics=True,
        visible=bool(entries),
    )  # fmt: skip


def _meaning(say: Texts, state: State) -> ft.Control:
    return ft.Row([day_shape(state), small(say(NAMES[state]))], spacing=Size.STEP, tight=True)


def _name(say: Texts, past: Past, day: date) -> str:
    words, state = say.day_alone(day), say(NAMES[past.state(day)])
    if day == past.today:
        return say("{day}, today: {state}", day=words, state=state)
    return say("{day}: {state}", day=words, state=state)
