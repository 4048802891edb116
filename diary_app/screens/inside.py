"""The screens of an open diary, by address; loaded once somebody is about to be let in.

A screen gets what it cannot do without as an argument: it may repaint once more, with what it was given, in the moment
between an intent and its own disappearance.
"""

from collections.abc import Callable

import flet as ft

from diary_app import places
from diary_app.answering import Answering
from diary_app.asking_why import AskingWhy
from diary_app.confirming import Confirming
from diary_app.pin_entry import PinEntry, Step
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
from diary_app.updating import Updating
from diary_app.widgets.drawing import component


@component
def inside() -> ft.Control:
    """Wherever the participant is in their diary."""
    state = use_diary()
    if state.place is Place.REMINDERS:
        return reminders_screen(state.reminding)
    return ft.Router(_ROUTES, not_found=_here)


@component
def _here() -> ft.Control:
    """The same at every address, so that a screen stays the same one to Flet when only its address changes.

    After Save, Today is there before the client has left the review's address. Drawn anew by another component, its
    buttons would be other ones, and Flet drops a tap on those that were there: a participant taps once, and it counts.
    """
    state = use_diary()
    return _screen(state.answering, state.pin, ft.use_route_location(), ft.use_route_params())


@component
def _screen(answering: Answering, pin: PinEntry, address: str, named: dict[str, str]) -> ft.Control:
    state = use_diary()
    settings = state.settings
    drawn = _FILLED_IN.get("/question" if "number" in named else address)
    if drawn and answering.filling:
        return drawn(answering.filling)
    match address:
        case places.HISTORY if state.today:
            return history_screen(state.history)
        case _ if state.today and "day" in named:
            return history_day_screen(state.history, named["day"])
        case places.PIN if pin.step is not Step.NOTHING:
            return pin_screen(pin)
        case places.SETTINGS | places.PIN:
            return settings_screen(settings, state.reminding)
        case places.REMINDERS:
            return reminders_screen(state.reminding)
        case places.ABOUT:
            return about_screen(settings)
        case places.CODES:
            return codes_screen(settings, settings.codes)
    return _home()


_FILLED_IN: dict[str, Callable[[Filling], ft.Control]] = {
    "/question": question_screen, places.LATE: late_reason_screen, places.REVIEW: review_screen,
}  # fmt: skip


@component
def _home() -> ft.Control:
    state = use_diary()
    if state.today is None:
        return start_screen()
    if state.ended:
        return ended_screen()
    if state.place is Place.PRACTICE:
        return practice_screen()
    asking = state.asking
    return _today(asking.why, asking.travelling, asking.confirming, state.updating, state.today)


@component
def _today(
    asking_why: AskingWhy, travelling: Travelling, confirming: Confirming, updating: Updating, today: Today
) -> ft.Control:
    if asking_why.absence:
        return missed_reason_screen(asking_why, asking_why.absence)
    if confirming.question and confirming.open:
        return correction_screen(confirming, confirming.question)
    return today_screen(today, travelling, confirming, updating)


_ADDRESSES = (
    places.LATE, places.REVIEW, "question/:number", places.HISTORY, "history/:day",
    places.SETTINGS, places.PIN, places.REMINDERS, places.ABOUT, places.CODES,
)  # fmt: skip
_ROUTES = [ft.Route(index=True, component=_here), *(ft.Route(path=one, component=_here) for one in _ADDRESSES)]
