"""Every colour, size and distance of the app as data, and the Flet theme made from them.

A colour is used by the name of the theme role that carries it, so the device itself turns dark without asking Python.
The console's style sheet uses the same names and values; a test compares them.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

import flet as ft

from diary_app.look import Appearance, Brightness, Contrast


class Colour(StrEnum):
    """What a colour is for; the value is the role of Flet's colour scheme that carries it."""

    BACKGROUND = "surface"
    SURFACE = "surfacecontainer"
    INK = "onsurface"
    MUTED = "onsurfacevariant"
    LINE = "outline"
    ACCENT = "primary"
    ON_ACCENT = "onprimary"
    ACCENT_SOFT = "primarycontainer"
    DONE = "tertiary"
    LATE = "secondary"
    MISSED = "error"
    UNKNOWN = "tertiaryfixed"
    EXCUSED = "secondaryfixed"


@dataclass(frozen=True)
class Palette:
    """The colours of one brightness as `#RRGGBB`; the names are those of `Colour` and of the console's style sheet."""

    background: str
    surface: str
    ink: str
    muted: str
    line: str
    accent: str
    on_accent: str
    accent_soft: str
    done: str
    late: str
    missed: str
    unknown: str
    excused: str

    def __getitem__(self, colour: Colour) -> str:
        return str(getattr(self, colour.name.lower()))


LIGHT = Palette(
    background="#FFFFFF", surface="#F4F7F8", ink="#16262E", muted="#52636D", line="#7B8A94",
    accent="#0A6A70", on_accent="#FFFFFF", accent_soft="#E3F1F2",
    done="#1B7444", late="#8A5300", missed="#B3261E", unknown="#2B57A0", excused="#5C6770",
)  # fmt: skip
DARK = Palette(
    background="#0F171B", surface="#182228", ink="#E9EFF2", muted="#A9B7BF", line="#7D8C96",
    accent="#63C7CD", on_accent="#0F171B", accent_soft="#12373B",
    done="#6CCB93", late="#F0B45A", missed="#FF9C94", unknown="#9DBEF5", excused="#A9B4BB",
)  # fmt: skip
#: Where the participant asked for stronger contrast: at least 7 for everything that is read, 4.5 for lines.
STRONG_LIGHT = replace(
    LIGHT, surface="#F1F4F5", ink="#000000", muted="#2C383F", line="#4A5860", accent="#00474C", accent_soft="#E3F1F2",
    done="#0B4F2B", late="#633B00", missed="#8C1610", unknown="#183C78", excused="#39424A",
)  # fmt: skip
STRONG_DARK = replace(
    DARK, background="#000000", surface="#10181C", ink="#FFFFFF", muted="#D6E0E6", line="#A9B7BF",
    accent="#8CE3E8", on_accent="#000000", accent_soft="#0B2B2E",
    done="#93E3B4", late="#FFCB80", missed="#FFBDB8", unknown="#BFD5FB", excused="#CCD5DB",
)  # fmt: skip


class Font(StrEnum):
    """Named wherever a style is made: for one without a family the browser looks for a font that is not there."""

    TEXT = "Roboto"


class Size:
    """Text sizes, distances and corners in logical pixels; nothing is smaller than `SMALL`."""

    SMALL = 16
    BODY = 18
    LEAD = 20
    NUMBER = 22
    QUESTION = 26
    TITLE = 30
    TARGET = 48
    STEP = 8
    PADDING = 24
    CORNER = 12
    CONTENT_WIDTH = 640


LINE_HEIGHT = 1.4


def contrast(first: str, second: str) -> float:
    """The contrast ratio of WCAG 2 between two `#RRGGBB` colours, 1 to 21."""
    lighter, darker = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(int(colour[at : at + 2], 16) / 255) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


_MODES = {
    Brightness.PHONE: ft.ThemeMode.SYSTEM,
    Brightness.LIGHT: ft.ThemeMode.LIGHT,
    Brightness.DARK: ft.ThemeMode.DARK,
}


def dress(page: ft.Page, appearance: Appearance) -> None:
    """Give the page the colours that were chosen; the device turns dark by itself where it was left to it."""
    strong = appearance.contrast is Contrast.STRONG
    page.theme, page.dark_theme = theme(STRONG_LIGHT if strong else LIGHT), theme(STRONG_DARK if strong else DARK)
    page.theme_mode = _MODES[appearance.brightness]


def theme(colours: Palette) -> ft.Theme:
    """The Flet theme for one brightness."""
    return ft.Theme(
        font_family=Font.TEXT,
        color_scheme=_scheme(colours),
        scaffold_bgcolor=colours[Colour.BACKGROUND],
        text_theme=ft.TextTheme(
            body_large=_text(Size.BODY, colours), body_medium=_text(Size.BODY, colours),
            label_large=_text(Size.BODY, colours),
        ),
        page_transitions=ft.PageTransitionsTheme(*[ft.PageTransitionTheme.NONE] * 5),
        visual_density=ft.VisualDensity.STANDARD,
        scrollbar_theme=ft.ScrollbarTheme(thickness=4, radius=2),
    )  # fmt: skip


def _text(size: int, colours: Palette) -> ft.TextStyle:
    return ft.TextStyle(size=size, height=LINE_HEIGHT, color=colours[Colour.INK], font_family=Font.TEXT)


def _scheme(colours: Palette) -> ft.ColorScheme:
    background, surface = colours[Colour.BACKGROUND], colours[Colour.SURFACE]
    return ft.ColorScheme(
        primary=colours[Colour.ACCENT], on_primary=colours[Colour.ON_ACCENT],
        primary_container=colours[Colour.ACCENT_SOFT], on_primary_container=colours[Colour.INK],
        secondary=colours[Colour.LATE], on_secondary=background,
        tertiary=colours[Colour.DONE], on_tertiary=background,
        error=colours[Colour.MISSED], on_error=background,
        surface=background, on_surface=colours[Colour.INK], on_surface_variant=colours[Colour.MUTED],
        surface_container=surface, surface_container_high=surface, surface_container_highest=surface,
        surface_container_low=surface, surface_tint=surface,
        outline=colours[Colour.LINE], outline_variant=colours[Colour.LINE],
        tertiary_fixed=colours[Colour.UNKNOWN], secondary_fixed=colours[Colour.EXCUSED],
    )  # fmt: skip
