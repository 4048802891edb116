"""What was typed into the form for a new participant, kept as typed so that a refusal loses nothing; pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from pydantic import BaseModel, ConfigDict

from diary_app.core.catalogue import message
from diary_app.core.errors import Code, RequestRefused
from diary_app.core.facts import Channel, ContactField, RemindersChosen
from diary_app.core.study import Study
from diary_app.core.wishes import EVERY_CHANNEL
from server.intake.enrolling import Newcomer

CONFIRMED, NOT_ELIGIBLE = "confirmed", "not_eligible"
CHANNELS: Mapping[Channel, str] = {
    Channel.PUSH: message("A notification on the phone"),
    Channel.EMAIL: message("E-mail"),
    Channel.SMS: message("Text message"),
}
_NEEDED = {Channel.EMAIL: ContactField.EMAIL, Channel.SMS: ContactField.PHONE}


class Typed(BaseModel):
    """The fields of the form by their names; everything is text."""

    model_config = ConfigDict(frozen=True, str_max_length=300)

    eligible: str = ""
    site: str = ""
    subject: str = ""
    language: str = ""
    window: str = ""
    usual: str = ""
    zone: str = ""
    channel: str = Channel.PUSH.value
    email: str = ""
    phone: str = ""
    randomised: str = ""
    shared: str = ""

    @property
    def is_eligible(self) -> bool:
        """Whether all criteria were confirmed. Raises `RequestRefused` while neither was said."""
        if self.eligible not in (CONFIRMED, NOT_ELIGIBLE):
            raise _refused("Nothing was said about the criteria.", "Choose one of the two answers at the top.")
        return self.eligible == CONFIRMED

    def newcomer(self, study: Study) -> Newcomer:
        """As it is recorded. Raises `RequestRefused`, which names what to change."""
        reach = {ContactField.EMAIL: self.email, ContactField.PHONE: self.phone}
        channels = tuple(_in_order(self.channel))
        if (needed := _NEEDED.get(channels[0])) and not reach[needed].strip():
            raise _refused(
                "Reminders have nowhere to go.", "Type the address or number, or choose another kind of reminder."
            )
        return Newcomer(
            site=self.site, subject=self.subject.strip(), zone=self.zone, language=_language(study, self.language),
            choices={study.diary.instrument: self.window}, reminders=_reminders(self.usual, channels), reach=reach,
            randomised=_day(self.randomised),
        )  # fmt: skip


@dataclass(frozen=True)
class Evening:
    """One window that a participant may have, as it is offered. Times as read on a clock."""

    id: str
    opens: str
    closes: str
    late_until: str


def evenings(study: Study, separator: str) -> list[Evening]:
    """The choices of the study; `separator` stands between hours and minutes."""
    return [
        Evening(rule.id, *(_clock(minutes, separator) for minutes in (rule.opens, rule.closes, rule.late_until)))
        for rule in study.diary.windows
    ]


def beginning(study: Study, site: str, separator: str) -> Typed:
    """The form as it is opened, for a site: what most participants have."""
    where = study.site(site)
    return Typed(
        site=site, language=study.languages[0], window=study.diary.default_window, zone=where.zone,
        usual=_clock(study.prompts.usual, separator),
    )  # fmt: skip


def _clock(minutes: int, separator: str) -> str:
    return f"{minutes // 60 % 24:02d}{separator}{minutes % 60:02d}"


def _in_order(first: str) -> Iterator[Channel]:
    """Every channel, the preferred one first."""
    if first not in set(Channel):
        raise _refused("There is no such kind of reminder.", "Choose one of those on the page.")
    yield Channel(first)
    yield from (channel for channel in EVERY_CHANNEL if channel != first)


def _reminders(usual: str, channels: tuple[Channel, ...]) -> RemindersChosen:
    try:
        return RemindersChosen(usual=usual.strip().replace(".", ":") or None, channels=channels)
    except ValueError as error:
        raise _refused("The time of the first reminder cannot be read.", "Type it as 20:00.") from error


def _language(study: Study, wanted: str) -> str:
    if wanted not in study.languages:
        raise _refused("The diary does not have that language.", "Choose one of those on the page.")
    return wanted


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise _refused("The date cannot be read.", "Type it as year-month-day, such as 2026-11-22.") from error


def _refused(pattern: str, remedy: str) -> RequestRefused:
    return RequestRefused(Code.FACT_INVALID, pattern, remedy)
