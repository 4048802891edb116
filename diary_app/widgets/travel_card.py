"""On a journey: one quiet card that asks whether the diary shall follow the phone's time."""

import flet as ft

from diary_app.state import DiaryState
from diary_app.today import Today
from diary_app.travelling import Travelling
from diary_app.widgets.buttons import quiet, secondary
from diary_app.widgets.frame import card
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import body, section

TWO_TIMES = "Your phone says {there}, and the diary goes by {here}. Shall the diary follow the phone?"
FROM_WHEN = "An evening that is already open keeps its time."


def travel_card(state: DiaryState, today: Today, travelling: Travelling) -> list[ft.Control]:
    """Nothing while phone and diary show the same time."""
    if not travelling.zone:
        return []
    say = state.say
    there, here = say.time(today.now, travelling.zone), say.time(today.now, today.zone)
    rows: list[ft.Control] = [
        section(say("Another time zone")),
        body(say(TWO_TIMES, there=there, here=here)),
        body(say(FROM_WHEN), Colour.MUTED),
        secondary(say("Follow the phone's time"), travelling.follow, key="zone-follow"),
        quiet(say("Keep the diary's time"), travelling.stay, key="zone-stay"),
    ]
    return [card(rows, key="travel-card")]
