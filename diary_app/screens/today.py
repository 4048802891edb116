"""The first screen: a greeting, one card, the last seven days, what has been sent, whom to call."""

import flet as ft

from diary_app.confirming import Confirming
from diary_app.core.times import local_date
from diary_app.screens.context import use_diary
from diary_app.state import DiaryState
from diary_app.today import Part, Today
from diary_app.travelling import Travelling
from diary_app.updating import Updating
from diary_app.widgets.correction_card import correction_card
from diary_app.widgets.drawing import component
from diary_app.widgets.foot import contact_line, sync_line
from diary_app.widgets.frame import frame
from diary_app.widgets.header import ways_on
from diary_app.widgets.notices import notices
from diary_app.widgets.theme import Colour
from diary_app.widgets.today_card import today_action, today_card
from diary_app.widgets.travel_card import travel_card
from diary_app.widgets.update_card import update_card
from diary_app.widgets.visit_card import visit_cards
from diary_app.widgets.week_strip import week_strip
from diary_app.widgets.writing import body, title

GREETINGS: dict[Part, str] = {
    Part.MORNING: "Good morning",
    Part.AFTERNOON: "Good afternoon",
    Part.EVENING: "Good evening",
}


@component
def today_screen(today: Today, travelling: Travelling, confirming: Confirming, updating: Updating) -> ft.Control:
    """Nothing else than what one comes for."""
    state = use_diary()
    content = [
        _greeting(state, today),
        *notices(state),
        *update_card(state, updating),
        today_card(state, today),
        *correction_card(state, confirming),
        *travel_card(state, today, travelling),
        *visit_cards(state),
        week_strip(state.look, today.week),
        sync_line(state),
        contact_line(state),
    ]
    return frame(state.look, content, today_action(state, today.card), key="today", above=ways_on(state))


def _greeting(state: DiaryState, today: Today) -> ft.Control:
    date = body(state.say.day_alone(local_date(today.now, today.zone)), Colour.MUTED)
    return ft.Column([title(state.say(GREETINGS[today.part]), shrunk=state.large_text), date], spacing=4)
