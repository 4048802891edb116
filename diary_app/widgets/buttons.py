"""The three weights of button: one primary to a screen, a quieter second, and words one can tap."""

from collections.abc import Callable

import flet as ft

from diary_app.widgets.theme import Colour, Size

Intent = Callable[[], object]

#: Little, so that a long Danish word in letters of twice the size is not broken on a narrow phone.
AT_THE_SIDES = 8

_SHAPE = ft.RoundedRectangleBorder(radius=Size.CORNER)


def primary(words: str, intent: Intent, *, key: str, enabled: bool = True) -> ft.FilledButton:
    """What this screen is for."""
    return ft.FilledButton(
        content=_label(words), key=key, on_click=intent, disabled=not enabled,
        style=_style(
            color={ft.ControlState.DISABLED: Colour.MUTED, ft.ControlState.DEFAULT: Colour.ON_ACCENT},
            bgcolor={ft.ControlState.DISABLED: Colour.SURFACE, ft.ControlState.DEFAULT: Colour.ACCENT},
        ),
    )  # fmt: skip


def secondary(words: str, intent: Intent, *, key: str) -> ft.OutlinedButton:
    """The other way on."""
    return ft.OutlinedButton(
        content=_label(words), key=key, on_click=intent,
        style=_style(side=ft.BorderSide(1.5, Colour.LINE)),
    )  # fmt: skip


def quiet(words: str, intent: Intent | None, *, key: str, url: str | None = None) -> ft.TextButton:
    """A link in the text, with the target size of a button; `url` leads out of the app."""
    return ft.TextButton(
        content=_label(words), key=key, on_click=intent, url=url,
        style=_style(color=Colour.ACCENT, sides=0),
    )  # fmt: skip


def at_left(button: ft.TextButton) -> ft.Container:
    """A link under running text begins where the text begins, also when its words are narrower than a target.

    So does its second line.
    """
    assert isinstance(button.content, ft.Text), "a quiet button is its words"
    button.content.text_align = ft.TextAlign.START
    leaning(button, ft.Alignment.CENTER_LEFT)
    return ft.Container(button, key=f"at-{button.key}", alignment=ft.Alignment.CENTER_LEFT)


def leaning(button: ft.TextButton, side: ft.Alignment) -> ft.TextButton:
    """Its words stand at that side of the target instead of in the middle."""
    assert button.style is not None, "a quiet button has a style"
    button.style.alignment = side
    return button


def back_and_on(back: ft.OutlinedButton, on: ft.FilledButton, *, stacked: bool) -> list[ft.Control]:
    """Back and Next side by side, Next the wider one; large letters need a line for each."""
    if stacked:
        return [on, back]
    return [ft.Row([ft.Container(back, expand=2), ft.Container(on, expand=3)], spacing=Size.STEP * 2)]


def _label(words: str) -> ft.Text:
    return ft.Text(words, size=Size.BODY, text_align=ft.TextAlign.CENTER)


def focus_ring(side: ft.BorderSide | None = None) -> dict[ft.ControlState, ft.BorderSide]:
    """The edge of what can be tapped: a ring while the keyboard is on it, else `side`."""
    otherwise = side or ft.BorderSide(0, ft.Colors.TRANSPARENT)
    return {ft.ControlState.FOCUSED: ft.BorderSide(3, Colour.INK), ft.ControlState.DEFAULT: otherwise}


def _style(
    *, color: ft.ControlStateValue[ft.ColorValue] = Colour.INK,
    bgcolor: ft.ControlStateValue[ft.ColorValue] | None = None,
    side: ft.BorderSide | None = None, sides: int = AT_THE_SIDES,
) -> ft.ButtonStyle:  # fmt: skip
    return ft.ButtonStyle(
        shape=_SHAPE, side=focus_ring(side), color=color, bgcolor=bgcolor, elevation=0,
        padding=ft.Padding.symmetric(horizontal=sides, vertical=16), animation_duration=120,
    )  # fmt: skip
