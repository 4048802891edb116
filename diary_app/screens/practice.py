"""Before the first evening: try the questions once."""

import flet as ft

from diary_app.screens.context import use_diary
from diary_app.widgets.buttons import primary
from diary_app.widgets.drawing import component
from diary_app.widgets.foot import contact_line
from diary_app.widgets.frame import frame
from diary_app.widgets.header import header
from diary_app.widgets.writing import body, title


@component
def practice_screen() -> ft.Control:
    """An invitation; the practice itself is the real questionnaire."""
    state = use_diary()
    say = state.say
    content = [
        title(say("Try it once first"), shrunk=state.large_text),
        body(say("These are the questions you will meet each evening. The practice does not count.")),
        body(say("You can take your time, go back and change your mind.")),
        contact_line(state),
    ]
    action = primary(say("Start the practice"), state.answering.practise, key="practise")
    return frame(state.look, content, [action], key="practice", above=header(state))
