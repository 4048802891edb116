"""The frame of every screen: demonstration banner, a calm column that scrolls, actions within reach of a thumb."""

from collections.abc import Sequence

import flet as ft

from diary_app.texts import Texts
from diary_app.widgets.theme import Colour, Size
from diary_app.widgets.writing import small


def frame(
    say: Texts, content: Sequence[ft.Control], actions: Sequence[ft.Control], *,
    key: str, demonstration: bool, above: ft.Control | None = None,
) -> ft.Control:  # fmt: skip
    """One screen. `actions` stay at the bottom, over the whole width; `content` scrolls above them.

    `key` names the screen: another one starts at its top. `above` is a quiet line over the content.
    """
    rows: list[ft.Control] = [_banner(say)] if demonstration else []
    rows.append(
        ft.Column(
            [_centred(_under(above, content), _inside(top=Size.STEP if above else Size.PADDING), Size.PADDING)],
            key=key, expand=True, scroll=ft.ScrollMode.AUTO, horizontal_alignment=ft.CrossAxisAlignment.CENTER,
        )
    )  # fmt: skip
    if actions:
        rows.append(_centred(actions, _inside(top=Size.STEP), Size.STEP))
    return ft.SafeArea(
        ft.Column(rows, spacing=0, horizontal_alignment=ft.CrossAxisAlignment.STRETCH, expand=True), expand=True
    )


def card(content: Sequence[ft.Control], *, inviting: bool = False) -> ft.Container:
    """A quiet surface that holds what belongs together; an inviting one asks for something."""
    return ft.Container(
        content=ft.Column(
            list(content), spacing=16, horizontal_alignment=ft.CrossAxisAlignment.STRETCH, tight=True
        ),
        padding=Size.PADDING, border_radius=Size.CORNER,
        bgcolor=Colour.ACCENT_SOFT if inviting else Colour.SURFACE,
    )  # fmt: skip


def _under(above: ft.Control | None, content: Sequence[ft.Control]) -> Sequence[ft.Control]:
    if above is None:
        return content
    first, *rest = content
    top = ft.Column([above, first], spacing=0, horizontal_alignment=ft.CrossAxisAlignment.STRETCH, tight=True)
    return [top, *rest]


def _inside(top: int) -> ft.Padding:
    return ft.Padding.only(left=Size.PADDING, right=Size.PADDING, top=top, bottom=Size.PADDING)


def _banner(say: Texts) -> ft.Control:
    return ft.Container(
        content=small(say("Demonstration - not for participants"), Colour.INK, align=ft.TextAlign.CENTER),
        padding=ft.Padding.symmetric(horizontal=Size.PADDING, vertical=6),
        alignment=ft.Alignment.TOP_CENTER, bgcolor=Colour.SURFACE,
    )  # fmt: skip


def _centred(content: Sequence[ft.Control], padding: ft.Padding, spacing: int) -> ft.ResponsiveRow:
    """As wide as the window up to the width that reads well."""
    column = ft.Column(list(content), spacing=spacing, horizontal_alignment=ft.CrossAxisAlignment.STRETCH, tight=True)
    widths: dict[str | ft.ResponsiveRowBreakpoint, ft.Number] = {"phone": 12, "tablet": 10, "desktop": 6}
    return ft.ResponsiveRow(
        [ft.Container(column, padding=padding, col=widths)],
        alignment=ft.MainAxisAlignment.CENTER,
        breakpoints={"phone": 0, "tablet": 720, "desktop": 1100}, spacing=0, run_spacing=0,
    )
