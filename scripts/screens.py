"""Draws sheets of every screen of the participant's app: in Danish light and dark, and in English.

The scenes are those of `screenshots_app.py`, staged one after another on one page of a real browser.

    python scripts/screens.py [OUT]      default: docs/screens
"""

import io
import sys
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

from scripts.screenshots_app import SCENES  # noqa: E402
from tests.browser.theatre import Theatre, theatre  # noqa: E402

WIDTH, SHOWN = 390, 260
#: A table of a month's scores goes on; its end looks like its beginning.
LONGEST = 1600
GAP = 10
BEHIND = "#8A949A"
QUALITY = 72
Colours = Literal["light", "dark"]
#: Language and colours of each row.
ROWS: tuple[tuple[str, Colours], ...] = (("da", "light"), ("da", "dark"), ("en", "light"))
#: Sheet -> how the names of its scenes begin; a scene belongs to the first that fits.
SHEETS: dict[str, tuple[str, ...]] = {
    "beginning": ("welcome", "pin", "practice", "reminders"),
    "today": ("today", "missed", "correction", "ended"),
    "questions": ("question", "review", "amend", "late", "visit"),
    "looking-back": ("history", "own"),
    "settings": ("settings",),
    "help": ("rescue", "problem"),
}


def scenes_of(sheet: str) -> list[str]:
    """The scenes on a sheet."""
    return [scene for scene in SCENES if sheet_of(scene) == sheet]


def sheet_of(scene: str) -> str:
    """Where a scene is shown. Raises StopIteration for one that belongs nowhere, so that none is forgotten."""
    return next(sheet for sheet, beginnings in SHEETS.items() if scene.startswith(beginnings))


def photographed(house: Theatre, names: list[str]) -> list[list[Image.Image]]:
    """A row for each look, a picture for each scene: the whole screen, also what a phone scrolls to."""
    return [[photograph(house, name, *look) for name in names] for look in ROWS]


def photograph(house: Theatre, name: str, language: str, colours: Colours) -> Image.Image:
    """One screen, made smaller."""
    house.page.emulate_media(color_scheme=colours)
    house.show(name, language, WIDTH)
    house.strike()
    whole = Image.open(io.BytesIO(house.page.screenshot())).convert("RGB")
    smaller = whole.resize((SHOWN, whole.height * SHOWN // WIDTH), Image.Resampling.LANCZOS)
    return smaller.crop((0, 0, SHOWN, min(smaller.height, LONGEST)))


def drawn(rows: list[list[Image.Image]]) -> Image.Image:
    """The pictures side by side and one row under another."""
    heights = [max(picture.height for picture in row) + GAP for row in rows]
    canvas = Image.new("RGB", (len(rows[0]) * (SHOWN + GAP) + GAP, sum(heights) + GAP), BEHIND)
    for number, row in enumerate(rows):
        for column, picture in enumerate(row):
            canvas.paste(picture, (GAP + column * (SHOWN + GAP), GAP + sum(heights[:number])))
    return canvas


def main() -> None:
    """Draw every sheet."""
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screens"
    out.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright, theatre(playwright) as house:
        for sheet in SHEETS:
            drawn(photographed(house, scenes_of(sheet))).save(out / f"{sheet}.webp", quality=QUALITY, method=6)
            sys.stdout.write(f"{out / sheet}.webp\n")


if __name__ == "__main__":
    main()
