"""Which screen is shown: first where the participant stands, then the address.

What is behind the door is loaded when it opens: a first visit and the PIN do without it.
"""

import flet as ft

from diary_app.enrolling import Enrolment
from diary_app.front_door import FrontDoor
from diary_app.look import Appearance
from diary_app.pin_entry import PinEntry
from diary_app.places import Place
from diary_app.reminding import Reminding
from diary_app.screens.context import DiaryContext, use_diary
from diary_app.screens.doorway import doorway
from diary_app.screens.pin import pin_screen
from diary_app.screens.problem import problem_screen
from diary_app.screens.start import start_screen
from diary_app.screens.welcome import welcome_screen
from diary_app.settings import Settings
from diary_app.state import DiaryState
from diary_app.texts import LANGUAGES
from diary_app.widgets.drawing import component, whole_screen
from diary_app.widgets.rulers import text_ruler, window_ruler
from diary_app.widgets.theme import dress


@whole_screen
def shell(state: DiaryState) -> ft.Control:
    """The whole app."""
    ft.use_effect(lambda: _name_page(state), [state.display_name, state.say.language])
    screen = DiaryContext(state, _place)
    door = DiaryContext(state, lambda: doorway(state.door, state.pin, state.settings))
    rulers = [text_ruler(state.text_measured), window_ruler(state.window_measured)]
    layers = [*rulers, _wardrobe(state.settings), door, ft.Container(screen)]
    return ft.Stack(layers, fit=ft.StackFit.EXPAND, expand=True)


def _name_page(state: DiaryState) -> None:
    page = ft.context.page
    page.title = state.display_name
    page.locale_configuration = ft.LocaleConfiguration(
        supported_locales=[ft.Locale(language) for language in LANGUAGES], current_locale=ft.Locale(state.say.language)
    )
    page.update()


@component
def _wardrobe(settings: Settings) -> ft.Control:
    """Repaints when something else is worn, and shows nothing itself."""
    worn = settings.appearance
    ft.use_effect(lambda: _dress_page(worn), [worn])
    return ft.Container(left=0, top=0)


def _dress_page(worn: Appearance) -> None:
    dress(ft.context.page, worn)
    ft.context.page.update()


@whole_screen
def _place() -> ft.Control:
    state = use_diary()
    match state.place:
        case Place.STARTING:
            return start_screen()
        case Place.PROBLEM:
            return problem_screen(state.updating, state.settings)
        case Place.WELCOME:
            return _welcome(state.door, state.enrolment, state.reminding)
        case Place.LOCKED:
            return _locked(state.door, state.pin)
        case Place.CHOOSE_PIN:
            return pin_screen(state.pin)
        case _:
            return _inside()


@component
def _welcome(door: FrontDoor, enrolment: Enrolment, reminding: Reminding) -> ft.Control:
    return start_screen() if door.stands else welcome_screen(enrolment, reminding)


@component
def _locked(door: FrontDoor, pin: PinEntry) -> ft.Control:
    return start_screen() if door.stands else pin_screen(pin)


def _inside() -> ft.Control:
    from diary_app.screens.inside import inside  # noqa: PLC0415 - see above

    return inside()
