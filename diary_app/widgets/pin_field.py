"""Where a PIN is typed: hidden, digits only, with the phone's own large number keys."""

from collections.abc import Callable

import flet as ft

from diary_app.widgets.code_field import FIELD_BORDER
from diary_app.widgets.theme import Colour, Size

_DIGITS = ft.InputFilter(regex_string=r"^\d{0,6}$")


def pin_field(
    label: str, typed: str, type_pin: Callable[[str], None], go_on: Callable[[], object], *, key: str
) -> ft.TextField:
    """A field of the platform: its keys, its screen reader, its one-handed keyboard. Enter is the button below."""

    def type_digits(event: ft.Event[ft.TextField]) -> None:
        type_pin(event.control.value)

    return ft.TextField(
        key=key, label=label, value=typed, on_change=type_digits, on_submit=go_on,
        password=True, keyboard_type=ft.KeyboardType.NUMBER, input_filter=_DIGITS, autofocus=True,
        autocorrect=False, enable_suggestions=False, enable_ime_personalized_learning=False,
        text_size=Size.QUESTION, border=FIELD_BORDER, content_padding=ft.Padding.symmetric(horizontal=16, vertical=18),
        label_style=ft.TextStyle(size=Size.NUMBER, color=Colour.MUTED),
    )  # fmt: skip
