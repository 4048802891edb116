"""What somebody typed from a sheet or of an interview: everything once, then date, time and answers again. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import TypeVar, assert_never

from pydantic import BaseModel, ConfigDict

from diary_app.core.catalogue import Catalogue, message, source_catalogue
from diary_app.core.entries import Answer, FilledBy, Mode, Skip
from diary_app.core.instruments import Instrument, Item
from diary_app.core.paper import Asked, PaperReason
from diary_app.core.wording import PREFER_NOT
from server.intake.paper import Interview, Sheet
from server.intake.staff import refused

REASONS: Mapping[PaperReason, str] = {
    PaperReason.NO_PHONE: message("no phone"),
    PaperReason.PHONE_FAILED: message("the phone failed"),
    PaperReason.SERVER_OUTAGE: message("the server was out of reach"),
    PaperReason.PARTICIPANT_WISH: message("the participant wished it"),
    PaperReason.OTHER_AGREED: message("agreed with the site"),
}
HANDS: Mapping[FilledBy, str] = {
    FilledBy.SELF: message("The participant"),
    FilledBy.SOMEONE_TAPPED: message("Somebody ticked what the participant said"),
}
#: How the evening was given: on a sheet, or to somebody who asked.
GIVEN: Mapping[str, str] = {
    Mode.PAPER: message("Written on a sheet of paper"),
    Asked.TELEPHONE: message("Asked by telephone"),
    Asked.FACE_TO_FACE: message("Asked face to face"),
}
#: What a page is sent for: to look at what would be stored, to change it, or to store it.
LOOK, CHANGE, SAVE = "look", "change", "save"
_AGAIN = "again_"
Chosen = TypeVar("Chosen", bound=StrEnum)


class Typed(BaseModel):
    """The fields by their names, all text; answers stand under the codes of their questions, again as `again_...`."""

    model_config = ConfigDict(frozen=True, extra="allow", str_max_length=300)

    step: str = LOOK
    given: str = Mode.PAPER.value
    form: str = ""
    diary_day: str = ""
    day: str = ""
    at: str = ""
    filled_by: str = FilledBy.SELF.value
    reason: str = ""
    reference: str = ""
    language: str = ""
    dated: str = ""
    asked_by: str = ""
    aloud: str = ""

    @property
    def is_interview(self) -> bool:
        """Whether somebody asked."""
        return self.given in set(Asked)

    def value(self, name: str) -> str:
        """What stands in any field; empty where there is none."""
        given = getattr(self, name, None) or (self.model_extra or {}).get(name, "")
        return given if isinstance(given, str) else ""

    def again(self, name: str) -> str:
        """What was typed the second time."""
        return self.value(f"{_AGAIN}{name}")

    def sheet(self, asked: Instrument) -> Sheet:
        """As it is stored. Raises `RequestRefused`, which names what to change."""
        if not 0 < len(self.form) <= 36:
            raise refused("The page was not sent whole.", "Open it again.")
        if self.given not in GIVEN:
            raise refused("Something is not chosen.", "Choose one from each list.")
        return Sheet(
            form=self.form, diary_day=read_date(self.diary_day), day=read_date(self.day), at=_time(self.at),
            answers={item.code: _answer(self.value(item.code), item) for item in asked.items},
            filled_by=self._hand(), reason=_one_of(PaperReason, self.reason),
            reference=self.reference, language=self.language, is_dated=self.dated == "1", interview=self._interview(),
        )  # fmt: skip

    def _hand(self) -> FilledBy:
        return FilledBy.SOMEONE_TAPPED if self.is_interview else _one_of(FilledBy, self.filled_by)

    def _interview(self) -> Interview | None:
        if not self.is_interview:
            return None
        return Interview(Asked(self.given), self.asked_by, is_word_for_word=self.aloud == "1")

    def unlike(self, asked: Instrument) -> list[str]:
        """Names of the fields that were typed differently the second time."""
        return [name for name in self.twice(asked) if _plain(self.value(name)) != _plain(self.again(name))]

    def without(self, names: Sequence[str]) -> "Typed":
        """The same with these fields empty, so that they are read from the sheet once more."""
        return Typed(**{name: text for name, text in self.model_dump().items() if name not in names})

    def twice(self, asked: Instrument) -> tuple[str, ...]:
        """Names of what is typed two times: what the grade and the data are made of."""
        return ("day", "at", *asked.item_codes)


@dataclass(frozen=True)
class Field:
    """One question on the page. `options`: value and words; `ends`: of a scale, its lowest and highest in words."""

    code: str
    number: int
    text: str
    options: Sequence[tuple[str, str]]
    ends: str


def fields(asked: Instrument, texts: Catalogue, text: Callable[[Item], str]) -> list[Field]:
    """The questions in the order of the sheet."""
    return [
        Field(item.code, number, text(item), _options(item, texts), _ends(item, texts))
        for number, item in enumerate(asked.items, 1)
    ]


def read_date(text: str) -> date:
    """Raises `RequestRefused`."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError as error:
        raise refused("The date cannot be read.", "Type it as year-month-day, such as 2026-11-22.") from error


def _ends(item: Item, texts: Catalogue) -> str:
    match item.kind:
        case "scale":
            return f"{item.lowest} = {texts.text(item.low_label)}, {item.highest} = {texts.text(item.high_label)}"
        case "choice":
            return ""
        case _:
            assert_never(item.kind)


def _options(item: Item, texts: Catalogue) -> list[tuple[str, str]]:
    match item.kind:
        case "scale":
            own = [(str(value), str(value)) for value in range(item.lowest, item.highest + 1)]
        case "choice":
            own = [(str(choice.value), texts.text(choice.label)) for choice in item.choices]
        case _:
            assert_never(item.kind)
    skips = [(Skip.PREFER_NOT.value, texts.text(PREFER_NOT))]
    if item.not_applicable:
        skips.append((Skip.NOT_APPLICABLE.value, texts.text(item.not_applicable)))
    return own + skips


def _time(text: str) -> time:
    try:
        hour, minute = _plain(text).split(":")
        return time(int(hour), int(minute))
    except ValueError as error:
        raise refused("The time cannot be read.", "Type it as 21:30.") from error


def _answer(text: str, item: Item) -> Answer:
    known = {value for value, _ in _options(item, source_catalogue())}
    if text not in known:
        raise refused("An answer is missing, or is none that the question offers.", "Look at the answers again.")
    return Skip(text) if text in set(Skip) else int(text)


def _one_of(kind: type[Chosen], text: str) -> Chosen:
    try:
        return kind(text)
    except ValueError as error:
        raise refused("Something is not chosen.", "Choose one from each list.") from error


def _plain(text: str) -> str:
    return text.strip().replace(".", ":")
