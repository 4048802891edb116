"""An instrument: items, answer options, scoring facts and, where it is our own, the wording.

Wording is gettext: `text` holds message ids in English; the Danish catalogue lies beside the other translations.
Licensed instruments ship structure only; their wording comes from a file that the study installs.
"""

import hashlib
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from diary_app.core.errors import Code
from diary_app.core.tomlfile import TomlFile


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
    model_config = ConfigDict(frozen=True, extra="forbid")


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
    short: str = Field(max_length=40)
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
        if self.kind == "choice":
            return value in {choice.value for choice in self.choices}
        return self.lowest <= value <= self.highest


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
    source: str


class Instrument(_Frozen):
    """One version of one questionnaire; `wording_sha256` pins the words that were shown."""

    code: str
    version: str
    category: str = Field(max_length=40)
    title: str
    wording: Wording
    scoring_version: str
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


def parse_instrument(text: str, *, file: str) -> Instrument:
    """Read an instrument file. Raises `FileInvalid` (instrument_invalid) with every fault."""
    toml = TomlFile.read(text, file=file, code=Code.INSTRUMENT_INVALID, head="instrument")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    return toml.validate(Instrument, {**toml.merged(), "sha256": sha256})
