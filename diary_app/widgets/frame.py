"""The frame of every screen: demonstration banner, a calm column that scrolls, actions within reach of a thumb."""

from collections.abc import Sequence

import flet as ft

from diary_app.look import Look
from diary_app.texts import Texts
from diary_app.widgets.theme import Colour, Size
from diary_app.widgets.writing import small

DEMONSTRATION = "Demonstration - not for participants"
_EDGE_TO_EDGE = True  # noted in `data`, which Flet leaves to the app


def frame(
    look: Look, content: Sequence[ft.Control], actions: Sequence[ft.Control],
    *, key: str, above: ft.Control | None = None, low: bool = False,
) -> ft.Control:  # fmt: skip
    """One screen. `actions` stay at the bottom, over the whole width; `content` scrolls above them.

    With large text, several actions scroll too: they would cover most of a small window. In a low one all do: of
    several answers only the first would be seen above them, and be taken for all there are.
    `key` names the screen: another one starts at its top. `above` is a quiet line over the content. `low` lets little
    content lie on the actions, where a thumb reaches it.
    """
    with_content = look.low_window or (look.large_text and len(actions) > 1)
    scrolled, fixed = ([*content, *actions], []) if with_content else (content, actions)
    rows: list[ft.Control] = [_banner(look.say)] if look.demonstration else []
    rows.append(
        ft.Column(
            [_centred(_under(above, scrolled), _inside(top=Size.STEP if above else Size.PADDING), Size.PADDING)],
            key=key, expand=True, scroll=ft.ScrollMode.AUTO, horizontal_alignment=ft.CrossAxisAlignment.CENTER,
            alignment=ft.MainAxisAlignment.END if low else ft.MainAxisAlignment.START,
        )
    )  # fmt: skip
    if fixed:
        foot = _centred(fixed, _inside(top=Size.STEP), Size.STEP)
        rows.append(ft.Container(foot, alignment=ft.Alignment.TOP_CENTER))
    return ft.SafeArea(
        ft.Column(rows, spacing=0, horizontal_alignment=ft.CrossAxisAlignment.STRETCH, expand=True), expand=True
    )


def card(content: Sequence[ft.Control], *, inviting: bool = False, key: str | None = None) -> ft.Container:
    """A quiet surface that holds what belongs together; an inviting one asks for something.

    One with a button, that comes and goes beside others, has a key: see `_from_the_sides`.
    """
    return ft.Container(
        key=key, content=ft.Column(
            list(content), spacing=16, horizontal_alignment=ft.CrossAxisAlignment.STRETCH, tight=True
        ),
        padding=Size.PADDING, border_radius=Size.CORNER,
        bgcolor=Colour.ACCENT_SOFT if inviting else Colour.SURFACE,
    )  # fmt: skip


def edge_to_edge(content: ft.Control) -> ft.Container:
    """A part of a screen that needs the padding at its sides too."""
    return ft.Container(content, data=_EDGE_TO_EDGE)


def _under(above: ft.Control | None, content: Sequence[ft.Control]) -> Sequence[ft.Control]:
    if above is None:
        return content
    first, *rest = content
    top = ft.Column([above, first], spacing=0, horizontal_alignment=ft.CrossAxisAlignment.STRETCH, tight=True)
    return [top, *rest]


def _inside(top: int) -> ft.Padding:
    return ft.Padding.only(top=top, bottom=Size.PADDING)


def _from_the_sides(part: ft.Control) -> ft.Control:
    """Everything but what is meant to reach the edges.

    It is named after its part: Flet compares what has no key by its place, so a line that comes in above, in the
    moment of a tap, would make another button of the one below it, and the tap would be lost.
    """
    if part.data is _EDGE_TO_EDGE or not getattr(part, "visible", True):  # a component is always there
        return part
    key = f"around-{part.key}" if part.key else None
    return ft.Container(part, key=key, padding=ft.Padding.symmetric(horizontal=Size.PADDING))


def _banner(say: Texts) -> ft.Control:
    words = small(say(DEMONSTRATION), Colour.INK, align=ft.TextAlign.CENTER)
    padding = ft.Padding.symmetric(horizontal=Size.PADDING, vertical=6)
    return ft.Row([ft.Container(words, padding=padding, bgcolor=Colour.SURFACE, expand=True)], spacing=0)


def _centred(content: Sequence[ft.Control], padding: ft.Padding, spacing: int) -> ft.Container:
    """As wide as the window, up to the width that reads well."""
    parts = [_from_the_sides(part) for part in content]
    column = ft.Column(parts, spacing=spacing, horizontal_alignment=ft.CrossAxisAlignment.STRETCH, tight=True)
    return ft.Container(column, padding=padding, width=Size.CONTENT_WIDTH + 2 * Size.PADDING)
