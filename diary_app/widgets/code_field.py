"""Where an enrolment code is typed: it groups itself while one types at its end, and forgives what people type."""

from collections.abc import Callable

import flet as ft

from diary_app.widgets.theme import Colour, Size

GROUP = 4
LENGTH = 12
MOST_LINES = 3
FIELD_BORDER: dict[ft.ControlState, ft.InputBorder] = {
    ft.ControlState.FOCUSED: ft.OutlineInputBorder(side=ft.BorderSide(2, Colour.ACCENT), border_radius=Size.CORNER),
    ft.ControlState.DEFAULT: ft.OutlineInputBorder(side=ft.BorderSide(1, Colour.LINE), border_radius=Size.CORNER),
}


def grouped_while_typing(before: str, typed: str) -> str:
    """Groups of four with hyphens as the code grows; nothing moves under the finger while something is removed."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    if len(typed) <= len(before) or len(letters) > LENGTH:
        return typed
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def code_field(
    label: str, typed: str, type_code: Callable[[str], None], *, enabled: bool, large: bool = False
) -> ft.TextField:
    """One field for the whole code; its label shrinks to three quarters while it floats, and is still not under 16.

    In large letters the code takes two lines: who compares it with a letter has to see the whole of it.
    """

    def type_grouped(event: ft.Event[ft.TextField]) -> None:
        type_code(grouped_while_typing(typed, event.control.value))

    return ft.TextField(
        key="code", multiline=large, max_lines=MOST_LINES if large else 1, shift_enter=True,
        label=label, value=typed, on_change=type_grouped, disabled=not enabled,
        hint_text="XXXX-XXXX-XXXX", autocorrect=False, enable_suggestions=False, smart_dashes_type=False,
        capitalization=ft.TextCapitalization.CHARACTERS, text_size=Size.NUMBER, border=FIELD_BORDER,
        content_padding=ft.Padding.symmetric(horizontal=16, vertical=18),
        label_style=ft.TextStyle(size=Size.NUMBER, color=Colour.MUTED),
        hint_style=ft.TextStyle(size=Size.NUMBER, color=Colour.MUTED),
    )  # fmt: skip
