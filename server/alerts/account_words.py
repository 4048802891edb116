"""What the holder of an account is told of it: what happened, when, and what to do if that was somebody else.

No code, no link and no name: whoever reads the mail of another learns nothing to come in by, and a message that asks to
be clicked is not one of ours.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from diary_app.core.catalogue import message
from diary_app.core.study import Study
from diary_app.resources import LANGUAGES, catalogue
from server.access.account_facts import Happened
from server.console.dates import Calendar
from server.db.notices import Notice

WHAT: Mapping[Happened, str] = {
    Happened.JOINED: message("A password was chosen by way of the link that was made for you."),
    Happened.PASSWORD_CHANGED: message("The password of your account was changed."),
    Happened.SECOND_FACTOR_SET_UP: message("A second step of the log-in was set up for your account."),
    Happened.SECOND_FACTOR_TAKEN_OFF: message("The second step of your log-in was turned off."),
    Happened.SECOND_FACTOR_RESET: message("The second step of your log-in was reset; the next log-in sets it up anew."),
    Happened.RECOVERY_CODE_USED: message("One of your recovery codes was used."),
    Happened.RECOVERY_CODES_MADE: message("New recovery codes were made for you; the old ones are worth nothing."),
    Happened.ADDRESS_CHANGED: message("The e-mail address of your account was changed."),
    Happened.CODE_SHOWN_AGAIN: message(
        "After your right password a code was typed that had been used. It was refused."
    ),
    Happened.OTHER_BROWSER: message("Your account was logged in to from another kind of browser than before."),
    Happened.PASSWORDS_TRIED: message("Many wrong passwords were tried for your account. They were refused."),
    Happened.CODES_TRIED: message("After your right password many wrong codes were tried. They were refused."),
}
_YOU = message("If that was you, there is nothing to do.")
_NOT_YOU = message(
    "If it was somebody else: log in as you always do, never by a link in a message, change your password under My "
    "account and log out everywhere else. Tell an administrator in any case, by telephone or in person; they can also "
    "let you in again."
)
_ONLY_GUESSED = message(
    "If it was somebody else: your password has held. See to it that you use it nowhere else, and tell an "
    "administrator, by telephone or in person."
)


@dataclass(frozen=True)
class Told:
    """A message to a member of staff. `sender`: the study's display name."""

    sender: str
    subject: str
    text: str


def advice(kind: Happened) -> tuple[str, str]:
    """What to do: where it was the reader, and where it was not."""
    return _YOU, _ONLY_GUESSED if kind is Happened.PASSWORDS_TRIED else _NOT_YOU


def told(study: Study, notice: Notice, language: str) -> Told:
    """In words; `language` where the catalogue speaks it, else the study's first."""
    spoken = language if language in LANGUAGES and language in study.display_name else study.languages[0]
    say, kind, zone = catalogue(spoken, "console").text, Happened(notice.kind), study.sites[0].zone
    calendar = Calendar(spoken, zone, notice.at.date())
    when = [say("It happened {moment}.", moment=calendar.moment(notice.at))]
    if browser := named(say("{browser} on {system}", browser=notice.browser, system=notice.system), notice):
        when.append(say("The browser: {browser}.", browser=browser))
    parts = (say(WHAT[kind]), " ".join(when), *(say(one) for one in advice(kind)))
    return Told(study.display_name[spoken], say("About your log-in"), "\n\n".join(parts) + "\n")


def named(both: str, notice: Notice) -> str:
    """The browser of a notice, as far as it is known. `both`: how it is called where family and system are."""
    return both if notice.browser and notice.system else notice.browser or notice.system
