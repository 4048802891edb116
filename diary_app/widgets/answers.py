"""The answers to one question as one radio group: equal number cells, words in rows, all the same to a screen reader.

A cell is drawn by us; the framework's radio lies over it, unseen, and brings role, name, state, keyboard and touch.
"""

from collections.abc import Callable

import flet as ft

from diary_app.core.instruments import Item
from diary_app.widgets.drawing import component
from diary_app.widgets.focus_ring import with_ring
from diary_app.widgets.theme import LINE_HEIGHT, Colour, Size
from diary_app.widgets.writing import EMPHASIS, small

#: Widths of the window from which the eleven numbers stand four to a row, or all in one row.
BREAKPOINTS: dict[str | ft.ResponsiveRowBreakpoint, ft.Number] = {"narrow": 0, "wide": 664}
_COLUMNS: dict[str | ft.ResponsiveRowBreakpoint, ft.Number] = {"narrow": 4, "wide": 11}


def answer_group(
    question: str, chosen: str | None, choose: Callable[[str], None], rows: list[ft.Control]
) -> ft.Control:
    """All answers to a question; `choose` gets the value of the one that was tapped."""

    def choose_answer(event: ft.Event[ft.RadioGroup]) -> None:
        choose(str(event.data))

    group = ft.RadioGroup(
        key="answers", value=chosen, on_change=choose_answer,
        content=ft.Column(rows, spacing=Size.STEP, horizontal_alignment=ft.CrossAxisAlignment.STRETCH),
    )  # fmt: skip
    return ft.Semantics(label=question, container=True, content=group)


def number_grid(item: Item, chosen: str | None, low: str, high: str) -> list[ft.Control]:
    """The scale from lowest to highest with words at both ends."""
    ends = {item.lowest: low, item.highest: high}
    cells: list[ft.Control] = [
        _number(value, ends.get(value), chosen == str(value)) for value in range(item.lowest, item.highest + 1)
    ]
    low_words, high_words = f"{item.lowest}  {low}", f"{item.highest}  {high}"
    return [
        _only("narrow", small(low_words)),
        ft.ResponsiveRow(cells, columns=_COLUMNS, breakpoints=BREAKPOINTS, spacing=Size.STEP, run_spacing=Size.STEP),
        _only("narrow", small(high_words)),
        _only("wide", small(low_words), small(high_words, align=ft.TextAlign.END)),
    ]


def words_row(value: str, words: str, chosen: str | None, *, lesser: bool = False) -> ft.Control:
    """One answer in words over the whole width; a lesser one is drawn without a box until it is chosen."""
    selected = chosen == value
    mark = ft.Container(
        width=20, height=20, shape=ft.BoxShape.CIRCLE,
        border=ft.Border.all(6 if selected else 2, Colour.ACCENT if selected else Colour.LINE),
    )  # fmt: skip
    text = ft.Text(words, size=Size.BODY, color=Colour.INK, style=ft.TextStyle(height=LINE_HEIGHT), expand=True)
    cell = ft.Container(
        content=ft.Row([mark, text], spacing=14), padding=ft.Padding.symmetric(vertical=14, horizontal=16),
        border_radius=Size.CORNER, border=_border(selected, boxed=not lesser),
        bgcolor=Colour.ACCENT_SOFT if selected else None if lesser else Colour.SURFACE, ignore_interactions=True,
    )  # fmt: skip
    return _answer(value, cell)


def _number(value: int, end: str | None, selected: bool) -> ft.Control:
    number = ft.Text(
        str(value), size=Size.NUMBER, weight=EMPHASIS if selected else ft.FontWeight.W_400, no_wrap=True,
        color=Colour.ON_ACCENT if selected else Colour.INK, semantics_label=f"{value}, {end}" if end else None,
    )  # fmt: skip
    cell = ft.Container(
        content=number, alignment=ft.Alignment.CENTER, padding=ft.Padding.symmetric(vertical=14),
        border_radius=Size.CORNER, border=_border(selected, boxed=True),
        bgcolor=Colour.ACCENT if selected else Colour.SURFACE, ignore_interactions=True,
    )  # fmt: skip
    return _answer(str(value), cell, col=1)


def _answer(value: str, cell: ft.Container, col: int = 12) -> ft.Control:
    return ft.MergeSemantics(content=_touchable(value, cell), col=col)


@component
def _touchable(value: str, cell: ft.Container) -> ft.Control:
    """The cell under an unseen radio that fills it; the ring says where the keyboard is."""
    focused, set_focused = ft.use_state(False)
    radio = ft.Radio(
        key=f"answer-{value}", value=value, fill_color=ft.Colors.TRANSPARENT, overlay_color=ft.Colors.TRANSPARENT,
        left=0, top=0, right=0, bottom=0,
        on_focus=lambda: set_focused(True), on_blur=lambda: set_focused(False),
    )  # fmt: skip
    return with_ring(cell, radio, focused=focused)


def _border(selected: bool, *, boxed: bool) -> ft.Border:
    if selected:
        return ft.Border.all(1, Colour.ACCENT)
    return ft.Border.all(1, Colour.LINE) if boxed else ft.Border.all(1, ft.Colors.TRANSPARENT)


def _only(width: str, *words: ft.Control) -> ft.ResponsiveRow:
    share = 12 // len(words)
    for word in words:
        word.col = {"narrow": share if width == "narrow" else 0, "wide": share if width == "wide" else 0}
    return ft.ResponsiveRow(list(words), breakpoints=BREAKPOINTS, run_spacing=0, spacing=0)
