"""Filling in one questionnaire: which question, which answers so far, what has changed. Pure values."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Protocol, Self

from pydantic import TypeAdapter, ValidationError

from diary_app.core.answers import is_answer
from diary_app.core.entries import Answer, EntryVersion, FilledBy, LateReason, Skip
from diary_app.core.instruments import Instrument, Item

_ANSWERS: TypeAdapter[dict[str, Answer]] = TypeAdapter(dict[str, Answer])
_TIMINGS: TypeAdapter[dict[str, int]] = TypeAdapter(dict[str, int])


def answer_from(value: str) -> Answer:
    """An answer from the value of the radio that was tapped."""
    return int(value) if value.lstrip("-").isdigit() else Skip(value)


def value_of(answer: Answer | None) -> str | None:
    """The reverse of `answer_from`; None while the question is unanswered."""
    return None if answer is None else str(answer)


class Slot(Protocol):
    """What a questionnaire is filled in for: a diary day, or a visit. A draft is kept under its instrument and day."""

    @property
    def instrument(self) -> str: ...

    @property
    def day(self) -> date: ...

    @property
    def zone(self) -> str: ...

    @property
    def opens(self) -> datetime: ...

    @property
    def closes(self) -> datetime: ...

    @property
    def late_until(self) -> datetime: ...


@dataclass(frozen=True)
class Change:
    """One answer that an amendment changes."""

    item: Item
    old: Answer | None
    new: Answer


@dataclass(frozen=True)
class Filling:
    """One questionnaire being filled in for one diary day or visit. Questions are numbered from 1.

    `replaces` is the version that an amendment starts from. `page_ms`: how long each question was on the screen.
    `study_version`: of the study that asks them; it stays while they are filled in, whatever the phone hears meanwhile.
    """

    instrument: Instrument
    day: Slot
    practice: bool = False
    answers: Mapping[str, Answer] = field(default_factory=dict)
    page_ms: Mapping[str, int] = field(default_factory=dict)
    filled_by: FilledBy = FilledBy.SELF
    late_reason: LateReason | None = None
    replaces: EntryVersion | None = None
    study_version: str = ""

    @property
    def length(self) -> int:
        """How many questions there are."""
        return len(self.instrument.items)

    @property
    def complete(self) -> bool:
        """Every question has an answer or an explicit reason for none."""
        return all(code in self.answers for code in self.instrument.item_codes)

    def item(self, number: int) -> Item:
        """The question with that number; a number that does not exist is the nearest that does."""
        return self.instrument.items[min(max(number, 1), self.length) - 1]

    def first_unanswered(self) -> int:
        """Where to go on; the last question when all are answered."""
        open_numbers = (n for n, item in enumerate(self.instrument.items, 1) if item.code not in self.answers)
        return next(open_numbers, self.length)

    def answered(self, code: str, answer: Answer) -> Self:
        """The same with one answer given or changed."""
        return replace(self, answers={**self.answers, code: answer})

    def begun_with(self, given: Mapping[str, Answer]) -> Self:
        """The same with answers that were given before, perhaps to another version: those that this one asks for."""
        return replace(
            self,
            answers={item.code: given[item.code] for item in self.instrument.items
                     if item.code in given and is_answer(item, given[item.code])},
        )  # fmt: skip

    def timed(self, code: str, milliseconds: int) -> Self:
        """The same with the time on a question's page added."""
        return replace(self, page_ms={**self.page_ms, code: self.page_ms.get(code, 0) + max(milliseconds, 0)})

    def changes(self) -> tuple[Change, ...]:
        """What an amendment changes; empty for a first version."""
        if self.replaces is None:
            return ()
        old = self.replaces.body.answers
        return tuple(
            Change(item, old.get(item.code), self.answers[item.code])
            for item in self.instrument.items
            if item.code in self.answers and self.answers[item.code] != old.get(item.code)
        )

    def draft(self) -> dict[str, Any]:
        """What is kept on the device after each tap: strings and integers only."""
        return {
            "answers": {code: str(answer) for code, answer in self.answers.items()},
            "page_ms": dict(self.page_ms),
            "filled_by": str(self.filled_by),
            "late_reason": str(self.late_reason or ""),
            "parent": self.replaces.id if self.replaces else "",
        }

    def resumed(self, draft: Mapping[str, Any]) -> Self:
        """The same with what a draft holds; a draft that cannot be read is no draft."""
        try:
            answers = {code: answer_from(value) for code, value in dict(draft["answers"]).items()}
            return replace(
                self.begun_with(_ANSWERS.validate_python(answers)),
                page_ms=_TIMINGS.validate_python(dict(draft["page_ms"])),
                filled_by=FilledBy(draft["filled_by"]),
                late_reason=LateReason(draft["late_reason"]) if draft["late_reason"] else None,
            )
        except (KeyError, TypeError, ValueError, ValidationError):
            return self
