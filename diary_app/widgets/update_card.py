"""On Today: the study has been changed, and only a newer version of the app can read what it asks now."""

import flet as ft

from diary_app.state import DiaryState
from diary_app.updating import Updating
from diary_app.widgets.buttons import secondary
from diary_app.widgets.frame import card
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import announced, body, section

TOO_OLD = "The study has been changed, and this version of the diary is too old for it."
UNTIL_THEN = "Please update soon. You can go on as usual until then: everything you save is kept and sent."
BY_STORE = "You find the new version where you got the diary from. If you need help, call {phone}."
NONE_FOUND = "No newer version can be found just now. Try again later, while you are online."


def update_card(state: DiaryState, updating: Updating) -> list[ft.Control]:
    """Nothing while the app knows the study as it is; else what to do, that nothing is lost, and the way to it."""
    if state.belonging is None or not state.belonging.is_app_too_old:
        return []
    say = state.say
    rows: list[ft.Control] = [section(say("The diary needs a newer version")), body(say(TOO_OLD))]
    rows.append(body(say(UNTIL_THEN)))
    if updating.is_by_store:
        rows.append(body(say(BY_STORE, phone=state.phone_to_call), Colour.MUTED))
    if updating.none_found:
        rows.append(announced(body(say(NONE_FOUND), Colour.LATE)))
    if not updating.is_by_store:
        words = say("Just a moment …") if updating.looking else say("Update now")
        rows.append(secondary(words, updating.look_and_take, key="update-now"))
    return [card(rows, key="update-card")]
