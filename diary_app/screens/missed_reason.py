"""After evenings in a row without an entry, where the study asks why: once, coded, free to leave open."""

import flet as ft

from diary_app.absence import Absence
from diary_app.asking_why import AskingWhy
from diary_app.core.missed_reason import MissedReason
from diary_app.screens.context import use_diary
from diary_app.widgets.answers import answer_group, words_row
from diary_app.widgets.buttons import primary, quiet
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import frame
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import body, question

#: Message ids of the reasons, in the order in which they are offered.
REASONS: dict[MissedReason, str] = {
    MissedReason.FORGOT: "I forgot",
    MissedReason.TOO_TIRED: "I was too tired",
    MissedReason.UNWELL: "I did not feel well",
    MissedReason.IN_HOSPITAL: "I was in hospital",
    MissedReason.TRAVELLING: "I was travelling",
    MissedReason.TECHNICAL: "The phone or the app did not work",
    MissedReason.DID_NOT_WANT: "I did not want to",
    MissedReason.OTHER: "Something else",
    MissedReason.PREFER_NOT: "Prefer not to answer",
}


@component
def missed_reason_screen(asking: AskingWhy, absence: Absence) -> ft.Control:
    """Skipping is as good an answer as any."""
    state = use_diary()
    say = state.say
    words = say("What got in the way from {first} to {last}?", first=say.day(absence.first), last=say.day(absence.last))
    rows: list[ft.Control] = [
        words_row(reason, say(text), asking.chosen, lesser=reason is MissedReason.PREFER_NOT)
        for reason, text in REASONS.items()
    ]
    why = say("There is no entry for those evenings. That's all right. We ask only once, and you can leave it open.")
    content = [question(words), body(why, Colour.MUTED), answer_group(words, asking.chosen, asking.choose, rows)]
    skip = quiet(say("Skip"), asking.skip, key="skip")
    on = primary(say("Save"), asking.tell, key="save-reason", enabled=asking.chosen is not None)
    return frame(state.look, content, [on, skip], key="missed-reason")
