"""What every screen's frame depends on, whatever is in it."""

from dataclasses import dataclass
from enum import StrEnum

from diary_app.texts import Texts

#: From this scale on, buttons at the foot would leave too little room for what is above them.
LARGE_FROM = 1.5
#: In pixels; the largest phones on their side have about 430, tablets more than this.
LOW_BELOW = 480


@dataclass(frozen=True)
class Look:
    """`large_text`, `low_window`: letters are so large, or room is so little, that actions scroll with the content."""

    say: Texts
    demonstration: bool
    large_text: bool
    low_window: bool = False


class Brightness(StrEnum):
    """Light or dark, or what the phone does."""

    PHONE = "phone"
    LIGHT = "light"
    DARK = "dark"


class TextSize(StrEnum):
    """How large letters are, on top of what the phone itself is set to."""

    NORMAL = "normal"
    LARGE = "large"
    LARGER = "larger"

    @property
    def percent(self) -> int:
        """100 is the usual size."""
        return {TextSize.NORMAL: 100, TextSize.LARGE: 125, TextSize.LARGER: 150}[self]


class Contrast(StrEnum):
    """How far colours stand apart."""

    NORMAL = "normal"
    STRONG = "strong"


@dataclass(frozen=True)
class Appearance:
    """What the participant chose for their eyes."""

    text_size: TextSize = TextSize.NORMAL
    brightness: Brightness = Brightness.PHONE
    contrast: Contrast = Contrast.NORMAL
