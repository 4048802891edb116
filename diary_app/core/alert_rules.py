"""When the answers of an evening are a reason to call: only where a study file says so, and never by default."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from diary_app.core.errors import ValueUnfit
from diary_app.core.study_values import Identifier


class AlertRule(BaseModel):
    """So many evenings in a row with a score of the diary at or beyond a bound.

    Exactly one of `at_least` and `at_most`. A score that could not be computed ends a row, as does an evening without
    an entry.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    id: Identifier
    score: str
    at_least: int | None = None
    at_most: int | None = None
    evenings: int = Field(ge=1, le=14)

    @model_validator(mode="after")
    def _one_bound(self) -> Self:
        if (self.at_least is None) == (self.at_most is None):
            raise ValueUnfit("a rule has one bound: at_least or at_most.")
        return self

    def applies_to(self, value: Decimal | None) -> bool:
        """Whether one evening's score is at or beyond the bound."""
        if value is None:
            return False
        return value >= self.at_least if self.at_least is not None else value <= (self.at_most or 0)

    def fulfilled_at(self, scores: Sequence[Decimal | None]) -> int | None:
        """Index of the evening on which the row that still runs became long enough; None where none does.

        `scores`: one for each evening, oldest first, None where there is no entry. It stays the same evening for as
        long as the row runs, so that whoever has been called is not called anew every evening.
        """
        row = 0
        for value in reversed(scores):
            if not self.applies_to(value):
                break
            row += 1
        return len(scores) - row + self.evenings - 1 if row >= self.evenings else None
