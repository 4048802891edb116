"""The screens of an open diary, by address; loaded once somebody is about to be let in.

A screen gets what it cannot do without as an argument: it may repaint once more, with what it was given, in the moment
between an intent and its own disappearance.
"""

from collections.abc import Callable

import flet as ft

from diary_app.answering import Answering
from diary_app.asking_why import AskingWhy
from diary_app.confirming import Confirming
from diary_app.pin_entry import Step
from diary_app.places import Place
from diary_app.questionnaire import Filling
from diary_app.screens.about import about_screen
from diary_app.screens.codes import codes_screen
from diary_app.screens.context import use_diary
from diary_app.screens.correction import correction_screen
from diary_app.screens.ended import ended_screen
from diary_app.screens.history import history_screen
from diary_app.screens.history_day import history_day_screen
from diary_app.screens.late_reason import late_reason_screen
from diary_app.screens.missed_reason import missed_reason_screen
from diary_app.screens.pin import pin_screen
from diary_app.screens.practice import practice_screen
from diary_app.screens.question import question_screen
from diary_app.screens.reminders import reminders_screen
from diary_app.screens.review import review_screen
from diary_app.screens.settings import settings_screen
from diary_app.screens.start import start_screen
from diary_app.screens.today import today_screen
from diary_app.today import Today
from diary_app.travelling import Travelling
from diary_app.widgets.drawing import component


@component
def inside() -> ft.Control:
    """Wherever the participant is in their diary."""
    state = use_diary()
    if state.place is Place.REMINDERS:
        return reminders_screen(state.reminding)
    return ft.Router(_ROUTES, not_found=_home)


@component
def _home() -> ft.Control:
    state = use_diary()
    if state.today is None:
        return start_screen()
    if state.ended:
        return ended_screen()
    if state.place is Place.PRACTICE:
        return practice_screen()
    return _today(state.asking.why, state.asking.travelling, state.asking.confirming, state.today)


@component
def _today(asking_why: AskingWhy, travelling: Travelling, confirming: Confirming, today: Today) -> ft.Control:
    if asking_why.absence:
        return missed_reason_screen(asking_why, asking_why.absence)
    if confirming.question and confirming.open:
        return correction_screen(confirming, confirming.question)
    return today_screen(today, travelling, confirming)


@component
def _question() -> ft.Control:
    return _filled(use_diary().answering, question_screen)


@component
def _late_reason() -> ft.Control:
    return _filled(use_diary().answering, late_reason_screen)


@component
def _review() -> ft.Control:
    return _filled(use_diary().answering, review_screen)


@component
def _filled(answering: Answering, screen: Callable[[Filling], ft.Control]) -> ft.Control:
    return screen(answering.filling) if answering.filling else _home()


@component
def _history() -> ft.Control:
    state = use_diary()
    return history_screen(state.history) if state.today else start_screen()


@component
def _day() -> ft.Control:
    state, day = use_diary(), ft.use_route_params().get("day", "")
    return history_day_screen(state.history, day) if state.today else start_screen()


@component
def _settings() -> ft.Control:
    state = use_diary()
    return settings_screen(state.settings, state.reminding)


@component
def _pin() -> ft.Control:
    pin = use_diary().pin
    return _settings() if pin.step is Step.NOTHING else pin_screen(pin)


@component
def _reminders() -> ft.Control:
    return reminders_screen(use_diary().reminding)


@component
def _about() -> ft.Control:
    return about_screen(use_diary().settings)


@component
def _codes() -> ft.Control:
    settings = use_diary().settings
    return codes_screen(settings, settings.codes)


_ROUTES = [
    ft.Route(index=True, component=_home),
    ft.Route(path="question/:number", component=_question),
    ft.Route(path="late", component=_late_reason),
    ft.Route(path="review", component=_review),
    ft.Route(path="history", component=_history),
    ft.Route(path="history/:day", component=_day),
    ft.Route(path="settings", component=_settings),
    ft.Route(path="settings/pin", component=_pin),
    ft.Route(path="settings/reminders", component=_reminders),
    ft.Route(path="settings/about", component=_about),
    ft.Route(path="settings/codes", component=_codes),
]
