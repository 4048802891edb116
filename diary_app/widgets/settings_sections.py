"""The sections of Settings: for the eyes, reminders, help."""

import flet as ft

from diary_app.host import Permission
from diary_app.look import Brightness, Contrast, TextSize
from diary_app.reminding import Reminding
from diary_app.settings import Pause, Settings, Told
from diary_app.state import DiaryState
from diary_app.texts import LANGUAGES
from diary_app.widgets.buttons import at_left, quiet, secondary
from diary_app.widgets.choices import choices
from diary_app.widgets.theme import Colour
from diary_app.widgets.writing import announced, body, section, small

TEXT_SIZES: dict[TextSize, str] = {
    TextSize.NORMAL: "As it is", TextSize.LARGE: "Large", TextSize.LARGER: "Larger",
}  # fmt: skip
BRIGHTNESSES: dict[Brightness, str] = {
    Brightness.PHONE: "As the phone", Brightness.LIGHT: "Light", Brightness.DARK: "Dark",
}  # fmt: skip
CONTRASTS: dict[Contrast, str] = {Contrast.NORMAL: "As it is", Contrast.STRONG: "Stronger"}
PAUSES: dict[Pause, str] = {
    Pause.NONE: "No pause", Pause.DAYS_3: "Three days", Pause.WEEK: "One week", Pause.WEEKS_2: "Two weeks",
}  # fmt: skip
PAUSED = "No reminders up to and including {day}."
STOPPED = "You used the link in a message to stop all reminders, so none come. You can still fill in the diary."
HAVE_AGAIN = "It opens a page with one button, for which you need a connection. You can also call {phone}."
STAYS_EXPECTED = "A pause stops the reminders only. The diary still opens each evening and is still expected."
TELLS: dict[Told, str] = {
    Told.COPIED: "The report is copied. Paste it into a message, or read it out on the telephone. Call {phone}.",
    Told.FILE_SAVED: "The rescue file is saved among your downloads. Give it to the study; only they can read it.",
    Told.TOO_MUCH_FOR_CODES: "There is too much on this phone for codes. Save a rescue file instead, and give that "
    "to the study. Your entries are safe on this phone.",
    Told.NOT_SAVED: "The file could not be saved. Your entries are safe on this phone. Call {phone}.",
}
NOT_DONE = frozenset({Told.NOT_SAVED, Told.TOO_MUCH_FOR_CODES})


def for_the_eyes(state: DiaryState, settings: Settings) -> list[ft.Control]:
    """Language, letters, colours."""
    say, worn = state.say, settings.appearance
    languages = {language: LANGUAGES.get(language, language) for language in state.languages}
    parts = [choices(say("Language"), languages, say.language, state.choose_language, key="languages")]
    if settings.scales_text:
        sizes = {str(size): say(words) for size, words in TEXT_SIZES.items()}
        parts.append(choices(say("Text size"), sizes, worn.text_size, settings.choose_text_size, key="text-sizes"))
    contrasts = {str(contrast): say(words) for contrast, words in CONTRASTS.items()}
    shades = {str(one): say(words) for one, words in BRIGHTNESSES.items()}
    return [
        *parts,
        choices(say("Light or dark"), shades, worn.brightness, settings.choose_brightness, key="brightness"),
        choices(say("Contrast"), contrasts, worn.contrast, settings.choose_contrast, key="contrast"),
    ]  # fmt: skip


def about_reminders(state: DiaryState, settings: Settings, reminding: Reminding) -> list[ft.Control]:
    """The way to allow them, and the pause; while all are stopped only the way back."""
    if settings.stopped_at:
        return _stopped(state, settings)
    say, until = state.say, settings.paused_until
    pauses = {str(pause): say(words) for pause, words in PAUSES.items()}
    chosen = None if until else Pause.NONE
    lines: list[ft.Control] = [choices(say("Pause in the reminders"), pauses, chosen, settings.pause, key="pauses")]
    if until:
        lines.append(announced(body(say(PAUSED, day=say.day(until)))))
    lines.append(small(say(STAYS_EXPECTED)))
    if reminding.permission is not Permission.UNAVAILABLE:
        lines.append(at_left(quiet(say("Reminders on this phone"), state.ways.to_reminders, key="reminders")))
    return lines


def _stopped(state: DiaryState, settings: Settings) -> list[ft.Control]:
    """The link in a message was used, and no reminder comes; also said while offline."""
    say = state.say
    return [
        section(say("Reminders are stopped")),
        announced(body(say(STOPPED))),
        at_left(quiet(say("Have reminders again"), None, key="have-again", url=settings.stopped_at)),
        small(say(HAVE_AGAIN, phone=state.phone_to_call)),
    ]


def help_lines(state: DiaryState, settings: Settings) -> list[ft.Control]:
    """What to do when something is wrong."""
    say = state.say
    lines: list[ft.Control] = [
        section(say("I have a problem")),
        body(say("Copy a report for whoever helps you. It tells how the app stands and holds none of your answers.")),
        secondary(say("Copy the report"), settings.copy_report, key="report"),
    ]
    if settings.can_rescue:
        lines.append(secondary(say("Save a rescue file"), settings.save_rescue_file, key="rescue"))
        lines.append(at_left(quiet(say("Show codes to be scanned instead"), settings.show_rescue_codes, key="codes")))
    if settings.told:
        colour = Colour.LATE if settings.told in NOT_DONE else Colour.DONE
        lines.append(announced(body(say(TELLS[settings.told], phone=state.phone_to_call), colour)))
    return lines
