"""The rescue file as codes for a scanner: one at a time, large, with what to do."""

import flet as ft

from diary_app.screens.context import use_diary
from diary_app.screens.settings import settings_screen
from diary_app.settings import Settings
from diary_app.shown_codes import ShownCodes
from diary_app.widgets.buttons import at_left, back_and_on, primary, quiet, secondary
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import frame
from diary_app.widgets.writing import announced, body, small, title

HOLD = "Hold the phone in front of the study nurse's scanner, and tap Next when the code is scanned."
LAST = "Hold the phone in front of the study nurse's scanner. This is the last code."
STAY = "Your entries stay on this phone. Turn up the brightness if the scanner does not see the code."


@component
def codes_screen(settings: Settings, codes: ShownCodes) -> ft.Control:
    """At its address without a code, after a restart, there is Settings."""
    state = use_diary()
    if not codes.shown:
        return settings_screen(settings, state.reminding)
    from diary_app.widgets.code_picture import code_picture  # noqa: PLC0415 - draws, and is seldom needed

    say = state.say
    numbered = say("Code {number} of {total}", number=codes.number, total=len(codes.codes))
    content = [
        announced(title(numbered, shrunk=state.large_text)),
        code_picture(codes.shown, say("{code}, a picture for the scanner", code=numbered)),
        body(say(LAST if codes.is_last else HOLD)),
        small(say(STAY)),
    ]
    earlier = settings.put_codes_away if codes.is_first else codes.show_previous
    back = secondary(say("Back"), earlier, key="back")
    on = (
        primary(say("Done"), settings.put_codes_away, key="done")
        if codes.is_last
        else primary(say("Next"), codes.show_next, key="next")
    )
    above = at_left(quiet(say("Close"), settings.put_codes_away, key="close"))
    actions = back_and_on(back, on, stacked=state.large_text)
    return frame(state.look, content, actions, key=f"codes-{codes.number}", above=above)
