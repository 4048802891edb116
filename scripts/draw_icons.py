"""Draws the app's icons: an open notebook on the one accent colour. Neutral on purpose: it says nothing about health.

Run it after a change of shape or colour; the pictures are committed.
"""

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

ICONS = Path(__file__).parents[1] / "diary_app" / "web" / "shell" / "icons"
ACCENT, PAPER = (0x0A, 0x6A, 0x70), (0xFF, 0xFF, 0xFF)
SAMPLES = 3  # per pixel and direction

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


def is_paper(x: float, y: float) -> bool:
    """White where the notebook is, but not on its spine and its written lines."""
    return NOTEBOOK(x, y) and not SPINE(x, y) and not any(line(x, y) for line in LINES)


def pixel(column: int, row: int, size: int, background: Shape) -> bytes:
    """Red, green, blue and opacity, averaged over the samples."""
    points = [
        ((column + (i + 0.5) / SAMPLES) / size, (row + (j + 0.5) / SAMPLES) / size)
        for i in range(SAMPLES)
        for j in range(SAMPLES)
    ]
    paper = sum(is_paper(x, y) for x, y in points) / len(points)
    opacity = sum(background(x, y) for x, y in points) / len(points)
    colour = [round(p * paper + a * (1 - paper)) for a, p in zip(ACCENT, PAPER, strict=True)]
    return bytes([*colour, round(255 * opacity)])


def png(size: int, background: Shape) -> bytes:
    """A picture of so many pixels a side."""
    rows = b"".join(b"\0" + b"".join(pixel(x, y, size, background) for x in range(size)) for y in range(size))
    header = struct.pack(">IIBBBBB", size, size, 8, 6, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(kind, data) for kind, data in chunks)


def chunk(kind: bytes, data: bytes) -> bytes:
    """One part of a PNG file."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


ROUND_TILE = rounded_box(0.0, 0.0, 1.0, 1.0, 0.2)
FULL_TILE = rounded_box(0.0, 0.0, 1.0, 1.0, 0.0)
PICTURES = {
    "icon-192.png": (192, ROUND_TILE),
    "icon-512.png": (512, ROUND_TILE),
    "icon-maskable-192.png": (192, FULL_TILE),
    "icon-maskable-512.png": (512, FULL_TILE),
    "apple-touch-icon-180.png": (180, FULL_TILE),
}


def main() -> None:
    """Write every picture."""
    ICONS.mkdir(parents=True, exist_ok=True)
    for name, (size, background) in PICTURES.items():
        (ICONS / name).write_bytes(png(size, background))


if __name__ == "__main__":
    main()
