"""A late entry, where the study asks why: a coded reason, no blame."""

import flet as ft

from diary_app.core.entries import LateReason
from diary_app.questionnaire import Filling
from diary_app.screens.context import use_diary
from diary_app.widgets.answers import answer_group, words_row
from diary_app.widgets.buttons import back_and_on, primary, secondary
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import frame
from diary_app.widgets.writing import question

#: Message ids of the reasons, in the order in which they are offered.
REASONS: dict[LateReason, str] = {
    LateReason.FORGOT: "I forgot",
    LateReason.TOO_TIRED: "I was too tired",
    LateReason.UNWELL: "I did not feel well",
    LateReason.NO_PHONE: "I did not have the phone with me",
    LateReason.TECHNICAL: "Something did not work",
    LateReason.OTHER: "Something else",
}


@component
def late_reason_screen(filling: Filling) -> ft.Control:
    """Asked once, after the questions."""
    state = use_diary()
    answering = state.answering
    say = state.say
    words = say("It is past {time}. What got in the way?", time=say.time(filling.day.closes, filling.day.zone))
    chosen = str(filling.late_reason) if filling.late_reason else None
    rows: list[ft.Control] = [words_row(reason, say(text), chosen) for reason, text in REASONS.items()]
    content = [question(words), answer_group(words, chosen, answering.choose_late_reason, rows)]
    back = secondary(say("Back"), lambda: answering.go_to_question(filling.length), key="back")
    on = primary(say("Next"), answering.review, key="next", enabled=chosen is not None)
    actions = back_and_on(back, on, stacked=state.large_text)
    return frame(state.look, content, actions, key="late", low=True)
