"""The one card of the first screen and its one button."""

import flet as ft

from diary_app.core.grading import State
from diary_app.core.times import local_date
from diary_app.core.windows import DiaryDay
from diary_app.journal import entry_code
from diary_app.saving import Saved
from diary_app.state import DiaryState
from diary_app.texts import Texts
from diary_app.today import Card, CardKind, Today
from diary_app.widgets.buttons import at_left, primary, quiet
from diary_app.widgets.day_shapes import day_shape
from diary_app.widgets.details import details
from diary_app.widgets.frame import card
from diary_app.widgets.theme import Colour, Size
from diary_app.widgets.writing import announced, body, section

TOO_LATE = (
    "The diary had closed when you saved. Your answers are kept, but they do not count for that evening. "
    "That's all right."
)

OLD_PHONE = "Did you fill it in on your old phone already? Then do it here only if that phone no longer works."
LAST_NIGHT = "Last night's diary"
KEPT_BESIDE = "The study has another entry for this evening, and that one counts. What you saved here is kept as well."


def today_card(state: DiaryState, today: Today) -> ft.Control:
    """What there is to do, or that there is nothing to do; times as the clock shows them that the diary goes by now."""
    say, about = state.say, today.card
    rows: list[ft.Control] = []
    if state.answering.just_saved is Saved.TOO_LATE:
        rows.append(announced(body(say(TOO_LATE))))
    match about.kind:
        case CardKind.OPEN | CardKind.LATE if about.day:
            rows += _to_do(say, about, about.day, today)
            if about.before_here:
                rows.append(body(say(OLD_PHONE)))
        case CardKind.DONE if about.day:
            rows += _done(state, about, about.day, today)
        case CardKind.NOT_YET if about.day:
            rows += _not_yet(say, about, about.day, today)
        case _:
            rows.append(body(say("No more evenings are planned. Thank you for taking part.")))
    return card(rows, inviting=about.kind in {CardKind.OPEN, CardKind.LATE}, key="today-card")


def today_action(state: DiaryState, about: Card) -> list[ft.Control]:
    """The button, where there is something to do."""
    if about.kind not in {CardKind.OPEN, CardKind.LATE}:
        return []
    words = state.say("Continue") if about.begun else state.say("Fill in the diary")
    return [primary(words, state.start_diary, key="start")]


def _to_do(say: Texts, about: Card, day: DiaryDay, today: Today) -> list[ft.Control]:
    if about.kind is CardKind.LATE:
        until = say("Can still be filled in until {time} · about 45 seconds", time=say.time(day.late_until, today.zone))
        is_of_today = day.day == local_date(today.now, today.zone)
        return [section(say("Tonight's diary" if is_of_today else LAST_NIGHT)), body(until, Colour.MUTED)]
    until = say("Open until {time} · about 45 seconds", time=say.time(day.closes, today.zone))
    return [section(_named_after_midnight(say, day, today) or say("Tonight's diary")), body(until, Colour.MUTED)]


def _named_after_midnight(say: Texts, day: DiaryDay, today: Today) -> str:
    """Which diary it is, once the date above the card is another than the diary's; empty before that."""
    if day.day == local_date(today.now, today.zone):
        return ""
    return say("The diary for {day}", day=say.day(day.day))


def _done(state: DiaryState, about: Card, day: DiaryDay, today: Today) -> list[ft.Control]:
    say, received, zone = state.say, about.received_at, today.zone
    words = (
        say("Received by the study {time}.", time=say.time(received, zone))
        if received
        else say("Saved on this phone. It is sent when there is a connection.")
    )
    done = ft.Row([day_shape(State.DONE), section(say("Done."))], spacing=Size.STEP)
    named = _named_after_midnight(say, day, today)
    rows: list[ft.Control] = [done, *([body(named)] if named else []), announced(body(words, Colour.MUTED))]
    if about.elsewhere:
        rows.append(body(say(KEPT_BESIDE), Colour.MUTED))
    if about.entry is not None:
        until = _changeable_until(say, day, today)
        saved = say.time(about.entry.body.captured_at, zone)
        code = say("Entry {code}, saved {time}.", code=entry_code(about.entry), time=saved)
        change = at_left(quiet(until, lambda: state.answering.amend(day), key="change"))
        rows.append(ft.Column([change, details(say, code)], key="changing", spacing=Size.STEP))
    return rows


def _changeable_until(say: Texts, day: DiaryDay, today: Today) -> str:
    """In the evening twelve o'clock has been: it is that of tomorrow."""
    time, last = say.time(day.late_until, today.zone), local_date(day.late_until, today.zone)
    if last > local_date(today.now, today.zone):
        return say("Change the answers (until tomorrow at {time})", time=time)
    return say("Change the answers (until {time})", time=time)


def _not_yet(say: Texts, about: Card, day: DiaryDay, today: Today) -> list[ft.Control]:
    opens = say.time(day.opens, day.zone)
    if day.day == local_date(today.now, day.zone):
        words = say("Tonight's diary opens at {time}.", time=opens)
    else:
        words = say("The next diary opens {day} at {time}.", day=say.day(day.day), time=opens)
    if about.closed_empty:
        return [body(say("Last night's diary is closed. That's all right.")), body(words, Colour.MUTED)]
    return [body(words)]
