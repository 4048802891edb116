"""After the last evening: thanks, one's own entries, whom to call."""

import flet as ft

from diary_app.screens.context import use_diary
from diary_app.widgets.buttons import primary
from diary_app.widgets.drawing import component
from diary_app.widgets.foot import contact_line, sync_line
from diary_app.widgets.frame import frame
from diary_app.widgets.header import ways_on
from diary_app.widgets.writing import body, title


@component
def ended_screen() -> ft.Control:
    """Nothing more is asked."""
    state = use_diary()
    say = state.say
    content = [
        title(say("Your diary has come to its end"), shrunk=state.large_text),
        body(say("Thank you. Every evening you told us about helps those who come after you.")),
        body(say("No more evenings are planned. What you have written stays here, and you can look at it.")),
        sync_line(state),
        contact_line(state),
    ]
    action = primary(say("Look at your evenings"), state.ways.to_history, key="look-back")
    return frame(state.look, content, [action], key="ended", above=ways_on(state))
