"""How every part of the screen is drawn: a fault in one is told like any other, and the app goes on.

Flet ends its repainting for good when a component raises: nothing that is tapped afterwards shows.
"""

import traceback
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

import flet as ft

from diary_app.widgets.theme import Size

Given = ParamSpec("Given")


def nothing() -> ft.Control:
    """In the place of a part of a screen: what went wrong is told on a screen of its own."""
    return ft.Container()


def last_words() -> ft.Control:
    """A page that needs nothing of the app, for where the screen that tells of faults has one itself.

    In both languages, since which one is spoken may be what could not be found out.
    """
    danish = (
        "Der er sket en fejl i dagbogen. Det, du havde gemt, er her stadig. Luk dagbogen, og åbn den igen. "
        "Bliver det ved, så ring til din sygeplejerske i forsøget."
    )
    english = (
        "Something went wrong in the diary. What you had saved is still here. Close the diary and open it again. "
        "If it stays, call your study nurse."
    )
    lines: list[ft.Control] = [ft.Text(words, size=Size.BODY) for words in (danish, english)]
    column = ft.Column(lines, key="last-words", spacing=Size.PADDING, scroll=ft.ScrollMode.AUTO)
    return ft.SafeArea(ft.Container(column, padding=Size.PADDING))


def component(draw: Callable[Given, ft.Control]) -> Callable[Given, ft.Control]:
    """In place of `ft.component`."""
    return ft.component(_guarded(draw, nothing))


def whole_screen(draw: Callable[Given, ft.Control]) -> Callable[Given, ft.Control]:
    """The same for what no other screen can stand in for."""
    return ft.component(_guarded(draw, last_words))


def _guarded(draw: Callable[Given, ft.Control], instead: Callable[[], ft.Control]) -> Callable[Given, ft.Control]:
    @wraps(draw)
    def drawn(*given: Given.args, **named: Given.kwargs) -> ft.Control:
        try:
            return draw(*given, **named)
        except Exception as fault:  # noqa: BLE001 - whatever it is; it is told where those of taps are
            ft.context.page.session.error(f"{fault}\n{traceback.format_exc()}")
            return instead()

    return drawn
