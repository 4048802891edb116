"""Draws the app's icons and launch pictures: a notebook on the one accent colour. They say nothing about health.

Run it after a change of shape or colour; the pictures are committed. The web app's lie with its page shell, those that
`flet build` takes for phones and desktops in `assets/`, under the names it looks for.
"""

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
WEB_ICONS = ROOT / "diary_app" / "web" / "shell" / "icons"
NATIVE_PICTURES = ROOT / "assets"
SAMPLES = 3  # per pixel and direction

Colour = tuple[int, int, int]
ACCENT, PAPER = (0x0A, 0x6A, 0x70), (0xFF, 0xFF, 0xFF)
ACCENT_IN_THE_DARK, PAPER_IN_THE_DARK = (0x63, 0xC7, 0xCD), (0x0F, 0x17, 0x1B)

Shape = Callable[[float, float], bool]
"""Whether a point of the unit square is inside."""


def rounded_box(left: float, top: float, right: float, bottom: float, radius: float) -> Shape:
    """A rectangle with round corners."""

    def inside(x: float, y: float) -> bool:
        dx = max(left + radius - x, x - (right - radius), 0.0)
        dy = max(top + radius - y, y - (bottom - radius), 0.0)
        return left <= x <= right and top <= y <= bottom and dx * dx + dy * dy <= radius * radius

    return inside


NOTEBOOK = rounded_box(0.28, 0.22, 0.74, 0.78, 0.05)
SPINE = rounded_box(0.345, 0.22, 0.37, 0.78, 0.0)
LINES = tuple(rounded_box(0.43, y, right, y + 0.035, 0.0175) for y, right in ((0.36, 0.66), (0.46, 0.66), (0.56, 0.58)))


@dataclass(frozen=True)
class Picture:
    """What is drawn: pixels a side, what lies behind the notebook, its colours, and how large the notebook is in it."""

    size: int
    background: Shape
    accent: Colour = ACCENT
    paper: Colour = PAPER
    scale: float = 1.0


def is_paper(x: float, y: float) -> bool:
    """White where the notebook is, but not on its spine and its written lines."""
    return NOTEBOOK(x, y) and not SPINE(x, y) and not any(line(x, y) for line in LINES)


def pixel(column: int, row: int, picture: Picture) -> bytes:
    """Red, green, blue and opacity, averaged over the samples."""
    points = [
        ((column + (i + 0.5) / SAMPLES) / picture.size, (row + (j + 0.5) / SAMPLES) / picture.size)
        for i in range(SAMPLES)
        for j in range(SAMPLES)
    ]
    drawn = [is_paper((x - 0.5) / picture.scale + 0.5, (y - 0.5) / picture.scale + 0.5) for x, y in points]
    covered = [one or picture.background(x, y) for one, (x, y) in zip(drawn, points, strict=True)]
    paper, opacity = sum(drawn) / len(points), sum(covered) / len(points)
    share = paper / opacity if opacity else 0.0
    colour = [round(p * share + a * (1 - share)) for a, p in zip(picture.accent, picture.paper, strict=True)]
    return bytes([*colour, round(255 * opacity)])


def png(picture: Picture) -> bytes:
    """The picture as a file."""
    side = range(picture.size)
    rows = b"".join(b"\0" + b"".join(pixel(x, y, picture) for x in side) for y in side)
    header = struct.pack(">IIBBBBB", picture.size, picture.size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in chunks)


def chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def nothing(_x: float, _y: float) -> bool:
    """Nothing lies behind."""
    return False


ROUND_TILE = rounded_box(0.0, 0.0, 1.0, 1.0, 0.2)
FULL_TILE = rounded_box(0.0, 0.0, 1.0, 1.0, 0.0)
ON_WEB_PAGES = {
    "icon-192.png": Picture(192, ROUND_TILE),
    "icon-512.png": Picture(512, ROUND_TILE),
    "icon-maskable-192.png": Picture(192, FULL_TILE),
    "icon-maskable-512.png": Picture(512, FULL_TILE),
    "apple-touch-icon-180.png": Picture(180, FULL_TILE),
}
# Android lays its own shape and the colour of `adaptive_icon_background` behind the notebook and may cut away all but
# the inner circle of 61 %.
WITHIN_ANDROIDS_CIRCLE = 0.8
ON_DEVICES = {
    "icon.png": Picture(1024, FULL_TILE),
    "icon_android.png": Picture(1024, nothing, scale=WITHIN_ANDROIDS_CIRCLE),
    "splash.png": Picture(768, ROUND_TILE),
    "splash_dark.png": Picture(768, ROUND_TILE, ACCENT_IN_THE_DARK, PAPER_IN_THE_DARK),
}


def main() -> None:
    """Write every picture; the large ones take a minute or two."""
    for folder, pictures in ((WEB_ICONS, ON_WEB_PAGES), (NATIVE_PICTURES, ON_DEVICES)):
        folder.mkdir(parents=True, exist_ok=True)
        for name, picture in pictures.items():
            (folder / name).write_bytes(png(picture))


if __name__ == "__main__":
    main()
