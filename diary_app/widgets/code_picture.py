"""A text as a QR code, black on white whatever the theme. Loaded only when there is a code to draw."""

from functools import lru_cache
from io import BytesIO

import flet as ft
import segno

from diary_app.widgets.frame import edge_to_edge
from diary_app.widgets.theme import Size

#: Light squares around the code, as many as the standard asks for.
QUIET_ZONE = 4
_MASK = 0
_BLACK, _WHITE = "#000000", "#FFFFFF"


def code_picture(text: str, words: str) -> ft.Control:
    """As wide as the window; `words` are what a screen reader says of it."""
    drawn = ft.Image(
        picture_of(text), fit=ft.BoxFit.CONTAIN, filter_quality=ft.FilterQuality.NONE, gapless_playback=True,
        exclude_from_semantics=True, aspect_ratio=1,
    )  # fmt: skip
    on_white = ft.Container(drawn, padding=Size.STEP, bgcolor=_WHITE)
    return edge_to_edge(ft.Semantics(content=on_white, image=True, label=words))


@lru_cache(maxsize=1)
def picture_of(text: str) -> bytes:
    """A PNG with one dot a square. Drawn once for all repaints: it is the slowest step on the way to the next code.

    Which of eight masks fits best is not tried out, which takes four times as long: what is sealed is as good as
    random, so every mask does. A screen has no dirt and no creases, so the lowest correction leaves the squares larger.
    """
    png = BytesIO()
    code = segno.make_qr(text, error="l", mask=_MASK)
    code.save(png, kind="png", scale=1, border=QUIET_ZONE, dark=_BLACK, light=_WHITE)
    return png.getvalue()
