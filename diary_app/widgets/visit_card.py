"""Visit questionnaires on the first screen: one quiet card a visit, one button; nothing while none is due."""

from datetime import timedelta

import flet as ft

from diary_app.core.grading import State
from diary_app.core.times import local
from diary_app.saving import Saved
from diary_app.state import DiaryState
from diary_app.texts import Texts
from diary_app.visiting import DueQuestionnaire, DueVisit
from diary_app.widgets.buttons import at_left, quiet, secondary
from diary_app.widgets.day_shapes import day_shape
from diary_app.widgets.frame import card
from diary_app.widgets.theme import Colour, Size
from diary_app.widgets.writing import announced, body, section

AFTER_VISIT = (
    "The time for the questionnaire had passed when you saved. Your answers are kept and sent, "
    "but they may not count for the visit. That's all right."
)


def visit_cards(state: DiaryState) -> list[ft.Control]:
    """What there is to fill in for a visit, or that it is done."""
    cards: list[ft.Control] = [_visit_card(state, visit) for visit in state.visits]
    if state.answering.just_saved is Saved.AFTER_VISIT:
        cards.insert(0, card([announced(body(state.say(AFTER_VISIT)))], key="after-visit"))
    return cards


def _visit_card(state: DiaryState, visit: DueVisit) -> ft.Control:
    say = state.say
    heading = section(say("Questionnaire · {visit}", visit=visit.label.get(say.language, visit.visit)))
    rows: list[ft.Control] = [heading]
    if visit.to_do:
        rows += [body(_until(say, visit), Colour.MUTED), *_how_far(say, visit), _start(state, visit)]
    else:
        rows.append(_all_done(say, visit))
    rows += [_change(state, visit, number, one) for number, one in enumerate(visit.questionnaires, 1) if one.entry]
    return card(rows, key=f"card-{visit.visit}")


def _until(say: Texts, visit: DueVisit) -> str:
    words = say("Open until {moment}", moment=_end(say, visit))
    about = say.count("about {number} minute", "about {number} minutes", visit.minutes)
    return f"{words} · {about}"


def _how_far(say: Texts, visit: DueVisit) -> list[ft.Control]:
    """Only where there is more than one to a visit."""
    whole = len(visit.questionnaires)
    if whole == 1:
        return []
    done = whole - len(visit.to_do)
    return [body(say("{done} of {whole} questionnaires saved", done=done, whole=whole), Colour.MUTED)]


def _start(state: DiaryState, visit: DueVisit) -> ft.Control:
    words = state.say("Continue") if visit.to_do[0].begun else state.say("Fill in the questionnaire")
    return secondary(words, lambda: state.start_visit(visit.visit), key=f"visit-{visit.visit}")


def _all_done(say: Texts, visit: DueVisit) -> ft.Control:
    received = all(one.received for one in visit.questionnaires)
    words = say("Done. Received by the study.") if received else say("Done. Saved on this phone.")
    return ft.Row([day_shape(State.DONE), ft.Container(announced(body(words)), expand=True)], spacing=Size.STEP)


def _change(state: DiaryState, visit: DueVisit, number: int, one: DueQuestionnaire) -> ft.Control:
    say = state.say
    words = say("Change the answers (until {moment})", moment=_end(say, visit))
    if len(visit.questionnaires) > 1:
        words = say("Change questionnaire {number} (until {moment})", number=number, moment=_end(say, visit))
    key = f"change-{visit.visit}-{one.slot.instrument}"
    return at_left(quiet(words, lambda: state.answering.amend_visit(one), key=key))


def _end(say: Texts, visit: DueVisit) -> str:
    """Until when; a window that ends at midnight ends with the day before."""
    wall = local(visit.closes, visit.zone)
    if (wall.hour, wall.minute) == (0, 0):
        return say("the end of {day}", day=say.day(wall.date() - timedelta(days=1)))
    return say("{day} at {time}", day=say.day(wall.date()), time=say.time(visit.closes, visit.zone))
