"""The style sheet keeps to the tokens that the app has, and to what a strict policy allows."""

import re
from pathlib import Path

import pytest

from diary_app.widgets.theme import DARK, LIGHT, Palette, contrast
from server.console import pages
from server.console.pages import static_files
from server.console.signs import Sign
from server.console.strips import BARS

CSS = static_files()["console.css"].decode()
SHAPES = (Path(pages.__file__).parent / "templates" / "shapes.html").read_text()
LIGHT_SHEET, DARK_SHEET = CSS.split("@media (prefers-color-scheme: dark)", 1)
SHEETS = {"light": LIGHT_SHEET, "dark": DARK_SHEET}
PALETTES = {"light": LIGHT, "dark": DARK}


def tokens(sheet: str) -> dict[str, str]:
    block = sheet[sheet.index(":root {") :].split("}", maxsplit=1)[0]
    return {name.replace("-", "_"): value for name, value in re.findall(r"--([a-z-]+): (#[0-9A-F]{6});", block)}


@pytest.mark.parametrize("brightness", ["light", "dark"])
def test_colours_are_those_of_the_app(brightness: str) -> None:
    ours = tokens(SHEETS[brightness])
    assert all(ours.pop(name) for name in ("undecided", "hair"))
    assert ours == vars(PALETTES[brightness])


@pytest.mark.parametrize("brightness", ["light", "dark"])
def test_what_is_not_decided_is_seen_and_has_a_colour_of_its_own(brightness: str) -> None:
    ours = tokens(SHEETS[brightness])
    assert min(contrast(ours["undecided"], ours[ground]) for ground in ("background", "surface")) >= 4.5
    assert list(ours.values()).count(ours["undecided"]) == 1


def test_each_sign_has_a_shape_and_a_bar_of_its_own_and_a_colour() -> None:
    shapes = dict(re.findall(r'<symbol id="shape-([a-z_]+)" viewBox="0 0 16 16">(.*?)</symbol>', SHAPES))
    drawn = [sign.value for sign in Sign if sign is not Sign.NOT_EXPECTED]
    assert len({shapes[sign] for sign in drawn}) == len(drawn)
    assert len(set(BARS.values())) == len(BARS)
    assert all(re.search(rf"^[^{{]*\.{sign}\b[^{{]*{{ color: ", CSS, re.MULTILINE) for sign in drawn)


@pytest.mark.parametrize("colours", [LIGHT, DARK])
def test_text_can_be_read(colours: Palette) -> None:
    pairs = [(colours.ink, colours.accent_soft), (colours.muted, colours.surface), (colours.accent, colours.surface)]
    assert all(contrast(*pair) >= 4.5 for pair in pairs)


def test_every_colour_is_a_token() -> None:
    rules = re.sub(r":root \{[^}]*\}", "", CSS)
    assert re.findall(r"#[0-9A-Fa-f]{3,8}\b|rgb|hsl", rules) == []


def test_nothing_is_loaded_from_elsewhere() -> None:
    script = static_files()["console.js"].decode()
    assert "url(" not in CSS
    assert "@import" not in CSS
    assert not any(name in script for name in ("innerHTML", "eval(", "http:", "https:", 'setAttribute("style'))
