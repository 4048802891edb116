"""Text on the screen in the few sizes the app uses; a heading is a heading to a screen reader too."""

import flet as ft

from diary_app.widgets.theme import LINE_HEIGHT, Colour, Size

#: The bundled Roboto has one weight; from 600 on the renderer draws it bolder.
EMPHASIS = ft.FontWeight.W_600


def title(words: str, *, shrunk: bool = False) -> ft.Semantics:
    """The one heading of a screen; `shrunk` where letters are large already, so that a long word fits a small phone."""
    return _heading(_text(words, Size.LEAD if shrunk else Size.TITLE, Colour.INK, EMPHASIS, height=1.25))


def question(words: str) -> ft.Semantics:
    """A question as the heading of its screen."""
    return _heading(_text(words, Size.QUESTION, Colour.INK, EMPHASIS, height=1.3))


def section(words: str) -> ft.Semantics:
    """The heading of a part of a screen."""
    return _heading(_text(words, Size.LEAD, Colour.INK, EMPHASIS, height=1.3), level=2)


def body(words: str, colour: Colour = Colour.INK, *, align: ft.TextAlign = ft.TextAlign.START) -> ft.Text:
    """Running text."""
    return _text(words, Size.BODY, colour, ft.FontWeight.W_400, align=align)


def strong(words: str, colour: Colour = Colour.INK) -> ft.Text:
    """A few words that carry the line."""
    return _text(words, Size.BODY, colour, EMPHASIS)


def small(words: str, colour: Colour = Colour.MUTED, *, align: ft.TextAlign = ft.TextAlign.START) -> ft.Text:
    """Small print, which is never smaller than 16."""
    return _text(words, Size.SMALL, colour, ft.FontWeight.W_400, align=align)


def unbroken(words: str) -> str:
    """A telephone number that stays on one line."""
    return words.replace(" ", "\u00a0")


def announced(content: ft.Control) -> ft.Semantics:
    """A part that a screen reader reads out when it changes."""
    return ft.Semantics(live_region=True, container=True, content=content)


def _heading(content: ft.Text, level: int = 1) -> ft.Semantics:
    return ft.Semantics(heading_level=level, content=content)


def _text(
    words: str, size: int, colour: Colour, weight: ft.FontWeight,
    *, height: float = LINE_HEIGHT, align: ft.TextAlign = ft.TextAlign.START,
) -> ft.Text:  # fmt: skip
    return ft.Text(words, text_align=align, style=ft.TextStyle(size=size, color=colour, weight=weight, height=height))
