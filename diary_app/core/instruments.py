"""An instrument: items, answer options, scoring facts and, where it is our own, the wording.

Wording is gettext: `text` holds message ids in English; the Danish catalogue lies beside the other translations.
Licensed instruments ship structure only; their wording comes from a file that the study installs.
"""

import hashlib
from collections.abc import Collection, Iterable, Iterator
from enum import StrEnum
from typing import Literal, Self, assert_never

from pydantic import BaseModel, ConfigDict, Field

from diary_app.core.errors import Code
from diary_app.core.tomlfile import Fault, TomlFile, doubled

DAY_PLACEHOLDERS = ("{weekday}", "{date}")
#: QSALL in an export stands for a whole day, never for one question.
RESERVED_CODES = frozenset({"QSALL"})


class Wording(StrEnum):
    """Whose words the questions are."""

    OWN = "own"
    LICENSED = "licensed"


class LookBack(StrEnum):
    """Which stretch of time an item asks about; printed with its day and date."""

    TODAY = "today"
    LAST_NIGHT = "last_night"
    NOW = "now"
    PAST_WEEK = "past_week"
    FOUR_WEEKS = "four_weeks"
    TWELVE_MONTHS = "twelve_months"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class Choice(_Frozen):
    """One answer of a choice item: stored value and message id."""

    value: int
    label: str = ""


class Item(_Frozen):
    """One question. A scale item has `lowest`..`highest`; a choice item has `choices`. `slot` is frozen for QSSEQ.

    `not_applicable` is the message id of the extra answer ("did not eat or drink by mouth"), empty when there is none.
    """

    code: str = Field(pattern=r"^[A-Z][A-Z0-9]{1,7}$")
    slot: int = Field(ge=1, le=49)
    short: str = Field(min_length=1, max_length=40)
    kind: Literal["scale", "choice"]
    look_back: LookBack
    text: str = ""
    lowest: int = 0
    highest: int = 10
    low_label: str = ""
    high_label: str = ""
    choices: tuple[Choice, ...] = ()
    not_applicable: str = ""

    def accepts(self, value: int) -> bool:
        """Whether the value is one of this item's answers."""
        return value in self.values

    @property
    def values(self) -> Collection[int]:
        """Every answer with a value."""
        match self.kind:
            case "choice":
                return frozenset(choice.value for choice in self.choices)
            case "scale":
                return range(self.lowest, self.highest + 1)
            case _:
                assert_never(self.kind)

    @property
    def wording(self) -> dict[str, str]:
        """Every piece of text that this kind of item shows: field -> message id, empty where there is none."""
        match self.kind:
            case "choice":
                return {"text": self.text, **{f"choices.{n}.label": one.label for n, one in enumerate(self.choices)}}
            case "scale":
                return {"text": self.text, "low_label": self.low_label, "high_label": self.high_label}
            case _:
                assert_never(self.kind)

    @property
    def all_texts(self) -> tuple[str, ...]:
        """The message ids of this item that are not empty."""
        return tuple(text for text in (*self.wording.values(), self.not_applicable) if text)

    def faults(self, wording: Wording) -> Iterator[Fault]:
        """What is wrong with the item by itself."""
        if self.code in RESERVED_CODES:
            yield Fault(("code",), f"{self.code} is reserved.", "Choose another code.")
        yield from self._answer_faults()
        if wording is Wording.OWN:
            yield from self._own_wording_faults()
        elif self.all_texts or self.low_label or self.high_label:
            yield Fault(("text",), "licensed wording must not stand in this file.", "Move it to a wording file.")

    def _answer_faults(self) -> Iterator[Fault]:
        values = [choice.value for choice in self.choices]
        match self.kind:
            case "choice":
                if len(values) < 2:
                    yield Fault(("choices",), "a choice needs at least two answers.", "Add them.")
            case "scale":
                if values:
                    yield Fault(("choices",), "a scale has no choices.", 'Remove them, or write kind = "choice".')
                if self.lowest >= self.highest:
                    yield Fault(("highest",), "the scale has no length.", "Let highest be more than lowest.")
            case _:
                assert_never(self.kind)
        yield from doubled(values, lambda number: ("choices", number, "value"))

    def _own_wording_faults(self) -> Iterator[Fault]:
        for field, text in self.wording.items():
            if not text:
                path = tuple(int(part) if part.isdigit() else part for part in field.split("."))
                yield Fault(path, "the wording is missing.", "Write the English text.")
        if self.look_back in (LookBack.TODAY, LookBack.LAST_NIGHT):
            for placeholder in DAY_PLACEHOLDERS:
                if placeholder not in self.text:
                    yield Fault(("text",), f"{placeholder} is missing.", "Name the day; some answer after midnight.")


class ScoreRule(_Frozen):
    """One score: which items, how they are combined, and what is needed when items are missing.

    `method`: sum, mean or item. The result is mapped linearly from `from_range` to `to_range` where both are given.
    `needed`: how many of the items must be answered. `pro_rata`: a sum over fewer items is scaled up.
    """

    code: str = Field(pattern=r"^[A-Z][A-Z0-9]{1,7}$")
    label: str = Field(max_length=40)
    items: tuple[str, ...] = Field(min_length=1)
    method: Literal["sum", "mean", "item"]
    needed: int = Field(ge=1)
    pro_rata: bool = False
    from_range: tuple[int, int] | None = None
    to_range: tuple[int, int] | None = None
    exploratory: bool = False
    source: str = Field(min_length=1)

    def faults(self, item_codes: Iterable[str]) -> Iterator[Fault]:
        """What is wrong with the rule, given the instrument's items."""
        known = set(item_codes)
        for number, code in enumerate(self.items):
            if code not in known:
                yield Fault(("items", number), f"there is no item {code}.", "Name one of the items above.")
        yield from doubled(self.items, lambda number: ("items", number))
        yield from self._missing_rule_faults()
        yield from self._range_faults()

    def _missing_rule_faults(self) -> Iterator[Fault]:
        if self.needed > len(self.items):
            yield Fault(("needed",), "more answers are needed than there are items.", f"Write {len(self.items)}.")
        if self.method == "item" and len(self.items) != 1:
            yield Fault(("items",), "this method takes exactly one item.", "Name one, or use sum or mean.")
        if self.method == "sum" and self.needed < len(self.items) and not self.pro_rata:
            yield Fault(("needed",), "a sum over fewer items would be too low.", "Need all of them, or use pro_rata.")
        if self.pro_rata and self.method != "sum":
            yield Fault(("pro_rata",), "only a sum can be scaled up.", "Remove it.")

    def _range_faults(self) -> Iterator[Fault]:
        if (self.from_range is None) != (self.to_range is None):
            yield Fault(("from_range",), "from_range and to_range belong together.", "Give both or neither.")
        for name, span in (("from_range", self.from_range), ("to_range", self.to_range)):
            if span is not None and span[0] >= span[1]:
                yield Fault((name,), "the range has no length.", "Write the lower number first.")


class Instrument(_Frozen):
    """One version of one questionnaire; `wording_sha256` (in wording.py) pins the words that were shown."""

    code: str = Field(pattern=r"^[A-Z][A-Z0-9]{1,7}$")
    version: str = Field(pattern=r"^[0-9]+(\.[0-9]+)*$")
    category: str = Field(min_length=1, max_length=40)
    title: str = Field(min_length=1)
    wording: Wording
    scoring_version: str = Field(min_length=1)
    items: tuple[Item, ...] = Field(min_length=1)
    scores: tuple[ScoreRule, ...] = ()
    sha256: str = Field(default="", exclude=True)

    @property
    def item_codes(self) -> tuple[str, ...]:
        """In the order in which they are asked."""
        return tuple(item.code for item in self.items)

    def item(self, code: str) -> Item:
        """Raises KeyError."""
        return {item.code: item for item in self.items}[code]

    def extract(self, codes: Collection[str]) -> Self:
        """Only these items, in the order in which they are asked, and the scores made of nothing else; all for none."""
        if not codes:
            return self
        items = tuple(item for item in self.items if item.code in codes)
        scores = tuple(score for score in self.scores if set(score.items) <= set(codes))
        return self.model_copy(update={"items": items, "scores": scores})

    @property
    def messages(self) -> tuple[str, ...]:
        """Every message id that needs a translation; a licensed instrument has none of its own."""
        own_title = (self.title,) if self.wording is Wording.OWN else ()
        return (*own_title, *(text for item in self.items for text in item.all_texts))

    def faults(self) -> Iterator[Fault]:
        """Everything that the types cannot say."""
        for number, item in enumerate(self.items):
            yield from (fault.within("items", number) for fault in item.faults(self.wording))
        for number, score in enumerate(self.scores):
            yield from (fault.within("scores", number) for fault in score.faults(self.item_codes))
        yield from doubled([item.code for item in self.items], lambda number: ("items", number, "code"))
        yield from doubled([item.slot for item in self.items], lambda number: ("items", number, "slot"))
        yield from doubled([item.short for item in self.items], lambda number: ("items", number, "short"))
        yield from doubled([score.code for score in self.scores], lambda number: ("scores", number, "code"))


def parse_instrument(text: str, *, file: str) -> Instrument:
    """Read an instrument file. Raises `FileInvalid` (instrument_invalid) with every fault."""
    toml = TomlFile.read(text, file=file, code=Code.INSTRUMENT_INVALID, head="instrument")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    instrument = toml.validate(Instrument, {**toml.merged(), "sha256": sha256})
    toml.refuse(instrument.faults())
    return instrument
