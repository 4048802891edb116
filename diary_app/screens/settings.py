"""How the app is set: for the eyes, reminders, the PIN, this phone, and help."""

import flet as ft

from diary_app.reminding import Reminding
from diary_app.screens.context import use_diary
from diary_app.settings import Settings
from diary_app.widgets.buttons import at_left, quiet
from diary_app.widgets.device_lines import device_lines
from diary_app.widgets.drawing import component
from diary_app.widgets.foot import contact_line
from diary_app.widgets.frame import frame
from diary_app.widgets.header import way_back
from diary_app.widgets.settings_sections import about_reminders, for_the_eyes, help_lines
from diary_app.widgets.writing import title


@component
def settings_screen(settings: Settings, reminding: Reminding) -> ft.Control:
    """Everything on one page; what has a page of its own is a line here."""
    state = use_diary()
    ft.use_effect(state.read_settings, [])
    say = state.say
    device = device_lines(state, settings.device, reminding) if settings.device else []
    content = [
        title(say("Settings"), shrunk=state.large_text),
        *for_the_eyes(state, settings),
        *about_reminders(state, settings, reminding),
        at_left(quiet(say("Change your PIN"), state.ways.to_new_pin, key="change-pin")),
        *device,
        *help_lines(state, settings),
        contact_line(state),
        at_left(quiet(say("About the diary"), state.ways.to_about, key="about")),
    ]
    return frame(state.look, content, [], key="settings", above=way_back(state, state.ways.to_today))
