"""What this is, whose it is, and the licences of what it is made of."""

import flet as ft

from diary_app import VERSION
from diary_app.screens.context import use_diary
from diary_app.settings import Settings
from diary_app.widgets.buttons import at_left, quiet
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import frame
from diary_app.widgets.header import way_back
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import body, title

MADE_OF = (
    "The diary is made with Flet, Flutter, Python, Pyodide, SQLite and the typeface Roboto, and other free software. "
    "Their licences can be read when you are online."
)


@component
def about_screen(settings: Settings) -> ft.Control:
    """Short; the long texts are one tap away."""
    state = use_diary()
    ft.use_effect(state.read_settings, [])
    say, device = state.say, settings.device
    content: list[ft.Control] = [
        title(say("About the diary"), shrunk=state.large_text),
        body(say("Your answers belong to the study that you take part in. They leave this phone only to it.")),
        body(say("Version {version} of the app.", version=VERSION), Colour.MUTED),
    ]
    if device:
        content.append(body(say("Version {version} of the study.", version=device.study_version), Colour.MUTED))
    content += [
        body(say(MADE_OF)),
        at_left(quiet(say("Read the licences"), None, key="licences", url=settings.licences)),
    ]
    return frame(state.look, content, [], key="about", above=way_back(state, state.ways.to_settings))
