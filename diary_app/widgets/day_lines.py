"""One day of the past in words: its state, when it was saved, when the study received it. Times, never answers."""

from datetime import datetime

import flet as ft

from diary_app.core.grading import State
from diary_app.core.times import local_date
from diary_app.looking_back import DayDetails
from diary_app.texts import Texts
from diary_app.widgets.day_shapes import NAMES, day_shape
from diary_app.widgets.theme import Colour, Size
from diary_app.widgets.today_card import KEPT_BESIDE, TOO_LATE
from diary_app.widgets.writing import body, section

CORRECTED = "The study has corrected this evening, as you told it."
EARLIER_PHONE = "This evening was filled in on another phone."
ON_PAPER = "This evening was filled in on paper, or together with your study nurse."
#: Message ids of what a day without an entry on this phone means.
WITHOUT_ENTRY: dict[State, str] = {
    State.DONE: EARLIER_PHONE,
    State.LATE: EARLIER_PHONE,
    State.EXTRA: EARLIER_PHONE,
    State.MISSED: "Nothing was saved for this evening, and it is closed now. That's all right.",
    State.UNKNOWN: "Nothing was saved on this phone, and the study has not heard of anything for this evening yet.",
    State.EXCUSED: "The study does not expect this evening. There is nothing to do.",
    State.OPEN: "This evening's diary is open. Nothing has been saved yet.",
}


def day_lines(say: Texts, details: DayDetails) -> list[ft.Control]:
    """What is known, in the order in which it happened."""
    name = say(NAMES[details.state])
    words = ft.Container(section(name[:1].upper() + name[1:]), expand=True)
    lines: list[ft.Control] = [ft.Row([day_shape(details.state), words], spacing=Size.STEP)]
    lines += [body(text) for text in (*_saved(say, details), *_received(say, details))]
    if details.code:
        lines.append(body(say("Entry {code}.", code=details.code), Colour.MUTED))
    return lines


def _saved(say: Texts, details: DayDetails) -> list[str]:
    if not details.versions:
        return [say(CORRECTED if details.corrected else _without_entry(details))]
    first, *changes = (_moment(say, one.body.captured_at, details) for one in details.versions)
    lines = [say("Saved {moment}.", moment=first), *(say("Changed {moment}.", moment=one) for one in changes)]
    lines += [say(CORRECTED)] if details.corrected else []
    lines += [say(KEPT_BESIDE)] if details.elsewhere else []
    return [*lines, say(TOO_LATE)] if details.too_late else lines


def _without_entry(details: DayDetails) -> str:
    """The study names the entry of every phone, and none that staff typed."""
    words = WITHOUT_ENTRY[details.state]
    typed = details.received_at is not None and details.server is not None and details.server.entry is None
    return ON_PAPER if words is EARLIER_PHONE and typed else words


def _received(say: Texts, details: DayDetails) -> list[str]:
    if details.received_at is None:
        return (
            [say("Not received by the study yet. It is sent when there is a connection.")] if details.versions else []
        )
    moment = _moment(say, details.received_at, details)
    lines = [say("Received by the study {moment}.", moment=moment)]
    return lines if details.all_received else [*lines, say("The last change has not been received yet.")]


def _moment(say: Texts, moment: datetime, details: DayDetails) -> str:
    """The time alone on the diary day itself, else with its day."""
    at = say.time(moment, details.zone)
    if local_date(moment, details.zone) == details.day:
        return say("at {time}", time=at)
    return say("{day} at {time}", day=say.day_of(moment, details.zone), time=at)
