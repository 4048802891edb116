"""The first meeting: what this is, and the code that makes the diary one's own."""

import flet as ft

from diary_app.enrolling import Enrolment, Trouble
from diary_app.reminding import Reminding
from diary_app.screens.context import use_diary
from diary_app.widgets import greeting
from diary_app.widgets.buttons import primary, secondary
from diary_app.widgets.code_field import code_field
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import frame
from diary_app.widgets.header import header
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import announced, body, small, title

#: Message ids: what went wrong with the code, and what to do.
TROUBLES: dict[Trouble, str] = {
    Trouble.SLIP: "The code is not quite right. Compare it with your letter, one character at a time.",
    Trouble.UNKNOWN: "The study does not know this code. Compare it with your letter, or call your study nurse.",
    Trouble.EXPIRED: "This code is too old. Your study nurse can give you a new one.",
    Trouble.USED: "This code has already been used. Your study nurse can give you a new one.",
    Trouble.TOO_OFTEN: "That was tried too often. Wait an hour, then try again.",
    Trouble.OFFLINE: "There is no connection to the study just now. Try again when you are online. If the network here "
    "is not your own, it may ask you to log in first: open another web page to see.",
    Trouble.NO_SERVER: "This code has to come with the study's link. Copy the whole link from your letter or message "
    "into the field.",
    Trouble.TOO_OLD: "This app is too old for the study. Update it, then try again.",
    Trouble.ANOTHERS_DIARY: "This phone holds another person's diary. Use its own code, or call your study nurse.",
    Trouble.OTHER: "That did not work. Try again in a little while. If it still does not, call your study nurse.",
}


@component
def welcome_screen(enrolment: Enrolment, reminding: Reminding) -> ft.Control:
    """Ask for little: the nurse has set the rest."""
    state = use_diary()
    say = state.say
    content = [
        title(say(greeting.TITLE), shrunk=state.large_text),
        body(say(greeting.WHAT_IT_IS)),
        body(say(greeting.WHERE_THE_CODE_IS)),
        code_field(
            say(greeting.CODE), enrolment.typed, enrolment.type_code, enabled=not enrolment.busy, large=state.large_text
        ),
    ]
    if enrolment.trouble:
        content.append(announced(body(say(TROUBLES[enrolment.trouble]), Colour.MISSED)))
    content.append(small(say(greeting.NOBODY_READS)))
    if reminding.can_install:
        install = secondary(say(greeting.INSTALL), reminding.install, key="install")
        content += [small(say(greeting.INSTALL_WHY)), install]
    words = say(greeting.MOMENT if enrolment.busy else greeting.BEGIN)
    may_send = bool(enrolment.typed) and not enrolment.busy
    actions: list[ft.Control] = [primary(words, enrolment.use_code, key="enrol", enabled=may_send)]
    if state.belonging:
        actions.append(secondary(say("Back"), state.open_again, key="back"))
    return frame(state.look, content, actions, key="welcome", above=header(state))
