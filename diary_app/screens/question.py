"""One question to a page: how far one has come, the question, its answers, Back and Next."""

from typing import assert_never

import flet as ft

from diary_app.core.entries import Skip
from diary_app.core.instruments import Item
from diary_app.core.wording import PREFER_NOT
from diary_app.questionnaire import Filling, value_of
from diary_app.screens.context import use_diary
from diary_app.texts import Texts
from diary_app.visiting import visit_of
from diary_app.widgets.answers import answer_group, number_grid, words_row
from diary_app.widgets.buttons import back_and_on, primary, quiet, secondary
from diary_app.widgets.drawing import component
from diary_app.widgets.frame import frame
from diary_app.widgets.progress import progress
from diary_app.widgets.writing import question


@component
def question_screen(filling: Filling) -> ft.Control:
    """The question whose number is in the address. Nothing is chosen beforehand, nothing goes on by itself."""
    state = use_diary()
    answering = state.answering
    asked = ft.use_route_params().get("number", "")
    number = min(max(int(asked), 1), filling.length) if asked.isdecimal() else 1  # an address can be typed
    ft.use_effect(lambda: answering.question_shown(number), [number], cleanup=answering.question_left)
    say, item = state.say, filling.item(number)
    chosen = value_of(filling.answers.get(item.code))
    words = say.question(item, filling.day.day)
    content = [
        progress(say, number, filling.length, practice=filling.practice),
        question(words),
        answer_group(words, chosen, lambda value: answering.answer(item.code, value), _rows(say, item, chosen)),
    ]
    if visit_of(filling):
        content.append(quiet(say("Take a break and go on later"), answering.put_away, key="put-away"))
    back = secondary(say("Back"), lambda: answering.back_from(number), key="back")
    on = primary(say("Next"), lambda: answering.next_from(number), key="next", enabled=item.code in filling.answers)
    actions = back_and_on(back, on, stacked=state.large_text)
    return frame(state.look, content, actions, key=f"question-{item.code}")


def _rows(say: Texts, item: Item, chosen: str | None) -> list[ft.Control]:
    match item.kind:
        case "scale":
            rows = number_grid(item, chosen, say(item.low_label), say(item.high_label))
        case "choice":
            rows = [words_row(str(choice.value), say(choice.label), chosen) for choice in item.choices]
        case _:
            assert_never(item.kind)
    if item.not_applicable:
        rows.append(words_row(Skip.NOT_APPLICABLE, say(item.not_applicable), chosen, lesser=True))
    return [*rows, words_row(Skip.PREFER_NOT, say(PREFER_NOT), chosen, lesser=True)]
