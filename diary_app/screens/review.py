"""All answers on one page before they are saved; each line leads back to its question."""

import flet as ft

from diary_app.core.entries import FilledBy
from diary_app.core.instruments import Item
from diary_app.core.times import local_date
from diary_app.questionnaire import Filling
from diary_app.screens.context import use_diary
from diary_app.state import DiaryState
from diary_app.texts import Texts
from diary_app.visiting import visit_of
from diary_app.widgets.buttons import primary, quiet, secondary
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import frame
from diary_app.widgets.review_lines import review_line
from diary_app.widgets.theme import Colour, Size
from diary_app.widgets.tick import tick
from diary_app.widgets.writing import body, small, title

SAVED_BEFORE = "Saved at {time}. Tap a line to change it; the study keeps both the old and the new answer."

SAVED_DAYS_BEFORE = "Saved {day} at {time}. Tap a line to change it; the study keeps both the old and the new answer."

TO_ANSWER = "The study has changed its questions. Tap each line with a dash and answer it, then you can save."


@component
def review_screen(filling: Filling) -> ft.Control:
    """Look once more, then save. An amendment shows the old answer beside the new one and asks to confirm."""
    state = use_diary()
    ft.use_effect(state.answering.reviewing, [])
    say = state.say
    lines = [_line(state, filling, number, item) for number, item in enumerate(filling.instrument.items, 1)]
    content = [
        title(_title(say, filling)),
        body(_intro(say, filling), Colour.MUTED),
        ft.Column(lines, spacing=Size.STEP / 2, horizontal_alignment=ft.CrossAxisAlignment.STRETCH),
        _helped(state, filling),
    ]
    return frame(state.look, content, _actions(state, filling), key="review")


def _title(say: Texts, filling: Filling) -> str:
    if filling.practice:
        return say("Your practice answers")
    return say("Change your answers") if filling.replaces else say("Your answers")


def _intro(say: Texts, filling: Filling) -> str:
    if filling.replaces:
        moment, zone = filling.replaces.body.captured_at, filling.day.zone
        if visit_of(filling):
            return say(SAVED_DAYS_BEFORE, day=say.day(local_date(moment, zone)), time=say.time(moment, zone))
        return say(SAVED_BEFORE, time=say.time(moment, zone))
    return say("Tap a line to change it.")


def _line(state: DiaryState, filling: Filling, number: int, item: Item) -> ft.Control:
    say, answer = state.say, filling.answers.get(item.code)
    old = filling.replaces.body.answers.get(item.code) if filling.replaces else answer
    words = say.answer(item, answer)
    if old != answer:
        words = say("{new} – before: {old}", new=words, old=say.answer(item, old))
    return review_line(
        say.question(item, filling.day.day), words, lambda: state.answering.go_to_question(number),
        key=f"line-{item.code}", changed=old != answer,
    )  # fmt: skip


def _helped(state: DiaryState, filling: Filling) -> ft.Control:
    helped = filling.filled_by is FilledBy.SOMEONE_TAPPED
    words, turn = state.say("Someone helped me tap"), lambda: state.answering.tell_who_tapped(helped=not helped)
    return tick(words, helped, turn, key="helped")


def _actions(state: DiaryState, filling: Filling) -> list[ft.Control]:
    say = state.say
    if not filling.replaces:
        return [
            primary(say("Save"), state.answering.save, key="save", enabled=filling.complete),
            quiet(say("Take a break and go on later"), state.answering.put_away, key="put-away"),
        ]
    can_save = filling.complete and bool(filling.changes())
    return [
        _whether_right(say, filling),
        primary(say("Confirm and save"), state.answering.save, key="save", enabled=can_save),
        secondary(say("Leave the answers as they were"), state.answering.discard_change, key="discard"),
    ]


def _whether_right(say: Texts, filling: Filling) -> ft.Control:
    """Questions have no answer where the study has been changed since those answers were saved."""
    if not filling.complete:
        return small(say(TO_ANSWER), Colour.INK)
    return small(say("Is this right?"), Colour.INK) if filling.changes() else small(say("Nothing is changed yet."))
