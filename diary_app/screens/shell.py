"""Which screen is shown: first where the participant stands, then the address."""

import flet as ft

from diary_app.screens.context import DiaryContext, use_diary
from diary_app.screens.late_reason import late_reason_screen
from diary_app.screens.practice import practice_screen
from diary_app.screens.problem import problem_screen
from diary_app.screens.question import question_screen
from diary_app.screens.review import review_screen
from diary_app.screens.start import start_screen
from diary_app.screens.today import today_screen
from diary_app.screens.welcome import welcome_screen
from diary_app.state import DiaryState, Place

_WITHOUT_ADDRESS = {
    Place.STARTING: start_screen,
    Place.PROBLEM: problem_screen,
    Place.WELCOME: welcome_screen,
}


@ft.component
def shell(state: DiaryState) -> ft.Control:
    """The whole app."""
    return DiaryContext(state, _place)


@ft.component
def _place() -> ft.Control:
    screen = _WITHOUT_ADDRESS.get(use_diary().place)
    return screen() if screen else ft.Router(_ROUTES, not_found=_home)


@ft.component
def _home() -> ft.Control:
    return practice_screen() if use_diary().place is Place.PRACTICE else today_screen()


@ft.component
def _question() -> ft.Control:
    return question_screen() if use_diary().filling else _home()


@ft.component
def _late_reason() -> ft.Control:
    return late_reason_screen() if use_diary().filling else _home()


@ft.component
def _review() -> ft.Control:
    return review_screen() if use_diary().filling else _home()


_ROUTES = [
    ft.Route(index=True, component=_home),
    ft.Route(path="question/:number", component=_question),
    ft.Route(path="late", component=_late_reason),
    ft.Route(path="review", component=_review),
]
