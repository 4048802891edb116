"""Colours that can be read, sizes that can be hit, shapes that differ, and screens that stay small."""

import ast
from pathlib import Path

import flet as ft
import pytest

from diary_app.core.grading import State
from diary_app.widgets.day_shapes import NAMES, day_shape
from diary_app.widgets.theme import DARK, LIGHT, Colour, Palette, Size, contrast, theme
from tests.screens.conftest import Phone
from tests.screens.driving import Screen, keys_below

ROOT = Path(__file__).parents[2]
SCREENS = sorted((ROOT / "diary_app/screens").glob("*.py"))
WIDGETS = sorted((ROOT / "diary_app/widgets").glob("*.py"))
PALETTES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
TEXT = [Colour.INK, Colour.MUTED, Colour.ACCENT, Colour.LATE, Colour.MISSED]
LINES = [Colour.LINE, Colour.DONE, Colour.LATE, Colour.MISSED, Colour.UNKNOWN, Colour.EXCUSED]
GROUNDS = [Colour.BACKGROUND, Colour.SURFACE, Colour.ACCENT_SOFT]


def test_black_on_white_has_the_highest_contrast() -> None:
    assert round(contrast("#000000", "#FFFFFF"), 1) == 21.0


@PALETTES
@pytest.mark.parametrize("ground", GROUNDS)
@pytest.mark.parametrize("colour", TEXT)
def test_text_can_be_read_on_every_ground(palette: Palette, colour: Colour, ground: Colour) -> None:
    assert contrast(palette[colour], palette[ground]) >= 4.5


@PALETTES
@pytest.mark.parametrize("ground", GROUNDS[:2])
@pytest.mark.parametrize("colour", LINES)
def test_lines_and_shapes_can_be_seen(palette: Palette, colour: Colour, ground: Colour) -> None:
    assert contrast(palette[colour], palette[ground]) >= 3.0


@PALETTES
def test_the_button_can_be_read(palette: Palette) -> None:
    assert contrast(palette[Colour.ON_ACCENT], palette[Colour.ACCENT]) >= 4.5


@PALETTES
def test_every_colour_is_carried_by_the_theme(palette: Palette) -> None:
    scheme = theme(palette).color_scheme
    carried = {name.replace("_", ""): value for name, value in vars(scheme)["_values"].items()}
    assert {colour: carried.get(colour.value) for colour in Colour} == {colour: palette[colour] for colour in Colour}


def test_every_state_has_a_shape_and_a_name_of_its_own() -> None:
    drawings = [repr([type(shape).__name__ for shape in day_shape(state).shapes]) + str(state) for state in State]
    assert len(set(drawings)) == len(set(NAMES.values())) == len(State)


def test_shapes_differ_without_their_colours() -> None:
    outlines = {state: outline(state) for state in State}
    assert len(set(outlines.values())) == len(State)


def outline(state: State) -> str:
    shapes = day_shape(state).shapes
    return repr([(type(s).__name__, getattr(s, "radius", None), s.paint.style, getattr(s, "x2", None)) for s in shapes])


async def all_screens(phone: Phone) -> list[Screen]:
    screen = await phone.open()
    await screen.tap("start")
    await phone.fill_in()
    return [screen]


async def test_no_text_is_smaller_than_16(alice: Phone) -> None:
    for screen in await all_screens(alice):
        sizes = [text.style.size if text.style else text.size for text in screen.shown() if isinstance(text, ft.Text)]
        assert [size for size in sizes if size is not None and size < Size.SMALL] == []


async def test_nothing_has_a_fixed_height_except_shapes(alice: Phone) -> None:
    screen = await alice.open()
    tall = [one for one in screen.shown() if getattr(one, "height", None) and not isinstance(one, ft.canvas.Canvas)]
    assert tall == []


async def test_large_letters_stack_the_buttons(alice: Phone) -> None:
    screen = await alice.open()
    await screen.tap("start")
    assert screen.keys().index("back") < screen.keys().index("next")
    await screen.measure("ruler", 36)
    assert screen.keys().index("next") < screen.keys().index("back")


async def test_every_day_of_the_week_has_its_name_in_words(alice: Phone) -> None:
    screen = await alice.open()
    assert "Saturday 21 November: no diary this day" in screen.texts()
    assert "Sunday 22 November: open now" in screen.texts()


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: path.stem)
def test_a_screen_knows_nothing_of_storage_sending_or_the_clock(path: Path) -> None:
    modules = {node.module or "" for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
    closed = ("diary_app.storage", "diary_app.sync", "diary_app.core.environment", "diary_app.journal", "datetime")
    assert [module for module in modules if module.startswith(closed)] == []


@pytest.mark.parametrize("path", SCREENS, ids=lambda path: path.stem)
def test_a_screen_is_one_short_component(path: Path) -> None:
    functions = [node for node in ast.parse(path.read_text()).body if isinstance(node, ast.FunctionDef)]
    exported = [one for one in functions if one.decorator_list and not one.name.startswith("_")]
    assert len(exported) == (0 if path.stem in {"__init__", "context"} else 1)
    assert all((one.end_lineno or 0) - one.lineno < 60 for one in functions)


@pytest.mark.parametrize("path", [*SCREENS, *WIDGETS], ids=lambda path: path.stem)
def test_handlers_are_named_for_intent(path: Path) -> None:
    names = [node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)]
    assert [name for name in names if name.startswith(("on_", "handle", "_on_"))] == []


@pytest.mark.parametrize(("scale", "size"), [(1, Size.TITLE), (2, Size.LEAD)])
async def test_a_long_greeting_is_not_broken_where_letters_are_large(alice: Phone, scale: float, size: int) -> None:
    alice.state.text_measured(scale)
    screen = await alice.open()
    (greeting,) = (one for one in screen.shown() if isinstance(one, ft.Text) and one.value == "Good evening")
    assert greeting.style is not None
    assert greeting.style.size == size


@pytest.mark.parametrize(
    ("width", "height", "below"),
    [(844, 390, True), (932, 430, True), (390, 844, False), (390, 420, False), (820, 1180, False), (1180, 820, False)],
    ids=["phone on its side", "large phone on its side", "phone", "phone with its keyboard", "tablet", "its side"],
)
async def test_in_a_low_window_the_buttons_come_after_the_answers(
    alice: Phone, width: float, height: float, below: bool
) -> None:
    screen = await alice.open()
    await screen.measure("window", height, width)
    await screen.tap("start")
    assert ("next" in keys_below(screen.find("question-DMD01"))) is below
