"""Allowing reminders: why, one button that asks the browser, and what to do where it has said no."""

from functools import partial

import flet as ft

from diary_app.host import Permission
from diary_app.places import Place
from diary_app.reminding import Reminding
from diary_app.screens.context import use_diary
from diary_app.state import DiaryState
from diary_app.widgets.buttons import primary, quiet, secondary
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import frame
from diary_app.widgets.header import header, way_back
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import announced, body, title

WHY = (
    "In the evening the phone can show a short message while the diary is open and not filled in. "
    "It says only “Time for the diary”, so that nobody else learns anything from it."
)
WHY_KEPT = "The browser is also asked to keep the diary when the phone is short of room, so that nothing is cleared."
ANSWERS: dict[Permission, str] = {
    Permission.GRANTED: "Reminders are allowed on this phone.",
    Permission.DENIED: (
        "This browser does not show reminders just now. To allow them, open the phone's settings for the browser or "
        "the diary, choose Notifications, and allow them. The diary works without them too."
    ),
    Permission.UNAVAILABLE: "Reminders cannot be shown here. Your study nurse can agree on another way with you.",
}
TESTED = {
    True: "A test reminder is on its way. If you do not see it, the phone is set to be quiet.",
    False: "The test reminder could not be shown.",
}


@component
def reminders_screen(reminding: Reminding) -> ft.Control:
    """The last step before the first evening, and a page of Settings afterwards."""
    state = use_diary()
    say, permission = state.say, reminding.permission
    ft.use_effect(reminding.look, [])
    content: list[ft.Control] = [
        title(say("Shall the phone remind you?"), shrunk=state.large_text),
        body(say(WHY)),
        body(say(WHY_KEPT)),
    ]
    if permission in ANSWERS:
        colour = Colour.DONE if permission is Permission.GRANTED else Colour.INK
        content.append(announced(body(say(ANSWERS[permission]), colour)))
    if permission is Permission.GRANTED:
        test = partial(reminding.test, state.display_name, say("Time for the diary"))  # as a bystander would see it
        content.append(secondary(say("Send me a test reminder"), test, key="test"))
    if reminding.tested is not None:
        content.append(announced(body(say(TESTED[reminding.tested]), Colour.MUTED)))
    above = header(state) if state.place is Place.REMINDERS else way_back(state, state.ways.to_settings)
    return frame(state.look, content, _actions(state, reminding), key="reminders", above=above)


def _actions(state: DiaryState, reminding: Reminding) -> list[ft.Control]:
    say, enrolling = state.say, state.place is Place.REMINDERS
    if reminding.permission is Permission.ASK:
        actions: list[ft.Control] = [primary(say("Allow reminders"), reminding.allow, key="allow")]
        return [*actions, quiet(say("Not now"), reminding.go_on, key="not-now")] if enrolling else actions
    return [primary(say("On to the diary"), reminding.go_on, key="on")] if enrolling else []
