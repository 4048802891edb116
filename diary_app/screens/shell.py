"""Which screen is shown: first where the participant stands, then the address.

A screen gets what it cannot do without as an argument: it may repaint once more, with what it was given, in the moment
between an intent and its own disappearance.
"""

import flet as ft

from diary_app.places import Place
from diary_app.screens.context import DiaryContext, use_diary
from diary_app.screens.late_reason import late_reason_screen
from diary_app.screens.practice import practice_screen
from diary_app.screens.problem import problem_screen
from diary_app.screens.question import question_screen
from diary_app.screens.review import review_screen
from diary_app.screens.start import start_screen
from diary_app.screens.today import today_screen
from diary_app.screens.welcome import welcome_screen
from diary_app.state import DiaryState
from diary_app.texts import LANGUAGES
from diary_app.widgets.text_ruler import text_ruler


@ft.component
def shell(state: DiaryState) -> ft.Control:
    """The whole app."""
    ft.use_effect(lambda: _name_page(state), [state.display_name, state.say.language])
    screen = DiaryContext(state, _place)
    return ft.Stack([text_ruler(state.text_measured), ft.Container(screen)], fit=ft.StackFit.EXPAND, expand=True)


def _name_page(state: DiaryState) -> None:
    page = ft.context.page
    page.title = state.display_name
    page.locale_configuration = ft.LocaleConfiguration(
        supported_locales=[ft.Locale(language) for language in LANGUAGES], current_locale=ft.Locale(state.say.language)
    )
    page.update()


@ft.component
def _place() -> ft.Control:
    state = use_diary()
    match state.place:
        case Place.STARTING:
            return start_screen()
        case Place.PROBLEM:
            return problem_screen()
        case Place.WELCOME:
            return welcome_screen(state.enrolment)
        case _:
            return ft.Router(_ROUTES, not_found=_home)


@ft.component
def _home() -> ft.Control:
    state = use_diary()
    if state.today is None:
        return start_screen()
    return practice_screen() if state.place is Place.PRACTICE else today_screen(state.today)


@ft.component
def _question() -> ft.Control:
    filling = use_diary().filling
    return question_screen(filling) if filling else _home()


@ft.component
def _late_reason() -> ft.Control:
    filling = use_diary().filling
    return late_reason_screen(filling) if filling else _home()


@ft.component
def _review() -> ft.Control:
    filling = use_diary().filling
    return review_screen(filling) if filling else _home()


_ROUTES = [
    ft.Route(index=True, component=_home),
    ft.Route(path="question/:number", component=_question),
    ft.Route(path="late", component=_late_reason),
    ft.Route(path="review", component=_review),
]
